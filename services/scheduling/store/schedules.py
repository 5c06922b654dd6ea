"""Schedules as they are stored. Whoever changes one, or an exception from it, locks it first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import insert

from chassis.database import for_change
from contracts.catalog import TutorStatus
from contracts.message import dump
from contracts.scheduling import WeeklyWindow
from services.scheduling.domain import Schedule
from services.scheduling.store.tables import schedules, tutors

BATCH = 25  # few enough that nobody waits long for a lock


class Schedules:
    """One row a tutor, made when first needed."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, tutor_profile_id: int) -> Schedule:
        """The schedule, empty where none was ever set."""
        query = sa.select(schedules).where(schedules.c.tutor_profile_id == tutor_profile_id)
        row = self._connection.execute(query).one_or_none()
        return Schedule(tutor_profile_id) if row is None else _schedule(row)

    def of_approved(self) -> list[Schedule]:
        """The schedules of all approved tutors."""
        query = sa.select(schedules).join(tutors, tutors.c.tutor_profile_id == schedules.c.tutor_profile_id)
        rows = self._connection.execute(query.where(tutors.c.status == TutorStatus.APPROVED))
        return [_schedule(row) for row in rows]

    def lock(self, tutor_profile_id: int) -> Schedule:
        """The schedule; until the end of the transaction nobody else can change it, or what belongs to it."""
        first = _columns(Schedule(tutor_profile_id))
        self._connection.execute(insert(schedules).values(first).on_conflict_do_nothing())
        query = sa.select(schedules).where(schedules.c.tutor_profile_id == tutor_profile_id)
        return _schedule(self._connection.execute(for_change(query)).one())

    def save(self, schedule: Schedule) -> None:
        statement = sa.update(schedules).where(schedules.c.tutor_profile_id == schedule.tutor_profile_id)
        self._connection.execute(statement.values(_columns(schedule)))

    def count_telling(self, locked: Sequence[Schedule], now: datetime) -> list[Schedule]:
        """The schedules, noted as told once more."""
        tutors_told = [schedule.tutor_profile_id for schedule in locked]
        statement = sa.update(schedules).where(schedules.c.tutor_profile_id.in_(tutors_told))
        self._connection.execute(statement.values(told=schedules.c.told + 1, told_at=now))
        return [replace(schedule, told=schedule.told + 1) for schedule in locked]

    def lock_untold(self, since: datetime, until: datetime) -> list[Schedule]:
        """Some that were not told last between these instants.

        One that is being changed at this moment is left out: the change tells it.
        """
        untold = sa.or_(schedules.c.told_at < since, schedules.c.told_at > until)
        query = sa.select(schedules).where(untold).order_by(schedules.c.told_at).limit(BATCH)
        rows = self._connection.execute(for_change(query, skip_locked=True))
        return [_schedule(row) for row in rows]

    def batches(self) -> Iterator[list[Schedule]]:
        """All of them, some at a time."""
        last = 0
        query = sa.select(schedules).order_by(schedules.c.tutor_profile_id).limit(BATCH)
        while rows := self._connection.execute(query.where(schedules.c.tutor_profile_id > last)).all():
            yield [_schedule(row) for row in rows]
            last = rows[-1].tutor_profile_id


def _columns(schedule: Schedule) -> dict[str, Any]:
    return {
        "tutor_profile_id": schedule.tutor_profile_id,
        "timezone": schedule.timezone,
        "weekly_hours": [dump(window) for window in schedule.weekly_hours],
        "version": schedule.version,
        "told": schedule.told,
    }


def _schedule(row: sa.Row[Any]) -> Schedule:
    weekly_hours = tuple(WeeklyWindow(**window) for window in row.weekly_hours)
    return Schedule(row.tutor_profile_id, row.timezone, weekly_hours, row.version, row.told)
