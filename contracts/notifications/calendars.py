"""Calendars out: a person's bookings at a secret address, and a single booking as a file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, ClassVar

from contracts.catalog import DoneView
from contracts.fields import line, prose
from contracts.message import ANYONE, Command, Query, View
from contracts.values import Id, Instant, Line, WebAddress

FeedToken = Annotated[str, line(100, shortest=1)]


@dataclass(frozen=True)
class CalendarFeedView(View):
    """Where a calendar program finds the bookings: whoever has the address can read them."""

    url: WebAddress = field(repr=False)
    created_at: Instant


@dataclass(frozen=True)
class CalendarFile(View):
    """An iCalendar object (RFC 5545), and how to call the file that holds it."""

    filename: Line
    content: Annotated[str, prose(4_000_000)] = field(repr=False)


@dataclass(frozen=True)
class CreateCalendarFeed(Command[CalendarFeedView]):
    """Make a secret address for calendar programs to read the caller's bookings at.

    It is shown this once. The address that there was before leads nowhere from then on.
    """

    answer_is_secret: ClassVar = True


@dataclass(frozen=True)
class RemoveCalendarFeed(Command[DoneView]):
    """Have the address of the caller's bookings lead nowhere; done, too, where there is none."""


@dataclass(frozen=True)
class ReadCalendarFeed(Query[CalendarFile]):
    """The bookings of the last 30 and the next 180 days of whoever the address was made for.

    The address is the key, and nothing else is asked for. Refuses with NotFound.
    """

    asked_by: ClassVar = ANYONE
    token: FeedToken = field(repr=False)


@dataclass(frozen=True)
class GetBookingCalendar(Query[CalendarFile]):
    """One booking of the caller's for a calendar; an admin sees any."""

    booking_id: Id
