"""What a tutor offers to a student who names a subject or a course: on which terms, at which price.

When it can be had is judged by `contracts.bookable`; here is the rest of section 3's rule 7 of the
rules of the trade, and how a refused start is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from contracts.bookable import ORDER, Limits
from contracts.booking import PolicyTerms
from contracts.catalog import CourseKind, TutorStatus
from contracts.errors import DurationNotOffered, Refusal, SubjectNotTaught, Taken, TutorNotApproved, code_of
from contracts.formats import format_instant
from services.booking.money import Price, price_by_rate, price_of_course


@dataclass(frozen=True)
class Subject:
    """A subject that a tutor teaches, at its own rate in minor units."""

    id: int
    name: str
    hourly_rate: int


@dataclass(frozen=True)
class Tutor:
    """A tutor as catalog tells it; money in minor units."""

    profile_id: int
    account_id: int
    status: TutorStatus
    hourly_rate: int
    currency: str
    subjects: tuple[Subject, ...]

    @property
    def is_approved(self) -> bool:
        return self.status is TutorStatus.APPROVED

    def subject(self, subject_id: int | None) -> Subject | None:
        return next((subject for subject in self.subjects if subject.id == subject_id), None)


@dataclass(frozen=True)
class Course:
    """A course as catalog tells it; `price` is that of one lesson of its duration, in minor units."""

    id: int
    tutor_profile_id: int
    subject_id: int
    subject_name: str
    title: str
    duration_minutes: int
    kind: CourseKind
    active: bool
    price: int | None = None

    def is_offered_by(self, tutor: Tutor, kind: CourseKind) -> bool:
        """Whether it can be had with this tutor one-on-one, or in a group."""
        return self.tutor_profile_id == tutor.profile_id and self.active and self.kind is kind


@dataclass(frozen=True)
class Offer:
    """What this tutor offers of what the student named: a subject, a course with its subject, or nothing."""

    tutor: Tutor
    terms: PolicyTerms
    subject: Subject | None
    course: Course | None = None

    @property
    def limits(self) -> Limits:
        """The terms' limits; a course can always be had in its own duration."""
        return Limits.of(self.terms, self.course.duration_minutes if self.course else None)

    @property
    def series_limits(self) -> Limits:
        """The limits of a series' occurrence."""
        return Limits.of_series(self.terms, self.course.duration_minutes if self.course else None)

    def why_not(self) -> Iterator[type[Refusal]]:
        """The reasons that do not depend on the start."""
        if self.subject is None:
            yield SubjectNotTaught
        if not self.tutor.is_approved:
            yield TutorNotApproved

    def price(self, minutes: int) -> Price:
        """The course's own price where it has one, in proportion for another duration; else by the rate."""
        currency = self.tutor.currency
        if self.course is not None and self.course.price is not None:
            return price_of_course(self.course.price, self.course.duration_minutes, minutes, currency)
        rate = self.subject.hourly_rate if self.subject else self.tutor.hourly_rate
        return price_by_rate(rate, minutes, currency)


def offer_of_course(
    tutor: Tutor, terms: PolicyTerms, course: Course | None, kind: CourseKind = CourseKind.ONE_ON_ONE
) -> Offer:
    """What the tutor offers to somebody who names this course."""
    if course is None or not course.is_offered_by(tutor, kind):
        return Offer(tutor, terms, None)
    taught = tutor.subject(course.subject_id)
    rate = taught.hourly_rate if taught else tutor.hourly_rate
    return Offer(tutor, terms, Subject(course.subject_id, course.subject_name, rate), course)


def refused(
    reasons: Iterable[type[Refusal]], field: str, nearest: Callable[[], Sequence[datetime]] = tuple
) -> Refusal:
    """The refusal of the start that the field asks for: named by the first reason, telling all of them.

    Where the time is taken it offers the nearest free starts, which are only then looked for.
    """
    first, *_ = ordered = sorted(set(reasons), key=ORDER.index)
    errors = [_error(reason, field) for reason in ordered]
    if issubclass(first, Taken):
        return first(errors=errors, alternatives=[format_instant(start) for start in nearest()])
    return first(errors=errors)


def _error(reason: type[Refusal], field: str) -> dict[str, str]:
    said = {"code": code_of(reason), "detail": reason.detail}
    if reason in (SubjectNotTaught, TutorNotApproved):
        return said  # a matter of the tutor, whichever fields led there
    return {**said, "pointer": "/duration_minutes" if reason is DurationNotOffered else f"/{field}"}
