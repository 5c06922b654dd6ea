"""When a tutor is open: zone, weekly hours and the exceptions from them, and what is told of all that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from contracts.catalog import DoneView
from contracts.message import TUTOR, Command, Event, Query, View
from contracts.values import (
    Count,
    Id,
    Instant,
    Line,
    LocalDate,
    Page,
    PageSize,
    Version,
    WallEnd,
    WallTime,
    Weekday,
    Zone,
)

HORIZON_DAYS = 120  # how far ahead open hours are told


@dataclass(frozen=True)
class WeeklyWindow(View):
    """Open from `start` to `end` on an ISO weekday of the tutor's zone; `24:00` is the next midnight."""

    weekday: Weekday
    start: WallTime
    end: WallEnd


@dataclass(frozen=True)
class DayWindow(View):
    """Open from `start` to `end` on one local date."""

    start: WallTime
    end: WallEnd


@dataclass(frozen=True)
class AvailabilityView(View):
    tutor_profile_id: Id
    timezone: Zone
    weekly_hours: list[WeeklyWindow]
    version: Version


@dataclass(frozen=True)
class GetAvailability(Query[AvailabilityView]):
    """The calling tutor's zone and weekly hours; empty hours where none were ever set."""

    asked_by: ClassVar = TUTOR


@dataclass(frozen=True)
class ReplaceAvailability(Command[AvailabilityView]):
    """Replace zone and weekly hours as a whole. Refuses with Invalid, Stale."""

    asked_by: ClassVar = TUTOR
    timezone: Zone
    weekly_hours: list[WeeklyWindow]
    expected_version: Version | None = None


# --- exceptions from the weekly hours --------------------------------------------------------


@dataclass(frozen=True)
class OverrideView(View):
    id: Id
    date: LocalDate
    intervals: list[DayWindow]
    note: Line | None = None


@dataclass(frozen=True)
class OverridePage(View):
    items: list[OverrideView]
    total: Count
    page: Page
    page_size: PageSize


@dataclass(frozen=True)
class ListOverrides(Query[OverridePage]):
    """The calling tutor's overrides by date."""

    asked_by: ClassVar = TUTOR
    page: Page = 1
    page_size: PageSize = 20


@dataclass(frozen=True)
class AddOverride(Command[OverrideView]):
    """Replace the hours of one local date; no interval is a day off. Refuses with OverrideExists, Invalid."""

    asked_by: ClassVar = TUTOR
    date: LocalDate
    intervals: list[DayWindow]
    note: Line | None = None


@dataclass(frozen=True)
class RemoveOverride(Command[DoneView]):
    """Let the weekly hours rule that date again."""

    asked_by: ClassVar = TUTOR
    override_id: Id


@dataclass(frozen=True)
class AdditionView(View):
    id: Id
    date: LocalDate
    start: WallTime
    end: WallEnd


@dataclass(frozen=True)
class AdditionPage(View):
    items: list[AdditionView]
    total: Count
    page: Page
    page_size: PageSize


@dataclass(frozen=True)
class ListAdditions(Query[AdditionPage]):
    """The calling tutor's additions by date."""

    asked_by: ClassVar = TUTOR
    page: Page = 1
    page_size: PageSize = 20


@dataclass(frozen=True)
class AddAddition(Command[AdditionView]):
    """Open extra hours on one local date, on top of what is open then."""

    asked_by: ClassVar = TUTOR
    date: LocalDate
    start: WallTime
    end: WallEnd


@dataclass(frozen=True)
class RemoveAddition(Command[DoneView]):
    """Take extra hours back."""

    asked_by: ClassVar = TUTOR
    addition_id: Id


@dataclass(frozen=True)
class TimeOffView(View):
    id: Id
    start_at: Instant
    end_at: Instant
    reason: Line | None = None


@dataclass(frozen=True)
class TimeOffPage(View):
    items: list[TimeOffView]
    total: Count
    page: Page
    page_size: PageSize


@dataclass(frozen=True)
class ListTimeOff(Query[TimeOffPage]):
    """The calling tutor's periods off by start."""

    asked_by: ClassVar = TUTOR
    page: Page = 1
    page_size: PageSize = 20


@dataclass(frozen=True)
class AddTimeOff(Command[TimeOffView]):
    """Be closed between two instants, whatever the hours say. Refuses with Invalid."""

    asked_by: ClassVar = TUTOR
    start_at: Instant
    end_at: Instant
    reason: Line | None = None


@dataclass(frozen=True)
class RemoveTimeOff(Command[DoneView]):
    """End a period off."""

    asked_by: ClassVar = TUTOR
    time_off_id: Id


# --- events --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class OpenInterval(View):
    """Open in [start_at, end_at). Starts count from the latest instant of `grid` not after them.

    The first of `grid` is the start of the window and may lie before `start_at`; there are
    more only in a run of over 48 hours, which counts anew from each local midnight.
    """

    start_at: Instant
    end_at: Instant
    grid: list[Instant]


@dataclass(frozen=True)
class OpenHoursChanged(Event):
    """The tutor's open hours as they now stand from `since` to `until`, in order, disjoint.

    Among the services only: they roll on every day, and each time they are long.
    """

    subject_field: ClassVar = "tutor_profile_id"
    tutor_profile_id: Id
    timezone: Zone
    since: Instant
    until: Instant
    intervals: list[OpenInterval]
    version: Version
