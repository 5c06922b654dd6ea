"""What the demo shall show: when it stops in time, and the lessons that its own accounts have.

Pure. The days are counted from the making; a span is when a lesson may start, and the stop at which
it is booked, which lies more than any tutor's notice before.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from contracts.booking import BookingStatus
from deploy.demo.cast import Cast, Person, Tutor

_S = BookingStatus


def _days(days: float) -> timedelta:
    return timedelta(days=days)


STOPS = tuple(map(_days, (-15, -10, -6, -3, -1, 0)))
LAST = len(STOPS) - 1


@dataclass(frozen=True)
class Span:
    """Booked at a stop, to start between two instants."""

    stop: int
    since: timedelta
    until: timedelta


def _span(stop: int, since: float, until: float) -> Span:
    return Span(stop, _days(since), _days(until))


FIRST_WEEK = _span(0, -12.5, -8.2)
SECOND_WEEK = _span(1, -7.9, -4.1)
THIRD_WEEK = _span(1, -5.5, -1.3)
NEXT_DAYS = _span(4, 1.2, 6.5)
NEXT_WEEK = _span(LAST, 2.2, 7.5)
LATER = _span(LAST, 6.5, 10.5)


def just_before(stop: int) -> Span:
    """Over at the stop, and begun less than a day before it."""
    return Span(1, STOPS[stop] - timedelta(hours=23), STOPS[stop] - timedelta(hours=2))


def a_day_after(stop: int) -> Span:
    """Between one day and two after the stop."""
    return Span(1, STOPS[stop] + timedelta(hours=24.5), STOPS[stop] + timedelta(hours=47.5))


@dataclass(frozen=True)
class Wish:
    """A lesson to be placed: with anybody, where no student is named."""

    tutor: Tutor
    student: Person | None
    span: Span
    becomes: BookingStatus
    reviewed: bool = False
    held: bool = False
    moved_to: Span | None = None
    ends_at: int | None = None  # the stop of a cancellation, else that of the booking


def own_wishes(cast: Cast) -> list[Wish]:
    """Every status, most of them seen by the demo's own tutor or student."""
    amara, jane = cast.listed[0], cast.students[0]
    return [*_of_tutor(amara, jane), *_of_student(jane, {tutor.person.name: tutor for tutor in cast.listed})]


def _of_tutor(amara: Tutor, jane: Person) -> list[Wish]:
    return [
        Wish(amara, jane, FIRST_WEEK, _S.COMPLETED, reviewed=True),
        Wish(amara, None, FIRST_WEEK, _S.COMPLETED, reviewed=True),
        Wish(amara, None, SECOND_WEEK, _S.COMPLETED, reviewed=True),
        Wish(amara, None, SECOND_WEEK, _S.DECLINED),
        Wish(amara, None, SECOND_WEEK, _S.CANCELLED_BY_STUDENT),
        Wish(amara, None, THIRD_WEEK, _S.EXPIRED),
        Wish(amara, None, just_before(4), _S.NO_SHOW_STUDENT),
        Wish(amara, jane, just_before(LAST), _S.COMPLETED),  # for her to review
        Wish(amara, jane, NEXT_DAYS, _S.CONFIRMED),
        Wish(amara, None, NEXT_DAYS, _S.CONFIRMED, moved_to=LATER),
        Wish(amara, jane, NEXT_WEEK, _S.PENDING),
        Wish(amara, None, NEXT_WEEK, _S.PENDING),
    ]


def _of_student(jane: Person, tutors: dict[str, Tutor]) -> list[Wish]:
    haruka, rafael = tutors["Haruka Mori"], tutors["Rafael Nogueira"]
    return [
        Wish(haruka, jane, a_day_after(3), _S.CANCELLED_BY_STUDENT, ends_at=3),  # half is refunded
        Wish(rafael, None, a_day_after(2), _S.CANCELLED_BY_STUDENT, ends_at=2),  # nothing is
        Wish(rafael, jane, SECOND_WEEK, _S.CANCELLED_BY_STUDENT),  # all is
        Wish(tutors["Javier Morales"], jane, just_before(3), _S.NO_SHOW_TUTOR),
        Wish(tutors["Naledi Dlamini"], jane, NEXT_DAYS, _S.CANCELLED_BY_TUTOR),
        Wish(tutors["Ananya Iyer"], None, SECOND_WEEK, _S.CANCELLED_BY_ADMIN),
        Wish(tutors["Oleksandr Shevchuk"], None, NEXT_DAYS, _S.EXPIRED, held=True),
        Wish(tutors["DeShawn Carter"], jane, NEXT_WEEK, _S.HELD, held=True),
        Wish(tutors["Claire Fontaine"], jane, SECOND_WEEK, _S.COMPLETED, reviewed=True),
        Wish(tutors["Priya Raman"], jane, NEXT_DAYS, _S.CONFIRMED),
    ]
