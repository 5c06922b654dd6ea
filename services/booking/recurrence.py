"""When the occurrences of a series are: RFC 5545 by the clock on the wall, then through the tz database.

A local time that does not exist is skipped and not counted, one that comes twice is the first (RFC
5545, 3.3.10). So counting is done here, after the clock changes; the rules are dateutil's, and only
such as it answers at once: days, weeks and months, none of them empty. Occurrence n is the same
instant whenever it is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, takewhile
from typing import Any
from zoneinfo import ZoneInfo

from dateutil.rrule import DAILY, MO, MONTHLY, WEEKLY, rrule

from contracts.booking import MOST_OCCURRENCES, MOST_YEARS, Frequency, RecurrenceTerms
from contracts.errors import Invalid, StartInPast, code_of

MOST_AHEAD = MOST_YEARS * timedelta(days=366)  # the dates of a series; nothing may compute for minutes
MOST_IN_ALL = MOST_AHEAD.days + 1  # the occurrences of a series with an end: one a day
_DAY = timedelta(days=1)
_LAST_DATE = date.max - _DAY  # that ends, in every zone, while there still are instants


@dataclass(frozen=True)
class Occurrence:
    """The n-th time that a series takes place, counted from 1."""

    index: int
    start_at: datetime


@dataclass(frozen=True)
class Recurrence:
    """A rule with its beginning and its end; `days` are of the ISO week, Monday is 1."""

    frequency: Frequency
    start_date: date
    start_time: time
    zone: str
    interval: int = 1
    days: frozenset[int] = frozenset()
    count: int | None = None
    until: date | None = None

    def occurrences(self, before: datetime, after: int = 0) -> Iterator[Occurrence]:
        """Those that start before an instant, in order; of these, those that come after the given one."""
        for occurrence in takewhile(lambda each: each.start_at < before, self._all()):
            if occurrence.index > after:
                yield occurrence

    def at(self, index: int) -> Occurrence | None:
        """The n-th occurrence, if there is one."""
        return next(islice(self._all(), index - 1, None), None)

    def _all(self) -> Iterator[Occurrence]:
        zone = ZoneInfo(self.zone)
        instants = (_instant(local, zone) for local in self._local_times())
        for index, instant in enumerate((each for each in instants if each is not None), 1):
            if self.count is not None and index > self.count:
                return
            yield Occurrence(index, instant)

    def _local_times(self) -> Iterator[datetime]:
        """What the rule says, whether the clock shows it or not."""
        times = iter(rrule(dtstart=self._beginning(), wkst=MO, **self._parts()))
        last = self.until or _LAST_DATE
        return takewhile(lambda local: local.date() <= last, times)

    def _beginning(self) -> datetime:
        """The first of the days on or after the start date: a rule begins with its first occurrence."""
        day = self.start_date
        while self.days and day.isoweekday() not in self.days:
            day += _DAY
        return datetime.combine(day, self.start_time)

    def _parts(self) -> dict[str, Any]:
        """FREQ, INTERVAL and BYDAY of RFC 5545; without BYDAY the beginning says which day it is."""
        days = sorted(day - 1 for day in self.days)
        match self.frequency:
            case Frequency.MONTHLY:
                rule = {"freq": MONTHLY, "interval": self.interval}
            case Frequency.BIWEEKLY:
                rule = {"freq": WEEKLY, "interval": 2 * self.interval}
            case Frequency.CUSTOM if not days:
                rule = {"freq": DAILY, "interval": self.interval}
            case _:
                rule = {"freq": WEEKLY, "interval": self.interval}
        return {**rule, "byweekday": days} if days else rule


def recurrence_of(terms: RecurrenceTerms, now: datetime) -> Recurrence:
    """The rule that somebody asks for now. Raises `Invalid`, `StartInPast`."""
    if errors := list(_against_ends(terms, now)):
        raise Invalid(errors=errors)
    if terms.start_date < _date_in(terms.timezone, now):
        code = code_of(StartInPast)
        raise StartInPast(errors=[{"code": code, **_error("start_date", StartInPast.detail)}])
    recurrence = said_in(terms)
    if recurrence.at(1) is None:
        raise Invalid(errors=[_error("until_date", "There is no occurrence until then.")])
    return recurrence


def said_in(terms: RecurrenceTerms) -> Recurrence:
    """The rule as the terms say it."""
    return Recurrence(
        terms.frequency,
        terms.start_date,
        time.fromisoformat(terms.start_time),
        terms.timezone,
        terms.interval,
        frozenset(terms.days_of_week),
        terms.occurrence_count,
        terms.until_date,
    )


def _against_ends(terms: RecurrenceTerms, now: datetime) -> Iterator[dict[str, str]]:
    if terms.occurrence_count is not None and terms.until_date is not None:
        yield _error("until_date", "Give either this or occurrence_count.")
    if terms.occurrence_count is not None and terms.occurrence_count > MOST_OCCURRENCES:
        yield _error("occurrence_count", f"Must be {MOST_OCCURRENCES} at most.")
    last = _date_in(terms.timezone, now) + MOST_AHEAD
    for field, day in (("start_date", terms.start_date), ("until_date", terms.until_date)):
        if day is not None and day > last:
            yield _error(field, f"Is more than {MOST_YEARS} years ahead.")


def _date_in(zone: str, now: datetime) -> date:
    return now.astimezone(ZoneInfo(zone)).date()


def _error(field: str, detail: str) -> dict[str, str]:
    return {"pointer": f"/{field}", "detail": detail}


def _instant(local: datetime, zone: ZoneInfo) -> datetime | None:
    """When the clock on the wall first shows this; nothing, where it never does."""
    instant = local.replace(tzinfo=zone).astimezone(UTC)
    shown = instant.astimezone(zone).replace(tzinfo=None)
    return instant if shown == local else None
