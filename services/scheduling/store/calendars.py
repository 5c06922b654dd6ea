"""Calendars that tutors keep elsewhere, and the busy times that were last read of them.

Busy times are changed only while their tutor's schedule is locked. The reading of a calendar is claimed for a
limited time, so that one process at a time asks an address and one that ends in the middle holds nothing
for long.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from chassis.database import for_change
from contracts.bookable import Block
from contracts.errors import Denied, NotFound
from contracts.scheduling import CalendarStatus
from services.scheduling.calendars import READ_EVERY, ExternalCalendar, Task, Trouble
from services.scheduling.store.tables import busy_times, calendars, schedules

_NEXT = sa.func.coalesce(calendars.c.claimed_until, calendars.c.due_at)


class Calendars:
    """Every tutor's own."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, calendar: ExternalCalendar) -> ExternalCalendar:
        """The calendar with its id."""
        statement = sa.insert(calendars).values(_values(calendar)).returning(*calendars.c)
        return _calendar(self._connection.execute(statement).one())

    def save(self, calendar: ExternalCalendar) -> ExternalCalendar:
        statement = sa.update(calendars).where(calendars.c.id == calendar.id)
        self._connection.execute(statement.values(_values(calendar)))
        return calendar

    def count(self, tutor_profile_id: int) -> int:
        mine = sa.select(sa.func.count()).where(calendars.c.tutor_profile_id == tutor_profile_id)
        return self._connection.scalar(mine) or 0

    def page(self, tutor_profile_id: int, page: int, page_size: int) -> tuple[list[ExternalCalendar], int]:
        """A page of them, and how many there are."""
        query = (
            sa.select(calendars)
            .where(calendars.c.tutor_profile_id == tutor_profile_id)
            .order_by(calendars.c.id)
            .limit(page_size)
            .offset((page - 1) * page_size)
        )
        return [_calendar(row) for row in self._connection.execute(query)], self.count(tutor_profile_id)

    def get(self, calendar_id: int, tutor_profile_id: int) -> ExternalCalendar:
        """One of the tutor's. Raises `NotFound`, `Denied`."""
        return self._one(sa.select(calendars), calendar_id, tutor_profile_id)

    def locked(self, calendar_id: int, tutor_profile_id: int) -> ExternalCalendar:
        """The same, to be changed. Raises `NotFound`, `Denied`."""
        return self._one(for_change(sa.select(calendars)), calendar_id, tutor_profile_id)

    def remove(self, calendar: ExternalCalendar) -> None:
        """With its busy times."""
        self._connection.execute(sa.delete(calendars).where(calendars.c.id == calendar.id))

    def remove_all(self, tutor_profile_id: int) -> list[int]:
        """Their ids, for those who have heard of them."""
        statement = sa.delete(calendars).where(calendars.c.tutor_profile_id == tutor_profile_id)
        return list(self._connection.scalars(statement.returning(calendars.c.id)))

    def hasten_all(self, tutor_profile_id: int, now: datetime) -> None:
        """Have all of the tutor's read at once, or a minute after they last were."""
        mine = sa.select(calendars).where(calendars.c.tutor_profile_id == tutor_profile_id)
        for row in self._connection.execute(for_change(mine.order_by(calendars.c.id))).all():
            self.save(_calendar(row).hastened(now))

    def claim(self, most: int, now: datetime) -> list[Task]:
        """The readings that are due and that nobody does, each for a tutor in the present zone."""
        rows = self._connection.execute(_due(most, now)).all()
        return [self._claimed(_calendar(row), row.timezone, now) for row in rows]

    def claimed_for(self, task: Task) -> ExternalCalendar | None:
        """The calendar of a reading; None where it was removed, or claimed again since."""
        claim = (calendars.c.id == task.calendar_id) & (calendars.c.claimed_at == task.claimed_at)
        row = self._connection.execute(for_change(sa.select(calendars).where(claim))).one_or_none()
        return None if row is None else _calendar(row)

    def _claimed(self, calendar: ExternalCalendar, zone: str, now: datetime) -> Task:
        return self.save(calendar.claimed(now)).task(zone, now)

    def _one(self, query: sa.Select[Any], calendar_id: int, tutor_profile_id: int) -> ExternalCalendar:
        mine = (calendars.c.id == calendar_id) & (calendars.c.tutor_profile_id == tutor_profile_id)
        row = self._connection.execute(query.where(mine)).one_or_none()
        if row is None:
            raise Denied() if self._exists(calendar_id) else NotFound()
        return _calendar(row)

    def _exists(self, calendar_id: int) -> bool:
        return bool(self._connection.scalar(sa.select(sa.exists().where(calendars.c.id == calendar_id))))


class BusyTimes:
    """Those of one calendar, in order and disjoint."""

    def __init__(self, connection: Connection, calendar: ExternalCalendar) -> None:
        self._connection = connection
        self._key = {"calendar_id": calendar.id, "tutor_profile_id": calendar.tutor_profile_id}
        self._mine = busy_times.c.calendar_id == calendar.id

    def all(self) -> list[Block]:
        query = sa.select(busy_times).where(self._mine).order_by(busy_times.c.start_at)
        return [Block(row.start_at, row.end_at) for row in self._connection.execute(query)]

    def replace(self, times: Sequence[Block]) -> None:
        self._connection.execute(sa.delete(busy_times).where(self._mine))
        rows = [{**self._key, "start_at": each.start, "end_at": each.end} for each in times]
        if rows:
            self._connection.execute(sa.insert(busy_times), rows)


def _due(most: int, now: datetime) -> sa.Select[Any]:
    """Due by now, or by a clock that was set back since."""
    due = sa.or_(now >= _NEXT, now + 2 * READ_EVERY < _NEXT)
    wanted = (
        sa.select(calendars, schedules.c.timezone)
        .join(schedules, schedules.c.tutor_profile_id == calendars.c.tutor_profile_id)
        .where(due)
        .order_by(_NEXT)
        .limit(most)
    )
    return for_change(wanted, of=calendars, skip_locked=True)


def _values(calendar: ExternalCalendar) -> dict[str, Any]:
    return {each.name: getattr(calendar, each.name) for each in fields(calendar) if each.name != "id"}


def _calendar(row: Row[Any]) -> ExternalCalendar:
    kept = {each.name: getattr(row, each.name) for each in fields(ExternalCalendar)}
    known = {"status": CalendarStatus(row.status), "trouble": row.trouble and Trouble(row.trouble)}
    return ExternalCalendar(**{**kept, **known})
