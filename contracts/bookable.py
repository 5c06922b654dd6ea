"""Which starts are bookable: the one rule that scheduling lists by and booking decides by.

Section 3 of the rules of the trade, but for who may teach what: whether the tutor is approved
and teaches the subject is known to the caller, who adds `TutorNotApproved` or `SubjectNotTaught`
in their place in `ORDER`. Pure: no clock, no store.

    rule = Rule(Limits.of(terms), calendar, now)
    rule.why_not(start, 60)          # [] where the start can be booked
    rule.starts(60, since, until)    # exactly those starts, in order
    rule.nearest(start, 60)          # what to offer instead
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from contracts.booking import PolicyTerms
from contracts.errors import (
    DayFull,
    DurationNotOffered,
    NotOpen,
    OffGrid,
    Refusal,
    SlotTaken,
    StartInPast,
    StudentBusy,
    SubjectNotTaught,
    TooFarAhead,
    TooLittleNotice,
    TutorNotApproved,
)
from contracts.scheduling import OpenInterval

# The first reason that applies is the one that a refusal is named by.
ORDER: tuple[type[Refusal], ...] = (
    StartInPast,
    DurationNotOffered,
    SubjectNotTaught,
    TutorNotApproved,
    TooLittleNotice,
    TooFarAhead,
    NotOpen,
    OffGrid,
    DayFull,
    SlotTaken,
    StudentBusy,
)
ALTERNATIVES = 5


@dataclass(frozen=True)
class Block:
    """Time that is taken, [start, end)."""

    start: datetime
    end: datetime

    def overlaps(self, other: Block) -> bool:
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True)
class Calendar:
    """What is known of a tutor's time, and of the student's who asks.

    `open` is in order and disjoint. `blocks` are the tutor's active bookings and group sessions, each
    with its own buffers; `bookings_on` counts the same by the tutor-local date of their start: a session
    is one lesson, however many take part.
    To move a booking, leave it out of all of them.
    """

    zone: str
    open: Sequence[OpenInterval]
    blocks: Sequence[Block] = ()
    bookings_on: Mapping[date, int] = field(default_factory=dict)
    student_busy: Sequence[Block] = ()

    def date_of(self, instant: datetime) -> date:
        """The tutor-local date of an instant."""
        return instant.astimezone(ZoneInfo(self.zone)).date()

    def interval_at(self, instant: datetime) -> OpenInterval | None:
        """The open interval that the instant lies in."""
        index = bisect_right(self.open, instant, key=lambda interval: interval.start_at) - 1
        return self.open[index] if index >= 0 and instant < self.open[index].end_at else None


@dataclass(frozen=True)
class Limits:
    """What a tutor asks of a start; `notice` and `window_days` are null where they are waived."""

    durations: frozenset[int]
    step: timedelta
    buffer_before: timedelta
    buffer_after: timedelta
    per_day: int | None
    notice: timedelta | None
    window_days: int | None

    @classmethod
    def of(cls, terms: PolicyTerms, own_duration: int | None = None) -> Limits:
        """The limits of the terms; a course, or a booking that moves, brings its own duration with it."""
        return cls(
            durations=frozenset(terms.durations_minutes) | ({own_duration} if own_duration else set()),
            step=timedelta(minutes=terms.slot_step_minutes),
            buffer_before=timedelta(minutes=terms.buffer_before_minutes),
            buffer_after=timedelta(minutes=terms.buffer_after_minutes),
            per_day=terms.max_bookings_per_day,
            notice=timedelta(hours=terms.min_notice_hours),
            window_days=terms.booking_window_days,
        )

    @classmethod
    def of_move(cls, terms: PolicyTerms, own_duration: int) -> Limits:
        """The limits of a new start for a booking that keeps its duration."""
        return replace(cls.of(terms, own_duration), window_days=terms.reschedule_window_days)

    @classmethod
    def of_series(cls, terms: PolicyTerms, own_duration: int | None = None) -> Limits:
        """The limits of a series' occurrence: any notice will do, however far ahead."""
        return replace(cls.of(terms, own_duration), notice=None, window_days=None)

    def blocked(self, start: datetime, minutes: int) -> Block:
        """The time that a lesson blocks, its buffers included."""
        return Block(start - self.buffer_before, start + timedelta(minutes=minutes) + self.buffer_after)


@dataclass(frozen=True)
class Rule:
    """Says of any start whether it can be booked now, under these limits, with this calendar."""

    limits: Limits
    calendar: Calendar
    now: datetime

    def why_not(self, start: datetime, minutes: int) -> list[type[Refusal]]:
        """Every reason against the start, in the order in which they name a refusal."""
        reasons = {*self._against_policy(start, minutes), *self._against_calendar(start, minutes)}
        return [reason for reason in ORDER if reason in reasons]

    def starts(self, minutes: int, since: datetime, until: datetime) -> Iterator[datetime]:
        """Exactly the bookable starts in [since, until), in order."""
        if minutes not in self.limits.durations:
            return
        since = max(since, self.now + (self.limits.notice or timedelta()))
        taken = self._taken_starts(minutes)
        for first, last in self._stretches(minutes, since, until):
            yield from (start for start in self._steps(first, last, taken) if self._day_is_free(start))

    def nearest(self, wanted: datetime, minutes: int, count: int = ALTERNATIVES) -> list[datetime]:
        """The bookable starts nearest to the wanted one, nearest first, the earlier of two alike."""
        reach = timedelta(days=1)
        while True:
            found = list(self.starts(minutes, wanted - reach, wanted + reach))
            if len(found) >= count or self._is_all(wanted, reach):
                return sorted(found, key=lambda start: (abs(start - wanted), start))[:count]
            reach *= 4

    def _against_policy(self, start: datetime, minutes: int) -> Iterator[type[Refusal]]:
        if start < self.now:
            yield StartInPast
        elif self.limits.notice is not None and start < self.now + self.limits.notice:
            yield TooLittleNotice
        if minutes not in self.limits.durations:
            yield DurationNotOffered
        if not self._in_window(self.calendar.date_of(start)):
            yield TooFarAhead

    def _against_calendar(self, start: datetime, minutes: int) -> Iterator[type[Refusal]]:
        lesson = Block(start, start + timedelta(minutes=minutes))
        blocked = self.limits.blocked(start, minutes)
        interval = self.calendar.interval_at(start)
        if interval is None or lesson.end > interval.end_at:
            yield NotOpen
        if interval is not None and (start - _grid_before(interval, start)) % self.limits.step:
            yield OffGrid
        if self._is_full(self.calendar.date_of(start)):
            yield DayFull
        if any(blocked.overlaps(block) for block in self.calendar.blocks):
            yield SlotTaken
        if any(lesson.overlaps(busy) for busy in self.calendar.student_busy):
            yield StudentBusy

    def _in_window(self, day: date) -> bool:
        if self.limits.window_days is None:
            return True
        return (day - self.calendar.date_of(self.now)).days <= self.limits.window_days

    def _is_full(self, day: date) -> bool:
        return (
            self.limits.per_day is not None and self.calendar.bookings_on.get(day, 0) >= self.limits.per_day
        )

    def _day_is_free(self, start: datetime) -> bool:
        day = self.calendar.date_of(start)
        return self._in_window(day) and not self._is_full(day)

    def _taken_starts(self, minutes: int) -> list[Block]:
        """The starts, in order, that lie between these edges (both excluded) are taken."""
        lesson = timedelta(minutes=minutes)
        before, after = self.limits.buffer_before, self.limits.buffer_after
        tutor = (Block(block.start - lesson - after, block.end + before) for block in self.calendar.blocks)
        student = (Block(busy.start - lesson, busy.end) for busy in self.calendar.student_busy)
        return _joined([*tutor, *student])

    def _stretches(
        self, minutes: int, since: datetime, until: datetime
    ) -> Iterator[tuple[datetime, datetime]]:
        """Of each stretch with one grid the first start and the last that might be, within [since, until)."""
        for interval in self.calendar.open:
            latest = min(interval.end_at - timedelta(minutes=minutes), until - datetime.resolution)
            ends = [*(grid - datetime.resolution for grid in interval.grid[1:]), latest]
            for grid, end in zip(interval.grid, ends, strict=True):
                earliest = max(interval.start_at, since, grid)
                yield _step_from(grid, earliest, self.limits.step), min(end, latest)

    def _steps(self, start: datetime, last: datetime, taken: list[Block]) -> Iterator[datetime]:
        index = bisect_right(taken, start, key=lambda block: block.end)
        while start <= last:
            while index < len(taken) and taken[index].end <= start:
                index += 1
            if index < len(taken) and taken[index].start < start:
                start = _step_from(start, taken[index].end, self.limits.step)
            else:
                yield start
                start += self.limits.step

    def _is_all(self, wanted: datetime, reach: timedelta) -> bool:
        is_open = self.calendar.open
        return not is_open or (wanted - reach <= is_open[0].start_at and is_open[-1].end_at <= wanted + reach)


def count_by_date(starts: Iterable[datetime], zone: str) -> Mapping[date, int]:
    """How many of the starts fall on each local date of the zone."""
    local = ZoneInfo(zone)
    return Counter(start.astimezone(local).date() for start in starts)


def _grid_before(interval: OpenInterval, instant: datetime) -> datetime:
    return interval.grid[max(bisect_right(interval.grid, instant) - 1, 0)]


def _step_from(grid: datetime, earliest: datetime, step: timedelta) -> datetime:
    """The first instant on the grid that is not before `earliest`."""
    return grid - (grid - earliest) // step * step


def _joined(blocks: list[Block]) -> list[Block]:
    """Disjoint in order; what merely touches stays apart, since the edge between is free."""
    joined: list[Block] = []
    for block in sorted(blocks, key=lambda block: block.start):
        if joined and block.start < joined[-1].end:
            joined[-1] = Block(joined[-1].start, max(joined[-1].end, block.end))
        else:
            joined.append(block)
    return joined
