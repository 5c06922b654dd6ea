"""What a person's own calendar shows of bookings and sessions, as iCalendar (RFC 5545).

Pure. A booking has one UID for life, in mails, files and feeds alike, and its version is the
SEQUENCE: of two entries a calendar keeps the later, in whatever order they arrive. A session is one
entry for its tutor, however many seats of it are booked. Times are in UTC.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from icalendar import Calendar, Event, vDuration, vText

from contracts.booking import BookingState, BookingStatus, SessionState, SessionStatus
from services.notifications.wording import Language

PAST, AHEAD = timedelta(days=30), timedelta(days=180)
MOST_ENTRIES = 3000
REFRESHED = timedelta(hours=1)  # how often a program is asked to look again

_HAPPENS = {BookingStatus.CONFIRMED, BookingStatus.COMPLETED}
_HAPPENS |= {BookingStatus.NO_SHOW_STUDENT, BookingStatus.NO_SHOW_TUTOR}
_MAY_HAPPEN = {BookingStatus.HELD, BookingStatus.PENDING}


@dataclass(frozen=True)
class KnownBooking:
    """A copy of a booking, and when it last changed."""

    state: BookingState
    changed_at: datetime


@dataclass(frozen=True)
class KnownSession:
    """A copy of a session; the way in is known from whoever has a confirmed seat."""

    state: SessionState
    changed_at: datetime
    join_url: str | None = None


@dataclass(frozen=True)
class Entry:
    """One thing in a calendar; the UID is the name with the platform's host."""

    name: str
    sequence: int
    changed_at: datetime
    start_at: datetime
    end_at: datetime
    status: str
    title: str
    join_url: str | None = None


def period(now: datetime) -> tuple[datetime, datetime]:
    """Of which starts a feed has the bookings."""
    return now - PAST, now + AHEAD


def booking_entry(known: KnownBooking, title: str, may_join: bool = True) -> Entry:
    """The booking as somebody's calendar has it; how to join is there while it is confirmed."""
    booking = known.state
    joins = may_join and booking.status is BookingStatus.CONFIRMED
    return Entry(
        name=f"booking-{booking.id}",
        sequence=booking.version,
        changed_at=known.changed_at,
        start_at=booking.start_at,
        end_at=booking.end_at,
        status=_status_of(booking.status),
        title=title,
        join_url=booking.join_url if joins else None,
    )


def session_entry(known: KnownSession, tongue: Language) -> Entry:
    """The session as its tutor's calendar has it."""
    session = known.state
    stands = session.status is not SessionStatus.CANCELLED
    seats = {"taken": session.seats_taken, "capacity": session.capacity}
    return Entry(
        name=f"session-{session.id}",
        sequence=session.version,
        changed_at=known.changed_at,
        start_at=session.start_at,
        end_at=session.end_at,
        status="CONFIRMED" if stands else "CANCELLED",
        title=tongue.word("session", course=session.course_title, **seats),
        join_url=known.join_url if stands else None,
    )


def title_for_side(booking: BookingState, other: str, tongue: Language) -> str:
    """What the lesson is called for one side; `other` is the name of the other."""
    form = "lesson_in" if booking.subject_name else "lesson"
    return tongue.word(form, subject=booking.subject_name, other=other)


def title_for_others(booking: BookingState, student: str, tutor: str, tongue: Language) -> str:
    """What the lesson is called for somebody on neither side."""
    return tongue.word("lesson_of", subject=booking.subject_name, student=student, tutor=tutor)


def feed(entries: Iterable[Entry], name: str, host: str) -> str:
    """A calendar for programs to read again and again."""
    calendar = blank(host)
    calendar.add("name", vText(name))
    calendar.add("x-wr-calname", vText(name))
    calendar.add("refresh-interval", REFRESHED, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", vDuration(REFRESHED))
    return _written(calendar, entries, host)


def file(entry: Entry, host: str) -> str:
    """A calendar with one entry."""
    return _written(blank(host), [entry], host)


def blank(host: str) -> Calendar:
    """A calendar of the platform's, with nothing in it."""
    calendar = Calendar()
    calendar.add("prodid", f"-//{host}//lessons//EN")
    calendar.add("version", "2.0")
    return calendar


def drawn(entry: Entry, host: str) -> Event:
    """The entry as a VEVENT."""
    event = Event()
    event.add("uid", f"{entry.name}@{host}")
    event.add("sequence", entry.sequence)
    event.add("dtstamp", entry.changed_at)
    event.add("dtstart", entry.start_at)
    event.add("dtend", entry.end_at)
    event.add("summary", entry.title)
    event.add("status", entry.status)
    if entry.join_url:
        event.add("location", entry.join_url)
        event.add("url", entry.join_url)
    return event


def _written(calendar: Calendar, entries: Iterable[Entry], host: str) -> str:
    for entry in entries:
        calendar.add_component(drawn(entry, host))
    return str(calendar.to_ical().decode())


def _status_of(status: BookingStatus) -> str:
    if status in _MAY_HAPPEN:
        return "TENTATIVE"
    return "CONFIRMED" if status in _HAPPENS else "CANCELLED"
