"""What was agreed: who is taught what by whom, when, at which price and on which terms."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from contracts.bookable import Block, Limits
from contracts.booking import BookingType, LessonType, PolicyTerms
from services.booking.money import Price, Sum


class Side(StrEnum):
    STUDENT = "student"
    TUTOR = "tutor"
    ADMIN = "admin"
    SYSTEM = "system"


@dataclass(frozen=True)
class Person:
    """Who makes a step, and on which side of the booking."""

    side: Side
    account_id: int | None = None


SYSTEM = Person(Side.SYSTEM)


@dataclass(frozen=True)
class Mark:
    """By whom something was decided or ended, when and why; by nobody where the terms did it."""

    by: int | None
    at: datetime
    reason: str | None = None


@dataclass(frozen=True)
class Credit:
    """Credits of a package that pay for a lesson: how many, and what they were bought for."""

    package_id: int
    worth: Sum
    count: int = 1


@dataclass(frozen=True)
class Place:
    """Where a booking stands: it was made of a series' n-th occurrence."""

    series_id: int
    index: int


@dataclass(frozen=True)
class Lesson:
    """The agreement of a student and a tutor; the terms and the price are those of its making.

    It is paid with money, or with a `credit`; then the price is only for the record. Seats in a group
    session are a lesson as well, whose time is the session's.
    """

    student_id: int
    tutor_profile_id: int
    tutor_account_id: int
    tutor_timezone: str
    start_at: datetime
    duration_minutes: int
    lesson_type: LessonType
    subject_id: int | None  # only a lesson of an older system may name a subject that nobody teaches
    subject_name: str
    course_id: int | None
    price: Price
    terms: PolicyTerms
    notes: str | None = None
    credit: Credit | None = None
    session_id: int | None = None
    seats: int = 1
    place: Place | None = None

    @property
    def booking_type(self) -> BookingType:
        return BookingType.ONE_ON_ONE if self.session_id is None else BookingType.GROUP_SESSION

    @property
    def series_id(self) -> int | None:
        return self.place.series_id if self.place else None

    @property
    def occurrence_index(self) -> int | None:
        return self.place.index if self.place else None

    @property
    def needs_approval(self) -> bool:
        """Whether the tutor decides before it is confirmed."""
        if self.booking_type is BookingType.GROUP_SESSION:
            return self.terms.requires_approval_for_group
        return self.terms.requires_approval_for_one_on_one

    @property
    def stake(self) -> Sum:
        """What the student gives for it: the price, or what the credit was bought for."""
        return self.credit.worth if self.credit else self.price.sum

    @property
    def end_at(self) -> datetime:
        return self.start_at + timedelta(minutes=self.duration_minutes)

    @property
    def blocked(self) -> Block:
        """The tutor's time that the lesson takes, buffers included; a session's own are the session's."""
        if self.booking_type is BookingType.GROUP_SESSION:
            return Block(self.start_at, self.end_at)
        return Limits.of(self.terms).blocked(self.start_at, self.duration_minutes)
