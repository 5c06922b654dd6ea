"""Calendars out: the secret address of each person's bookings, what is read there, and single bookings."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable

from chassis.service import Service, answers
from chassis.unit import Unit
from contracts.booking import BookingState
from contracts.catalog import DoneView
from contracts.notifications import (
    CalendarFeedView,
    CalendarFile,
    CreateCalendarFeed,
    GetBookingCalendar,
    ReadCalendarFeed,
    RemoveCalendarFeed,
)
from services.notifications.calendars import (
    MOST_ENTRIES,
    Entry,
    booking_entry,
    feed,
    file,
    period,
    session_entry,
    title_for_others,
    title_for_side,
)
from services.notifications.domain import Reader
from services.notifications.rendering import Platform
from services.notifications.store import Accounts, CalendarFeeds, Lessons, Sessions
from services.notifications.wording import language


class Calendars(Service):
    @answers(CreateCalendarFeed)
    def create_feed(self, request: CreateCalendarFeed, unit: Unit) -> CalendarFeedView:  # noqa: ARG002
        token = secrets.token_urlsafe(32)
        CalendarFeeds(unit.connection).replace(unit.actor.id, _digest_of(token), unit.now)
        address = f"{self.settings.public_url.rstrip('/')}/calendar/{token}.ics"
        return CalendarFeedView(address, unit.now)

    @answers(RemoveCalendarFeed)
    def remove_feed(self, request: RemoveCalendarFeed, unit: Unit) -> DoneView:  # noqa: ARG002
        CalendarFeeds(unit.connection).remove(unit.actor.id)
        return DoneView()

    @answers(ReadCalendarFeed)
    def read_feed(self, request: ReadCalendarFeed, unit: Unit) -> CalendarFile:
        owner = CalendarFeeds(unit.connection).owner_of(_digest_of(request.token))
        reader = Accounts(unit.connection).readers([owner])[owner]
        entries = [*_bookings_of(reader, unit), *_sessions_of(reader, unit)]
        name = language(reader.locale).word("calendar")
        return CalendarFile("calendar.ics", feed(entries, name, self._host))

    @answers(GetBookingCalendar)
    def get_booking_calendar(self, request: GetBookingCalendar, unit: Unit) -> CalendarFile:
        known = Lessons(unit.connection).get(request.booking_id, unit.actor)
        title = _titles([known.state], unit.actor.id, unit)[0]
        entry = booking_entry(known, title, may_join=not unit.actor.is_admin)
        return CalendarFile(f"{entry.name}.ics", file(entry, self._host))

    @property
    def _host(self) -> str:
        return Platform(self.settings.mail_from, self.settings.public_url).host


def _bookings_of(reader: Reader, unit: Unit) -> Iterable[Entry]:
    found = Lessons(unit.connection).between(*period(unit.now), reader.account_id, MOST_ENTRIES)
    titles = _titles([known.state for known in found], reader.account_id, unit)
    return map(booking_entry, found, titles)


def _sessions_of(reader: Reader, unit: Unit) -> Iterable[Entry]:
    tongue = language(reader.locale)
    found = Sessions(unit.connection).between(*period(unit.now), reader.account_id, MOST_ENTRIES)
    return (session_entry(known, tongue) for known in found)


def _titles(bookings: list[BookingState], reader_id: int, unit: Unit) -> list[str]:
    """What each is called in the calendar of the reader, in that person's language."""
    sides = {person for booking in bookings for person in (booking.student_id, booking.tutor_account_id)}
    people = Accounts(unit.connection).readers({*sides, reader_id})
    return [_title(booking, people[reader_id], people) for booking in bookings]


def _title(booking: BookingState, reader: Reader, people: dict[int, Reader]) -> str:
    student, tutor = people[booking.student_id].name, people[booking.tutor_account_id].name
    tongue = language(reader.locale)
    match reader.account_id:
        case booking.student_id:
            return title_for_side(booking, tutor, tongue)
        case booking.tutor_account_id:
            return title_for_side(booking, student, tongue)
    return title_for_others(booking, student, tutor, tongue)


def _digest_of(token: str) -> bytes:
    """What is kept of a token; its 256 random bits need no salt."""
    return hashlib.sha256(token.encode()).digest()
