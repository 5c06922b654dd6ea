"""A lesson as an iCalendar object (RFC 5545, sent as in RFC 6047) for the reader's own calendar.

Pure. The platform is the organizer and the reader the one attendee, so that neither side
learns the other's address by it. The booking keeps one UID for life and its version is the
SEQUENCE: of two invitations the calendar keeps the later, in whatever order they arrive.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr

from icalendar import Calendar, Event, vCalAddress

from contracts.booking import BookingState, BookingStatus
from contracts.notifications import NotificationKind
from services.notifications.domain import Reader

METHODS = {
    NotificationKind.BOOKING_CONFIRMED: "REQUEST",
    NotificationKind.BOOKING_RESCHEDULED: "REQUEST",
    NotificationKind.BOOKING_CANCELLED: "CANCEL",
}
_STATUSES = {BookingStatus.PENDING: "TENTATIVE", BookingStatus.CONFIRMED: "CONFIRMED"}


@dataclass(frozen=True)
class Invitation:
    """An iCalendar object and its method, which the mail has to name as well."""

    method: str
    content: str


@dataclass(frozen=True)
class Meeting:
    """A lesson as its calendar entry needs it; `host` makes the UID unique in the world."""

    lesson: BookingState
    title: str
    organizer: str
    attendee: Reader
    host: str


def invite(kind: NotificationKind, meeting: Meeting, now: datetime) -> Invitation | None:
    """The invitation, or its withdrawal; None for kinds that leave calendars as they are."""
    method = METHODS.get(kind)
    if method is None:
        return None
    calendar = Calendar()
    calendar.add("prodid", f"-//{meeting.host}//lessons//EN")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    calendar.add_component(_event(meeting, now))
    return Invitation(method, calendar.to_ical().decode())


def _event(meeting: Meeting, now: datetime) -> Event:
    lesson = meeting.lesson
    event = Event()
    event.add("uid", f"booking-{lesson.id}@{meeting.host}")
    event.add("sequence", lesson.version)
    event.add("dtstamp", now)
    event.add("dtstart", lesson.start_at)
    event.add("dtend", lesson.end_at)
    event.add("summary", meeting.title)
    event.add("status", _STATUSES.get(lesson.status, "CANCELLED"))
    event.add("organizer", vCalAddress(f"mailto:{parseaddr(meeting.organizer)[1]}"))
    event.add("attendee", _attendee(meeting.attendee))
    if lesson.join_url and lesson.status is BookingStatus.CONFIRMED:
        event.add("location", lesson.join_url)
        event.add("url", lesson.join_url)
    return event


def _attendee(reader: Reader) -> vCalAddress:
    address = vCalAddress(f"mailto:{reader.email}")
    address.params["CN"] = reader.name
    address.params["PARTSTAT"] = "ACCEPTED"
    address.params["RSVP"] = "FALSE"
    return address
