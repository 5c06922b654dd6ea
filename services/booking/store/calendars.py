"""What is known of a tutor's time and a student's around a period: the facts of the one rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection, Row

from contracts.bookable import Block, Calendar, count_by_date
from contracts.booking import ACTIVE, SessionStatus
from contracts.scheduling import OpenInterval
from services.booking.store.copies import OpenHours
from services.booking.store.tables import bookings, open_intervals, sessions

_c = bookings.c
_ACTIVE_COLUMNS = (
    *(_c.id, _c.tutor_profile_id, _c.student_id, _c.session_id),
    *(_c.start_at, _c.end_at, _c.blocked_from, _c.blocked_to),
)
_MARGIN = timedelta(days=3)  # more than the longest lesson with its buffers, or a local day


@dataclass(frozen=True)
class Calendars:
    """Calendars as they stand now."""

    connection: Connection
    now: datetime

    def around(
        self, tutor_profile_id: int, student_id: int, period: Block, without: int | None = None
    ) -> Calendar:
        """Exact for every lesson that lies in the period; as if the booking `without` did not exist."""
        zone, is_open = self._open(tutor_profile_id, period)
        rows = [row for row in self._active(tutor_profile_id, student_id, period) if row.id != without]
        alone = (row for row in rows if row.tutor_profile_id == tutor_profile_id and row.session_id is None)
        lessons = [*alone, *self._sessions(tutor_profile_id, period)]
        return Calendar(
            zone,
            is_open,
            [Block(row.blocked_from, row.blocked_to) for row in lessons],
            count_by_date((row.start_at for row in lessons), zone),
            [Block(row.start_at, row.end_at) for row in rows if row.student_id == student_id],
        )

    def _open(self, tutor_profile_id: int, period: Block) -> tuple[str, list[OpenInterval]]:
        """The tutor's zone and the open intervals, cut off at the edges of the period."""
        overlapping = sa.and_(
            open_intervals.c.tutor_profile_id == tutor_profile_id,
            open_intervals.c.start_at < period.end,
            open_intervals.c.end_at > period.start,
        )
        rows = self.connection.execute(
            sa.select(open_intervals).where(overlapping).order_by(open_intervals.c.start_at)
        )
        zone = OpenHours(self.connection).zone_of(tutor_profile_id)
        return zone, [_within(period, row) for row in rows]

    def _active(self, tutor_profile_id: int, student_id: int, period: Block) -> Sequence[Row[Any]]:
        """Where the tutor's or the student's active bookings around the period lie."""
        wanted = sa.select(*_ACTIVE_COLUMNS).where(
            sa.or_(_c.tutor_profile_id == tutor_profile_id, _c.student_id == student_id),
            _around(_c.start_at, period),
            _c.status.in_(ACTIVE),
            sa.or_(_c.expires_at.is_(None), _c.expires_at > self.now),
        )
        return list(self.connection.execute(wanted))

    def _sessions(self, tutor_profile_id: int, period: Block) -> Sequence[Row[Any]]:
        """Where the tutor's sessions around the period lie; each is one lesson, however many take part."""
        wanted = sa.select(sessions.c.start_at, sessions.c.blocked_from, sessions.c.blocked_to).where(
            sessions.c.tutor_profile_id == tutor_profile_id,
            _around(sessions.c.start_at, period),
            sessions.c.status == SessionStatus.SCHEDULED,
        )
        return list(self.connection.execute(wanted))


def _around(start_at: ColumnElement[datetime], period: Block) -> ColumnElement[bool]:
    return start_at.between(period.start - _MARGIN, period.end + _MARGIN)


def _within(period: Block, row: Row[Any]) -> OpenInterval:
    return OpenInterval(max(row.start_at, period.start), min(row.end_at, period.end), list(row.grid))
