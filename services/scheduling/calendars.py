"""Calendars that tutors keep elsewhere: what a reading may bring, and what follows from it.

Pure. What a calendar says of busy times is worked out in `busy`. While it can not be read, whatever was last
read of it holds: it is neither all free nor all busy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from contracts.bookable import Block
from contracts.scheduling import HORIZON_DAYS, CalendarStatus, CalendarView, CalendarWentStale

MOST_CALENDARS = 10  # of one tutor
READ_EVERY = timedelta(minutes=15)
SOONEST = timedelta(minutes=1)  # after one reading the next that is asked for: the host is a stranger's
CLAIM = timedelta(minutes=2)  # longer than any reading takes, with its turn in the sandbox

# Busy times are kept, by whole days, from a little before now until whenever hours are told or asked for, and
# on until the calendar is asked for the whole of it again.
_WHOLE_EVERY = timedelta(days=1)
_BEHIND = timedelta(days=2)
_AHEAD = timedelta(days=HORIZON_DAYS + 7)


class Trouble(StrEnum):
    """Why a calendar could not be read."""

    NOT_ALLOWED = "not_allowed"
    PRIVATE_ADDRESS = "private_address"
    UNRESOLVED = "unresolved"
    UNREACHABLE = "unreachable"
    NOT_TRUSTED = "not_trusted"
    TOO_SLOW = "too_slow"
    TOO_LARGE = "too_large"
    TOO_MANY_REDIRECTS = "too_many_redirects"
    GARBLED = "garbled"
    NOT_FOUND = "not_found"
    LOCKED = "locked"
    OUT_OF_ORDER = "out_of_order"
    NOT_A_CALENDAR = "not_a_calendar"
    TOO_COMPLICATED = "too_complicated"


_IN_WORDS: Mapping[Trouble, str] = {
    Trouble.NOT_ALLOWED: "The address leads to one that is never asked: only public https addresses are.",
    Trouble.PRIVATE_ADDRESS: "The address leads into a private network.",
    Trouble.UNRESOLVED: "The host of the address is not known.",
    Trouble.UNREACHABLE: "The host of the address does not answer.",
    Trouble.NOT_TRUSTED: "The host of the address has no certificate that can be trusted.",
    Trouble.TOO_SLOW: "The calendar did not arrive within ten seconds.",
    Trouble.TOO_LARGE: "The calendar is larger than 1 MiB.",
    Trouble.TOO_MANY_REDIRECTS: "The address sends on to another, and that one again, too often.",
    Trouble.GARBLED: "What the address answered could not be understood.",
    Trouble.NOT_FOUND: "There is nothing at the address any more.",
    Trouble.LOCKED: "The address asks for a login or a permission.",
    Trouble.OUT_OF_ORDER: "The host of the address has answered with an error.",
    Trouble.NOT_A_CALENDAR: "What is at the address is no calendar in iCalendar format, or a damaged one.",
    Trouble.TOO_COMPLICATED: "The calendar has more in it than can be looked through.",
}


@dataclass(frozen=True)
class Unchanged:
    """It is as it was when all of it was last read."""


@dataclass(frozen=True)
class Read:
    """All of it was read; `conditions` are headers by which to ask whether it has changed since."""

    busy: list[Block]
    conditions: Mapping[str, str] = field(default_factory=dict)


Outcome = Read | Unchanged | Trouble


@dataclass(frozen=True)
class Task:
    """One reading of a calendar: what to ask, and what to make of the answer."""

    calendar_id: int
    tutor_profile_id: int
    url: str = field(repr=False)
    conditions: Mapping[str, str]
    zone: str
    period: Block
    claimed_at: datetime


@dataclass(frozen=True)
class ExternalCalendar:
    """A calendar by its address. All of it was last read at `whole_at`, for a tutor who was in `zone`."""

    id: int
    tutor_profile_id: int
    account_id: int
    name: str
    url: str = field(repr=False)
    due_at: datetime
    status: CalendarStatus = CalendarStatus.PENDING
    trouble: Trouble | None = None
    last_read_at: datetime | None = None
    conditions: Mapping[str, str] = field(default_factory=dict)
    zone: str | None = None
    whole_at: datetime | None = None
    claimed_at: datetime | None = None
    claimed_until: datetime | None = None
    version: int = 1

    def hastened(self, now: datetime) -> ExternalCalendar:
        """To be read at once, or a minute after it last was; again, where it is being read."""
        due_at = now if self.claimed_at is None else max(now, self.claimed_at + SOONEST)
        return replace(self, due_at=due_at, version=self.version + 1)

    def claimed(self, now: datetime) -> ExternalCalendar:
        """For one reading, and next for the regular one after it."""
        return replace(self, claimed_at=now, claimed_until=now + CLAIM, due_at=now + READ_EVERY)

    def task(self, zone: str, now: datetime) -> Task:
        """How to read it for a tutor who is in the zone."""
        today = now.replace(hour=0, minute=0, second=0, microsecond=0)
        period = Block(today - _BEHIND, today + _AHEAD)
        conditions = self.conditions if self._is_known_whole(zone, now) else {}
        return Task(self.id, self.tutor_profile_id, self.url, conditions, zone, period, now)

    def after(self, task: Task, outcome: Outcome, now: datetime) -> ExternalCalendar:
        """Free for the next reading."""
        free = replace(self, claimed_until=None, version=self.version + 1)
        if isinstance(outcome, Trouble):
            return replace(free, status=CalendarStatus.STALE, trouble=outcome)
        current = replace(free, status=CalendarStatus.CURRENT, trouble=None, last_read_at=now)
        if isinstance(outcome, Unchanged):
            return current
        return replace(current, conditions=outcome.conditions, zone=task.zone, whole_at=task.claimed_at)

    def went_stale(self, before: ExternalCalendar) -> CalendarWentStale | None:
        """What there is to tell of a turn for the worse."""
        if self.trouble is None or before.status is CalendarStatus.STALE:
            return None
        return CalendarWentStale(
            calendar_id=self.id,
            tutor_profile_id=self.tutor_profile_id,
            account_id=self.account_id,
            name=self.name,
            reason=self.trouble,
            last_read_at=self.last_read_at,
            version=self.version,
        )

    def view(self, now: datetime) -> CalendarView:
        """As its owner sees it."""
        return CalendarView(
            id=self.id,
            name=self.name,
            url=self.url,
            status=self.status,
            being_read=self.claimed_until is not None or self.due_at <= now or self._is_hastened(),
            last_read_at=self.last_read_at,
            last_error=_IN_WORDS[self.trouble] if self.trouble else None,
            version=self.version,
        )

    def _is_hastened(self) -> bool:
        """Whether it is due sooner than by itself."""
        return self.claimed_at is not None and self.due_at < self.claimed_at + READ_EVERY

    def _is_known_whole(self, zone: str, now: datetime) -> bool:
        """Whether nothing is missing of its busy times as long as it does not change."""
        return self.zone == zone and self.whole_at is not None and _is_within(self.whole_at, now)


def _is_within(whole_at: datetime, now: datetime) -> bool:
    """Neither too long ago nor, by a clock that was set back, in a time to come."""
    return whole_at <= now < whole_at + _WHOLE_EVERY
