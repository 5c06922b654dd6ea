"""Telling open hours: on each change, and again as time goes on.

Every change locks the tutor's schedule, so that the open hours are told in the order of the changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from chassis.service import Service, every
from chassis.unit import Round, Unit
from contracts.bookable import Block
from contracts.message import Event
from contracts.scheduling import HORIZON_DAYS, OpenHoursChanged
from services.scheduling.availability import open_intervals
from services.scheduling.domain import Schedule
from services.scheduling.store import Schedules, hours_of

_DAY = timedelta(days=1)

# Told hours reach to the end of the last date of the longest window, the longest lesson on it included, and
# until they are told again.
_TOLD_BEHIND = _DAY
_TOLD_AHEAD = (HORIZON_DAYS + 1 + 2 + 1) * _DAY
_TOLD_EVERY = _DAY


class Telling(Service):
    @every(minutes=1)
    def roll_forward(self, unit: Round) -> None:
        """Tell hours again that were told a day ago, or a day ahead of a clock set back, some at a time."""
        untold = Schedules(unit.connection).lock_untold(unit.now - _TOLD_EVERY, unit.now + _TOLD_BEHIND)
        tell(untold, unit)
        if untold:
            unit.afterwards(lambda: None, lambda _, following: self.roll_forward(following))

    def state(self, unit: Unit) -> Iterator[Event]:
        for schedules in Schedules(unit.connection).batches():
            yield from _open_hours(schedules, unit)


def tell(schedules: Sequence[Schedule], unit: Unit) -> None:
    """Tell the open hours that follow from these schedules, which are locked."""
    for event in _open_hours(Schedules(unit.connection).count_telling(schedules, unit.now), unit):
        unit.tell(event)


def told_period(now: datetime) -> Block:
    """Of which period hours are told."""
    return Block(now - _TOLD_BEHIND, now + _TOLD_AHEAD)


def _open_hours(schedules: Sequence[Schedule], unit: Unit) -> Iterator[OpenHoursChanged]:
    period = told_period(unit.now)
    since, until = period.start, period.end
    # Read after the schedules: a telling may hold more than its version says, but never less.
    hours = hours_of(unit.connection, schedules, since, until)
    for schedule in schedules:
        theirs = hours[schedule.tutor_profile_id]
        yield OpenHoursChanged(
            tutor_profile_id=schedule.tutor_profile_id,
            timezone=schedule.timezone,
            since=since,
            until=until,
            intervals=open_intervals(theirs, since, until),
            version=schedule.told,
        )
