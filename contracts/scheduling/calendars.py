"""Calendars that a tutor keeps elsewhere: their busy times close hours here.

Somebody's address of a calendar is as good as a password to it: it is shown to its owner alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, ClassVar

from contracts.catalog import DoneView
from contracts.fields import checked, word
from contracts.formats import WEB_ADDRESS, parse_web_address
from contracts.message import TUTOR, Command, Event, Query, View
from contracts.values import Count, Flag, Id, Instant, Line, Name, Page, PageSize, Version, WebAddress


class CalendarStatus(StrEnum):
    """`pending` until it was first read; `stale` while it can not be read."""

    PENDING = "pending"
    CURRENT = "current"
    STALE = "stale"


CalendarStatusName = Annotated[CalendarStatus, word(CalendarStatus)]


CALENDAR_ADDRESS = WEB_ADDRESS.replace("https?", "(https?|webcals?)", 1)


def parse_calendar_address(text: str) -> str:
    """A web address, also as calendars write theirs: `webcal` is https. Raises `ValueError`."""
    return parse_web_address(re.sub("^webcals?://", "https://", text))


CalendarAddress = Annotated[str, checked(parse_calendar_address, 2000, "uri")]


@dataclass(frozen=True)
class CalendarView(View):
    """A calendar as last read. `last_error` says why it is stale, `being_read` that it may change."""

    id: Id
    name: Name
    url: WebAddress = field(repr=False)
    status: CalendarStatusName
    being_read: Flag
    version: Version
    last_read_at: Instant | None = None
    last_error: Line | None = None


@dataclass(frozen=True)
class CalendarPage(View):
    items: list[CalendarView]
    total: Count
    page: Page
    page_size: PageSize


@dataclass(frozen=True)
class ListCalendars(Query[CalendarPage]):
    """The calling tutor's calendars, the oldest first."""

    asked_by: ClassVar = TUTOR
    page: Page = 1
    page_size: PageSize = 20


@dataclass(frozen=True)
class GetCalendar(Query[CalendarView]):
    """One of the calling tutor's calendars."""

    asked_by: ClassVar = TUTOR
    calendar_id: Id


@dataclass(frozen=True)
class AddCalendar(Command[CalendarView]):
    """Be closed whenever a calendar in iCalendar format says that one is busy.

    It is read at once and then every 15 minutes. Busy are events that are neither cancelled nor
    marked as free, with all their repetitions. While it can not be read, what was last read of it holds.
    Refuses with AddressNotAllowed, TooManyCalendars.
    """

    asked_by: ClassVar = TUTOR
    answer_is_secret: ClassVar = True
    url: CalendarAddress = field(repr=False)
    name: Name


@dataclass(frozen=True)
class RemoveCalendar(Command[DoneView]):
    """Read it no more, and be open again where it closed hours."""

    asked_by: ClassVar = TUTOR
    calendar_id: Id


@dataclass(frozen=True)
class RefreshCalendar(Command[CalendarView]):
    """Have it read at once, or a minute after it last was; `being_read` is true until that is done."""

    asked_by: ClassVar = TUTOR
    answer_is_secret: ClassVar = True
    calendar_id: Id


@dataclass(frozen=True)
class CalendarWentStale(Event):
    """A calendar can not be read any more. Told once until it can be read again."""

    subject_field: ClassVar = "calendar_id"
    concerns: ClassVar = ("account_id",)
    calendar_id: Id
    tutor_profile_id: Id
    account_id: Id
    name: Name
    reason: Line
    version: Version
    last_read_at: Instant | None = None
