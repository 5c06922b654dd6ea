"""The bookable starts that a tutor has to offer, by `contracts.bookable`: listed by date, or looked for.

Pure: whatever is known of the tutor's time is brought here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from contracts.bookable import Block, Calendar, Limits, Rule, count_by_date
from contracts.errors import Invalid, RangeTooLong
from contracts.scheduling import MAX_SLOT_DAYS, SlotDay, SlotView
from services.scheduling.availability import Hours, first_instant, last_instant, open_intervals

# A lesson that begins farther than this from a period neither blocks it nor counts for its dates.
REACH = timedelta(days=3)
_DAY = timedelta(days=1)
_WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Lesson:
    """An active booking: when it starts, and the time that it blocks."""

    start: datetime
    blocked: Block


@dataclass(frozen=True)
class Dates:
    """Some dates of a zone, the last one included."""

    first: date
    last: date
    zone: ZoneInfo

    @classmethod
    def asked(cls, first: date, last: date, zone: str) -> Dates:
        """Raises `Invalid`, `RangeTooLong`."""
        if last < first:
            raise Invalid(errors=[{"detail": "Must not be before from.", "pointer": "/to"}])
        if (last - first).days >= MAX_SLOT_DAYS:
            raise RangeTooLong(f"At most {MAX_SLOT_DAYS} days can be asked for at once.")
        return cls(first, last, ZoneInfo(zone))

    def each(self) -> Iterator[date]:
        return (self.first + number * _DAY for number in range((self.last - self.first).days + 1))

    def period(self) -> Block:
        return Block(first_instant(self.first, self.zone), last_instant(self.last, self.zone))


@dataclass(frozen=True)
class Offer:
    """What decides of a tutor's starts: hours, terms, and the lessons within `REACH` of what is asked."""

    hours: Hours
    limits: Limits
    lessons: Sequence[Lesson] = ()
    student_busy: Sequence[Block] = ()

    def days(self, dates: Dates, minutes: int, now: datetime) -> list[SlotDay]:
        """Every date with its bookable starts; one that the zone skipped has none."""
        slots: dict[date, list[SlotView]] = {day: [] for day in dates.each()}
        for start in self._starts(dates.period(), minutes, now):
            # Where clocks went back over midnight, instants of both dates come by turns.
            day = start.astimezone(dates.zone).date()
            if day in slots:
                slots[day].append(SlotView(start, start + timedelta(minutes=minutes)))
        return [SlotDay(day, found) for day, found in slots.items()]

    def has_start(self, period: Block, minutes: int, now: datetime) -> bool:
        """Whether any start in the period can be booked."""
        return any(True for _ in self._starts(period, minutes, now))

    def _starts(self, period: Block, minutes: int, now: datetime) -> Iterator[datetime]:
        within = self._within_window(period, now)
        if within.start >= within.end:
            return iter(())
        is_open = open_intervals(self.hours, within.start, within.end + timedelta(minutes=minutes))
        booked = count_by_date((lesson.start for lesson in self.lessons), self.hours.zone)
        blocks = [lesson.blocked for lesson in self.lessons]
        calendar = Calendar(self.hours.zone, is_open, blocks, booked, self.student_busy)
        return Rule(self.limits, calendar, now).starts(minutes, within.start, within.end)

    def _within_window(self, period: Block, now: datetime) -> Block:
        """The part of the period that can have bookable starts, roughly: it saves looking at the rest."""
        last = now + (self.limits.window_days or MAX_SLOT_DAYS) * _DAY + 2 * _DAY
        return Block(max(period.start, now), min(period.end, last))


def period_asked(since: datetime, until: datetime) -> Block:
    """Raises `Invalid`, `RangeTooLong`."""
    if until <= since:
        raise Invalid(errors=[{"detail": "Must be after available_from.", "pointer": "/available_to"}])
    if until - since > MAX_SLOT_DAYS * _DAY:
        raise RangeTooLong(f"At most {MAX_SLOT_DAYS} days can be asked for at once.")
    return Block(since, until)


def weeks_of(period: Block) -> Iterator[Block]:
    """The period in order, a week at a time."""
    since = period.start
    while since < period.end:
        yield Block(since, min(since + _WEEK, period.end))
        since += _WEEK
