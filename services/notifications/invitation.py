"""A lesson in a mail, for the reader's own calendar (RFC 5545, sent as in RFC 6047).

Pure. The platform is the organizer and the reader the one attendee, so that neither side
learns the other's address by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import parseaddr

from icalendar import Event, vCalAddress

from contracts.notifications import NotificationKind
from services.notifications.calendars import Entry, blank, drawn
from services.notifications.domain import Reader

METHODS = {
    NotificationKind.BOOKING_CONFIRMED: "REQUEST",
    NotificationKind.BOOKING_RESCHEDULED: "REQUEST",
    NotificationKind.BOOKING_CANCELLED: "CANCEL",
}


@dataclass(frozen=True)
class Invitation:
    """An iCalendar object and its method, which the mail has to name as well."""

    method: str
    content: str


@dataclass(frozen=True)
class Meeting:
    """An entry with those who meet; `host` makes the UID unique in the world."""

    entry: Entry
    organizer: str
    attendee: Reader
    host: str


def invite(kind: NotificationKind, meeting: Meeting) -> Invitation | None:
    """The invitation, or its withdrawal; None for kinds that leave calendars as they are."""
    method = METHODS.get(kind)
    if method is None:
        return None
    calendar = blank(meeting.host)
    calendar.add("method", method)
    calendar.add_component(_event(meeting))
    return Invitation(method, calendar.to_ical().decode())


def _event(meeting: Meeting) -> Event:
    event = drawn(meeting.entry, meeting.host)
    event.add("organizer", vCalAddress(f"mailto:{parseaddr(meeting.organizer)[1]}"))
    event.add("attendee", _attendee(meeting.attendee))
    return event


def _attendee(reader: Reader) -> vCalAddress:
    address = vCalAddress(f"mailto:{reader.email}")
    address.params["CN"] = reader.name
    address.params["PARTSTAT"] = "ACCEPTED"
    address.params["RSVP"] = "FALSE"
    return address
