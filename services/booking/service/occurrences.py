"""Making the occurrences of a series into bookings: the one way, for creation, preview and all that follows.

Each is taken as any single lesson or seat, on behalf of the series' student and within a savepoint of
its own, so that one that can not be had leaves nothing behind and does not keep the others from it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

from chassis.context import Actor
from chassis.database import lock
from chassis.settings import Settings
from chassis.unit import Unit
from contracts.booking import BookingType, CreateBooking
from contracts.catalog import Role
from contracts.errors import AgainstPolicy, Conflict, Denied, Invalid, NoSession, NotFound
from services.booking.domain import Booking, Item, Place, Series
from services.booking.recurrence import Occurrence
from services.booking.series import occurrence_skipped
from services.booking.service.seats import Seats
from services.booking.service.steps import asker
from services.booking.service.taking import take_time
from services.booking.store import AllSeries, Occurrences, OpenHours, Sessions

_DAY = timedelta(days=1)

Take = Callable[[Occurrence, Place], Booking]


def weeks_ahead(weeks: int, now: datetime) -> datetime:
    """Until when to make occurrences: the end of a day, so that once a day there are more to make."""
    midnight = datetime.combine(now.date(), time(), UTC)
    return midnight + (7 * weeks + 1) * _DAY


def make(series: Series, until: datetime, unit: Unit, settings: Settings) -> tuple[Series, list[Item]]:
    """Make those that start before the instant, as far as they can be judged yet; the series is locked."""
    until = min(until, _judged_until(series, unit))
    occurrences = list(series.to_make(until))
    take = _way_to_take(series, occurrences, replace(unit, actor=_student_of(series)), settings)
    items = [_taken(occurrence, series, take, unit) for occurrence in occurrences]
    for item in items:
        if item.reason is not None:
            unit.tell(occurrence_skipped(series, item))
    return note(series, items, until, unit), items


def note(series: Series, items: list[Item], until: datetime, unit: Unit) -> Series:
    """Write down what was made, and how far."""
    Occurrences(unit.connection).add(series.id, items)
    further = series.made_up_to(items, until)
    AllSeries(unit.connection).note_made(further)
    return further


def _judged_until(series: Series, unit: Unit) -> datetime:
    """How far ahead is known what can be had: the tutor's hours, or the sessions of the course."""
    if series.terms.course_id is not None and series.terms.booking_type is BookingType.GROUP_SESSION:
        last = Sessions(unit.connection).last_start(series.terms.course_id)
        return max(unit.now, last + datetime.resolution if last else unit.now)
    known_until = OpenHours(unit.connection).known_until(series.tutor_profile_id)
    return max(unit.now, known_until - series.duration) if known_until else unit.now + 365 * _DAY


def _way_to_take(series: Series, occurrences: Sequence[Occurrence], unit: Unit, settings: Settings) -> Take:
    """Take a lesson or a seat of the series; the unit is its student's."""
    if series.terms.booking_type is BookingType.GROUP_SESSION:
        return _seats(series, occurrences, unit)
    return lambda occurrence, place: take_time(_wish(series, occurrence), unit, settings, place)


def _seats(series: Series, occurrences: Sequence[Occurrence], unit: Unit) -> Take:
    """A seat in the course's session that starts just then; all of them are locked at once, in one order."""
    assert series.terms.course_id is not None, "a group is of a course"
    starts = [occurrence.start_at for occurrence in occurrences]
    sessions = Sessions(unit.connection).starting_at(series.terms.course_id, starts)
    names = [f"session:{session_id}" for session_id in sessions.values()]
    lock(unit.connection, *names, f"student:{series.student_id}")

    def take(occurrence: Occurrence, place: Place) -> Booking:
        if occurrence.start_at not in sessions:
            raise NoSession()
        terms, session_id = series.terms, sessions[occurrence.start_at]
        seats = Seats(unit, session_id, asker(unit), 1, terms.notes_student, terms.use_package_id, place)
        return seats.take()

    return take


def _taken(occurrence: Occurrence, series: Series, take: Take, unit: Unit) -> Item:
    """Booked, or skipped with the reason. What is only of the moment is raised: a later run will do it."""
    try:
        with unit.connection.begin_nested():
            booking = take(occurrence, Place(series.id, occurrence.index))
    except (Invalid, AgainstPolicy, Denied, NotFound, Conflict) as refusal:
        return Item(occurrence, reason=refusal.code)
    return Item(occurrence, booking.id)


def _wish(series: Series, occurrence: Occurrence) -> CreateBooking:
    terms = series.terms
    return CreateBooking(
        tutor_profile_id=terms.tutor_profile_id,
        start_at=occurrence.start_at,
        duration_minutes=terms.duration_minutes,
        lesson_type=terms.lesson_type,
        subject_id=terms.subject_id,
        course_id=terms.course_id,
        notes_student=terms.notes_student,
        use_package_id=terms.use_package_id,
    )


def _student_of(series: Series) -> Actor:
    return Actor(series.student_id, Role.STUDENT)
