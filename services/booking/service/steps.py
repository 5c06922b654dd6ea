"""Making a step: who makes it, where one will meet, and what it leaves behind besides the booking."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence

from chassis.settings import Settings
from chassis.unit import Unit
from contracts.booking import BookingView, ReliabilityChanged
from services.booking.domain import Booking, Lesson, Person, Side, Step
from services.booking.ledger import postings_for
from services.booking.reliability import was_kept
from services.booking.service.billing import bill
from services.booking.service.credits import give_back
from services.booking.service.queue import lock_sessions, settle
from services.booking.store import Accounts, AllSeries, Bookings, History, Ledger, Reliabilities, Sessions
from services.booking.telling import event_of
from services.booking.views import view_of


def asker(unit: Unit) -> Person:
    """Whoever asks, on the side that the role puts them on."""
    return Person(Side(unit.actor.role), unit.actor.id)


def new_join_url(settings: Settings) -> str:
    """An address for one lesson that nobody can guess."""
    return f"{settings.meeting_url.rstrip('/')}/{secrets.token_urlsafe(16)}"


def place_to_meet(unit: Unit, settings: Settings, lesson: Lesson) -> str:
    """Where a lesson's two sides meet: at its session's address or its series', else at one of their own."""
    if lesson.session_id is not None:
        return Sessions(unit.connection).get(lesson.session_id).plan.meeting.link
    agreed = lesson.place and AllSeries(unit.connection).meeting_link(lesson.place.series_id)
    return agreed or new_join_url(settings)


def step(unit: Unit, booking_id: int, make: Callable[[Booking], Step]) -> BookingView:
    """Have an own booking make a step. Raises `NotFound`, `Denied`, and as the step does."""
    bookings = Bookings(unit.connection)
    if session_id := bookings.session_of(booking_id):
        lock_sessions(unit, session_id)
    made = make(bookings.get(booking_id, unit.actor, to_change=True))
    advance(unit, made)
    return seen(unit, made.booking)


def advance(unit: Unit, *steps: Step) -> None:
    """Write what the steps made of bookings that were there before, and what they leave behind."""
    Bookings(unit.connection).save(*(made.booking for made in steps))
    record(unit, *steps)


def record(unit: Unit, *steps: Step) -> None:
    """Write the history and the postings of steps, tell them, and see to what follows elsewhere."""
    if not steps:
        return
    History(unit.connection).add(steps)
    Ledger(unit.connection).add((posting for made in steps for posting in postings_for(made)), unit.now)
    for made in steps:
        unit.tell(event_of(made))
    give_back(unit, steps)
    bill(unit, steps)
    # In one order everywhere: each count locks its row.
    for side, person_id, kept in sorted(_finished(steps)):
        _count(unit, side, person_id, kept)
    settle(unit, (made.booking.session_id for made in steps if made.booking.session_id))


def seen(unit: Unit, booking: Booking) -> BookingView:
    """The booking as whoever asks may see it."""
    return all_seen(unit, [booking])[0]


def all_seen(unit: Unit, bookings: Sequence[Booking]) -> list[BookingView]:
    """The bookings as whoever asks may see them."""
    lessons = [booking.lesson for booking in bookings]
    people = [person for lesson in lessons for person in (lesson.student_id, lesson.tutor_account_id)]
    contacts = Accounts(unit.connection).contacts(people)
    return [view_of(booking, contacts, Side(unit.actor.role), unit.now) for booking in bookings]


def _finished(steps: Iterable[Step]) -> Iterator[tuple[Side, int, bool]]:
    """For whom the lessons that ended count, and whether they kept them."""
    for made in steps:
        sides = {Side.STUDENT: made.booking.student_id, Side.TUTOR: made.booking.tutor_profile_id}
        for side, person_id in sides.items():
            kept = was_kept(made, side)
            if kept is not None:
                yield side, person_id, kept


def _count(unit: Unit, side: Side, person_id: int, kept: bool) -> None:
    """A tutor's record is for everybody to see; a student's only for whom they book."""
    record = Reliabilities(unit.connection, side).count(person_id, kept)
    if side is Side.TUTOR and record.is_news_since(kept):
        unit.tell(ReliabilityChanged(person_id, record.share, record.version))
