"""From what a tutor says of the clock on the wall to open intervals in UTC (section 2 of the rules).

Wall-clock rules are expanded date by date through the tz database, never by fixed offsets:

- An edge in a gap is the first instant after the gap; so a date that the zone skipped has no hours.
  An ambiguous start is the first occurrence, an ambiguous end the last.
- `24:00` is 00:00 of the next date, and an end like any other.
- Windows that overlap or touch are one run, however they came about, also across midnight.
- Starts count from the beginning of their run; in one of over 48 hours, anew from the beginning
  of each local date. Time off moves nothing.

Pure. Whether a tutor may say so (`end` after `start`, how many windows) is judged in `domain`.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import islice
from zoneinfo import ZoneInfo

from contracts.bookable import Block
from contracts.scheduling import DayWindow, OpenInterval, WeeklyWindow

LONG_RUN = timedelta(hours=48)
# How far beyond a period to expand, so that a run that reaches into it is known whole or known as long: the
# longest run with one grid, a window that begins before it, and the date line.
_MARGIN = timedelta(days=5)
# Edges of windows that are remembered: tutors share zones and hours, and a search looks at all of them.
_REMEMBERED = 16_384
_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Hours:
    """Everything that a tutor said of when to be open; `closed` are the periods that never are."""

    zone: str
    weekly: Sequence[WeeklyWindow] = ()
    overrides: Mapping[date, Sequence[DayWindow]] = field(default_factory=dict)
    additions: Mapping[date, Sequence[DayWindow]] = field(default_factory=dict)
    closed: Sequence[Block] = ()

    def windows_on(self, day: date) -> list[DayWindow]:
        """The windows that begin on a local date."""
        regular = self.overrides.get(day)
        if regular is None:
            regular = [
                DayWindow(window.start, window.end)
                for window in self.weekly
                if window.weekday == day.isoweekday()
            ]
        return [*regular, *self.additions.get(day, ())]


def open_intervals(hours: Hours, since: datetime, until: datetime) -> list[OpenInterval]:
    """When the tutor is open within [since, until), in order and disjoint."""
    zone = ZoneInfo(hours.zone)
    closed = merged(hours.closed)
    intervals = []
    for run in merged(_windows(hours, zone, since, until)):
        asked = Block(max(run.start, since), min(run.end, until))
        if asked.start < asked.end:
            grid = _grid(run, zone)
            intervals += [_interval(part, grid) for part in _without(asked, closed)]
    return intervals


def dates_around(since: datetime, until: datetime) -> tuple[date, date]:
    """The first and the last date whose windows matter for the period, in any zone."""
    return (since.astimezone(UTC) - _MARGIN).date(), (until.astimezone(UTC) + _MARGIN).date()


@lru_cache(_REMEMBERED)
def first_instant(day: date, zone: ZoneInfo, wall: str = "00:00") -> datetime:
    """The first instant at which the wall clock shows this, or else the first after the gap."""
    return _resolve(_shown(day, wall), zone, fold=0)


@lru_cache(_REMEMBERED)
def last_instant(day: date, zone: ZoneInfo, wall: str = "24:00") -> datetime:
    """The last instant at which the wall clock shows this, or else the first after the gap."""
    return _resolve(_shown(day, wall), zone, fold=1)


def merged(blocks: Iterable[Block]) -> list[Block]:
    """In order, with overlapping or touching ones made one."""
    found: list[Block] = []
    for block in sorted(blocks, key=lambda block: block.start):
        if found and block.start <= found[-1].end:
            found[-1] = Block(found[-1].start, max(found[-1].end, block.end))
        else:
            found.append(block)
    return found


def within(blocks: Iterable[Block], period: Block) -> list[Block]:
    """Of each the part that lies in the period, where there is one."""
    parts = (Block(max(block.start, period.start), min(block.end, period.end)) for block in blocks)
    return [part for part in parts if part.start < part.end]


def _windows(hours: Hours, zone: ZoneInfo, since: datetime, until: datetime) -> Iterator[Block]:
    """Each window of the dates around; one that lies in a gap is empty."""
    for day in _dates(*dates_around(since, until)):
        for window in hours.windows_on(day):
            yield Block(first_instant(day, zone, window.start), last_instant(day, zone, window.end))


def _dates(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=number) for number in range((last - first).days + 1))


def _shown(day: date, wall: str) -> datetime:
    """What the wall clock shows, without a zone."""
    if wall == "24:00":
        return datetime.combine(day + _DAY, time.min)
    return datetime.combine(day, time(int(wall[:2]), int(wall[3:])))


def _resolve(shown: datetime, zone: ZoneInfo, fold: int) -> datetime:
    before, after = _offset(shown.replace(tzinfo=zone, fold=0)), _offset(shown.replace(tzinfo=zone, fold=1))
    if before < after:
        return _end_of_gap(shown, before, after, zone)
    return (shown - (after if fold else before)).replace(tzinfo=UTC)


def _end_of_gap(shown: datetime, before: timedelta, after: timedelta, zone: ZoneInfo) -> datetime:
    """The instant at which the offset changed, by bisection between two that surround it."""
    earlier = (shown - after).replace(tzinfo=UTC)
    passed = bisect_left(
        range((after - before) // _SECOND),
        True,
        key=lambda seconds: _offset((earlier + seconds * _SECOND).astimezone(zone)) != before,
    )
    return earlier + passed * _SECOND


def _offset(local: datetime) -> timedelta:
    return local.utcoffset() or timedelta()


def _grid(run: Block, zone: ZoneInfo) -> list[datetime]:
    """Where starts count from: the beginning of the run, and in a long one that of each local date."""
    if run.end - run.start <= LONG_RUN:
        return [run.start]
    days = _dates(run.start.astimezone(zone).date(), run.end.astimezone(zone).date())
    midnights = {first_instant(day, zone) for day in days}
    return [run.start, *sorted(midnight for midnight in midnights if run.start < midnight < run.end)]


def _without(span: Block, closed: list[Block]) -> Iterator[Block]:
    """What is left of the span; `closed` is merged."""
    start = span.start
    for gap in islice(closed, bisect_right(closed, start, key=lambda block: block.end), None):
        if gap.start >= span.end:
            break
        if start < gap.start:
            yield Block(start, gap.start)
        start = gap.end
    if start < span.end:
        yield Block(start, span.end)


def _interval(part: Block, grid: list[datetime]) -> OpenInterval:
    first = bisect_right(grid, part.start) - 1
    last = bisect_left(grid, part.end)
    return OpenInterval(part.start, part.end, grid[first:last])
