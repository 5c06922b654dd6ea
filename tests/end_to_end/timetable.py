"""A tutor's time worked out the slow way, minute by minute: sections 2 and 3 of the rules of the trade.

Shares nothing with the services: it is what they are compared with.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
LONG_RUN = timedelta(hours=48)
MARGIN = 4 * DAY

Window = tuple[str, str]  # from and to, on the wall
Span = tuple[datetime, datetime]


@dataclass
class Lesson:
    """An active booking with the buffers of its making."""

    start: datetime
    minutes: int
    before: int
    after: int

    @property
    def blocked(self) -> Span:
        return self.start - self.before * MINUTE, self.start + (self.minutes + self.after) * MINUTE


@dataclass
class Timetable:
    """What a tutor said of hours and terms, and the lessons so far; `since` is about now."""

    zone: ZoneInfo
    since: datetime
    days: int
    weekly: dict[int, list[Window]]
    terms: dict[str, Any]
    overrides: dict[date, list[Window]] = field(default_factory=dict)
    additions: dict[date, list[Window]] = field(default_factory=dict)
    closed: list[Span] = field(default_factory=list)
    lessons: list[Lesson] = field(default_factory=list)

    def bookable(self, minutes: int, now: datetime, busy: list[Span]) -> list[datetime]:
        """Every bookable start within the days looked at: each open minute is tried."""
        first = now.astimezone(UTC).replace(second=0, microsecond=0)
        minutes_ahead = (first + number * MINUTE for number in range(self.days * 24 * 60))
        return [
            start
            for start in minutes_ahead
            if start in self._grid and not self.why_not(start, minutes, now, busy)
        ]

    def why_not(self, start: datetime, minutes: int, now: datetime, busy: list[Span]) -> list[str]:
        """The codes of all that speaks against a start, in the order in which they name a refusal."""
        return [code for code, holds in self._reasons(start, minutes, now, busy) if holds]

    def _reasons(
        self, start: datetime, minutes: int, now: datetime, busy: list[Span]
    ) -> Iterator[tuple[str, bool]]:
        terms, end = self.terms, start + minutes * MINUTE
        grid = self._grid.get(start)
        blocked = (
            start - terms["buffer_before_minutes"] * MINUTE,
            end + terms["buffer_after_minutes"] * MINUTE,
        )
        day, today = self._date(start), self._date(now)
        on_day = sum(self._date(lesson.start) == day for lesson in self.lessons)
        yield "start_in_past", start < now
        yield "duration_not_offered", minutes not in terms["durations_minutes"]
        yield "too_little_notice", now <= start < now + timedelta(hours=terms["min_notice_hours"])
        yield "too_far_ahead", (day - today).days > terms["booking_window_days"]
        yield "not_open", not self._is_open_throughout(start, end)
        yield (
            "off_grid",
            grid is not None and (start - grid) % (terms["slot_step_minutes"] * MINUTE) != 0 * MINUTE,
        )
        yield "day_full", on_day >= (terms["max_bookings_per_day"] or 1000)
        yield "slot_taken", any(_overlap(blocked, lesson.blocked) for lesson in self.lessons)
        yield "student_busy", any(_overlap((start, end), span) for span in busy)

    def _is_open_throughout(self, start: datetime, end: datetime) -> bool:
        return all(start + number * MINUTE in self._grid for number in range((end - start) // MINUTE))

    def _date(self, instant: datetime) -> date:
        return instant.astimezone(self.zone).date()

    @cached_property
    def _grid(self) -> dict[datetime, datetime]:
        """Every open minute, with the instant from which starts count there."""
        found = {}
        for start, end in self._runs():
            origin, instant = start, start
            while instant < end:
                if end - start > LONG_RUN and self._date(instant) != self._date(instant - MINUTE):
                    origin = instant
                if not any(since <= instant < until for since, until in self.closed):
                    found[instant] = origin
                instant += MINUTE
        return found

    def _runs(self) -> list[Span]:
        """The windows, overlapping or touching ones made one."""
        runs: list[Span] = []
        for start, end in sorted(self._windows()):
            if runs and start <= runs[-1][1]:
                runs[-1] = (runs[-1][0], max(runs[-1][1], end))
            else:
                runs.append((start, end))
        return runs

    def _windows(self) -> Iterator[Span]:
        days = {shown.date() for shown in self._wall_clock}
        for day in sorted(days)[1:-2]:
            regular = self.overrides.get(day, self.weekly.get(day.isoweekday(), []))
            for since, until in [*regular, *self.additions.get(day, [])]:
                start, end = self._instants(day, since)[0], self._instants(day, until)[-1]
                if start < end:
                    yield start, end

    def _instants(self, day: date, wall: str) -> list[datetime]:
        """When the clock on the wall shows this; in a gap, when it next shows anything."""
        hour, minute = map(int, wall.split(":"))
        shown = datetime.combine(day, datetime.min.time()) + timedelta(hours=hour, minutes=minute)
        while shown not in self._wall_clock:
            shown += MINUTE
        return self._wall_clock[shown]

    @cached_property
    def _wall_clock(self) -> dict[datetime, list[datetime]]:
        """What the clock on the wall shows, and when: never, once or twice."""
        shown = defaultdict(list)
        first = self.since.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - MARGIN
        for number in range((self.days * DAY + 2 * MARGIN) // MINUTE):
            instant = first + number * MINUTE
            shown[instant.astimezone(self.zone).replace(tzinfo=None)].append(instant)
        return dict(shown)


def _overlap(one: Span, other: Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]
