"""Overrides, additions and periods off as they are stored.

They are changed only while their tutor's schedule is locked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, ClassVar, Generic, TypeVar

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection, Row, Table
from sqlalchemy.dialects.postgresql import insert

from contracts.bookable import Block
from contracts.errors import Denied, NotFound, OverrideExists
from contracts.message import dump
from contracts.scheduling import (
    AddAddition,
    AdditionView,
    AddOverride,
    AddTimeOff,
    DayWindow,
    OverrideView,
    TimeOffView,
)
from services.scheduling.availability import Hours, dates_around
from services.scheduling.domain import Schedule
from services.scheduling.store.tables import additions, busy_times, overrides, time_off

N = TypeVar("N")
V = TypeVar("V")


class Exceptions(Generic[N, V]):
    """What of one kind belongs to a tutor, in the order of `by_time`: asked for as an `N`, shown as a `V`."""

    table: ClassVar[Table]
    by_time: ClassVar[ColumnElement[Any]]

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def page(self, tutor_profile_id: int, page: int, page_size: int) -> tuple[list[V], int]:
        """A page of them, and how many there are."""
        mine = self.table.c.tutor_profile_id == tutor_profile_id
        query = sa.select(self.table).where(mine).order_by(self.by_time, self.table.c.id)
        rows = self._connection.execute(query.limit(page_size).offset((page - 1) * page_size))
        return [self._view(row) for row in rows], self._count(mine)

    def coming(self, tutor_profile_id: int, since: datetime) -> int:
        """How many of them do not begin before."""
        return self._count(self.table.c.tutor_profile_id == tutor_profile_id, self.by_time >= since)

    def add(self, tutor_profile_id: int, new: N) -> V:
        """Raises `OverrideExists`, of which there can be one a date."""
        values = {"tutor_profile_id": tutor_profile_id, **self._columns(new)}
        statement = insert(self.table).values(values).on_conflict_do_nothing().returning(self.table)
        row = self._connection.execute(statement).one_or_none()
        if row is None:
            raise OverrideExists()
        return self._view(row)

    def remove(self, tutor_profile_id: int, exception_id: int) -> None:
        """Raises `NotFound`, and `Denied` where it is another tutor's."""
        this = self.table.c.id == exception_id
        mine = self.table.c.tutor_profile_id == tutor_profile_id
        removed = sa.delete(self.table).where(this, mine).returning(self.table.c.id)
        if self._connection.execute(removed).first() is None:
            raise Denied() if self._count(this) else NotFound()

    def remove_all(self, tutor_profile_id: int) -> None:
        self._connection.execute(
            sa.delete(self.table).where(self.table.c.tutor_profile_id == tutor_profile_id)
        )

    def _count(self, *which: ColumnElement[bool]) -> int:
        return self._connection.scalar(sa.select(sa.func.count()).select_from(self.table).where(*which)) or 0

    def _columns(self, new: N) -> dict[str, Any]:
        raise NotImplementedError

    def _view(self, row: Row[Any]) -> V:
        raise NotImplementedError


class Overrides(Exceptions[AddOverride, OverrideView]):
    table = overrides
    by_time = overrides.c.local_date

    def _columns(self, new: AddOverride) -> dict[str, Any]:
        intervals = [dump(window) for window in new.intervals]
        return {"local_date": new.date, "intervals": intervals, "note": new.note}

    def _view(self, row: Row[Any]) -> OverrideView:
        return OverrideView(row.id, row.local_date, _windows(row.intervals), row.note)


class Additions(Exceptions[AddAddition, AdditionView]):
    table = additions
    by_time = additions.c.local_date

    def _columns(self, new: AddAddition) -> dict[str, Any]:
        return {"local_date": new.date, "start_time": new.start, "end_time": new.end}

    def _view(self, row: Row[Any]) -> AdditionView:
        return AdditionView(row.id, row.local_date, row.start_time, row.end_time)


class TimeOff(Exceptions[AddTimeOff, TimeOffView]):
    table = time_off
    by_time = time_off.c.start_at

    def _columns(self, new: AddTimeOff) -> dict[str, Any]:
        return {"start_at": new.start_at, "end_at": new.end_at, "reason": new.reason}

    def _view(self, row: Row[Any]) -> TimeOffView:
        return TimeOffView(row.id, row.start_at, row.end_at, row.reason)


def hours_of(
    connection: Connection, schedules: Sequence[Schedule], since: datetime, until: datetime
) -> dict[int, Hours]:
    """All that a period needs of these schedules and their exceptions, by the tutor's profile id."""
    tutors = [schedule.tutor_profile_id for schedule in schedules]
    dates = dates_around(since, until)
    replaced = _overrides(connection.execute(_of(tutors, overrides, overrides.c.local_date.between(*dates))))
    added = _additions(connection.execute(_of(tutors, additions, additions.c.local_date.between(*dates))))
    closed = _closed(connection.execute(_times(tutors, since, until)))
    return {
        tutor: Hours(schedule.timezone, schedule.weekly_hours, replaced[tutor], added[tutor], closed[tutor])
        for tutor, schedule in zip(tutors, schedules, strict=True)
    }


def _of(tutors: Sequence[int], table: Table, which: ColumnElement[bool]) -> sa.Select[Any]:
    return sa.select(table).where(table.c.tutor_profile_id.in_(tutors), which)


def _times(tutors: Sequence[int], since: datetime, until: datetime) -> sa.CompoundSelect[Any]:
    """Time off, and the busy times of calendars kept elsewhere."""
    queries = (
        sa.select(table.c.tutor_profile_id, table.c.start_at, table.c.end_at).where(
            table.c.tutor_profile_id.in_(tutors), table.c.start_at < until, table.c.end_at > since
        )
        for table in (time_off, busy_times)
    )
    return sa.union_all(*queries)


def _overrides(rows: Iterable[Row[Any]]) -> Mapping[int, dict[date, list[DayWindow]]]:
    found: Mapping[int, dict[date, list[DayWindow]]] = defaultdict(dict)
    for row in rows:
        found[row.tutor_profile_id][row.local_date] = _windows(row.intervals)
    return found


def _additions(rows: Iterable[Row[Any]]) -> Mapping[int, dict[date, list[DayWindow]]]:
    found: Mapping[int, dict[date, list[DayWindow]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        found[row.tutor_profile_id][row.local_date].append(DayWindow(row.start_time, row.end_time))
    return found


def _closed(rows: Iterable[Row[Any]]) -> Mapping[int, list[Block]]:
    found: Mapping[int, list[Block]] = defaultdict(list)
    for row in rows:
        found[row.tutor_profile_id].append(Block(row.start_at, row.end_at))
    return found


def _windows(stored: list[dict[str, str]]) -> list[DayWindow]:
    return [DayWindow(**window) for window in stored]
