"""A group session's life: announced, filled seat by seat, held or cancelled.

Section 5 of the rules of the trade. A seat is a booking like any other (`booking`), who waits for one
is the concern of `waitlist`; here is what holds for the session as a whole. How many seats are taken
and held is counted by the database, which never lets them pass the capacity.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from contracts.bookable import Block
from contracts.booking import LessonType, MeetingProvider, PolicyTerms, SessionStatus
from contracts.errors import AlreadyStarted, SessionFull, WrongStatus
from services.booking.domain.lesson import Lesson, Mark, Person
from services.booking.money import price_of_seats


@dataclass(frozen=True)
class Meeting:
    """Where a session meets, and how to get in."""

    provider: MeetingProvider
    link: str
    id: str | None = None
    passcode: str | None = None


@dataclass(frozen=True)
class Plan:
    """What the tutor announced; the price of a seat in minor units, the zone that of its making.

    `blocked` is the tutor's time that it takes, with the buffers of its making.
    """

    tutor_profile_id: int
    tutor_account_id: int
    timezone: str
    course_id: int
    course_title: str
    subject_id: int
    subject_name: str
    start_at: datetime
    duration_minutes: int
    blocked: Block
    capacity: int
    seat_price: int
    currency: str
    meeting: Meeting

    @property
    def end_at(self) -> datetime:
        return self.start_at + timedelta(minutes=self.duration_minutes)


@dataclass(frozen=True)
class Session:
    """A plan, and what became of it. Each change makes the next version."""

    id: int
    plan: Plan
    created_at: datetime
    updated_at: datetime
    status: SessionStatus = SessionStatus.SCHEDULED
    version: int = 1
    seats_taken: int = 0
    seats_held: int = 0
    cancellation: Mark | None = None

    @property
    def start_at(self) -> datetime:
        return self.plan.start_at

    @property
    def seats_left(self) -> int:
        """How many anybody can have at once."""
        return self.plan.capacity - self.seats_taken - self.seats_held

    def status_at(self, now: datetime) -> SessionStatus:
        """The status that holds now, even where nobody has yet recorded that it is over."""
        over = self.status is SessionStatus.SCHEDULED and self.plan.end_at <= now
        return SessionStatus.COMPLETED if over else self.status

    def takes_seats(self, now: datetime) -> bool:
        """Whether seats can still be had, if there are any left."""
        return self.status is SessionStatus.SCHEDULED and now < self.start_at

    def check_takes_seats(self, now: datetime) -> None:
        """Raises `WrongStatus`, `AlreadyStarted` where no seat can be had any more."""
        self._check_scheduled(now)
        if not self.takes_seats(now):
            raise AlreadyStarted("The session has already started.")

    def check_has(self, seats: int, held: int) -> None:
        """Whether somebody can have so many for whom `held` are held. Raises `SessionFull`."""
        if seats > self.seats_left + held:
            raise SessionFull(seats_left=self.seats_left + held)

    def lesson(self, student_id: int, seats: int, terms: PolicyTerms, notes: str | None) -> Lesson:
        """What is agreed with a student who takes so many seats on these terms."""
        plan = self.plan
        return Lesson(
            student_id=student_id,
            tutor_profile_id=plan.tutor_profile_id,
            tutor_account_id=plan.tutor_account_id,
            tutor_timezone=plan.timezone,
            start_at=plan.start_at,
            duration_minutes=plan.duration_minutes,
            lesson_type=LessonType.VIDEO_CALL,
            subject_id=plan.subject_id,
            subject_name=plan.subject_name,
            course_id=plan.course_id,
            price=price_of_seats(plan.seat_price, seats, plan.duration_minutes, plan.currency),
            terms=terms,
            notes=notes,
            session_id=self.id,
            seats=seats,
        )

    def cancel(self, by: Person, now: datetime, reason: str | None) -> Session:
        """It will not be held. Raises `WrongStatus`."""
        self._check_scheduled(now)
        return self._next(now, status=SessionStatus.CANCELLED, cancellation=Mark(by.account_id, now, reason))

    def complete(self, now: datetime) -> Session:
        """It is over. Raises `WrongStatus`."""
        if self.status_at(now) is not SessionStatus.COMPLETED:
            raise _wrong_status(self.status)
        return self._next(now, status=SessionStatus.COMPLETED)

    def _check_scheduled(self, now: datetime) -> None:
        if self.status_at(now) is not SessionStatus.SCHEDULED:
            raise _wrong_status(self.status_at(now))

    def _next(self, now: datetime, **changes: Any) -> Session:
        return replace(self, updated_at=now, version=self.version + 1, **changes)


def _wrong_status(status: SessionStatus) -> WrongStatus:
    return WrongStatus(f"The session is {status}, which does not allow this.")
