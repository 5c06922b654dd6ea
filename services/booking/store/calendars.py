"""What is known of a tutor's time and a student's around a period: the facts of the one rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from contracts.bookable import Block, Calendar, count_by_date
from contracts.booking import ACTIVE
from contracts.scheduling import OpenInterval
from services.booking.store.tables import bookings, open_hours, open_intervals

_c = bookings.c
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
        tutors = [row for row in rows if row.tutor_profile_id == tutor_profile_id]
        return Calendar(
            zone,
            is_open,
            [Block(row.blocked_from, row.blocked_to) for row in tutors],
            count_by_date((row.start_at for row in tutors), zone),
            [Block(row.start_at, row.end_at) for row in rows if row.student_id == student_id],
        )

    def _open(self, tutor_profile_id: int, period: Block) -> tuple[str, list[OpenInterval]]:
        """The tutor's zone and the open intervals, cut off at the edges of the period."""
        own = open_hours.c.tutor_profile_id == tutor_profile_id
        zone = self.connection.scalar(sa.select(open_hours.c.timezone).where(own))
        overlapping = sa.and_(
            open_intervals.c.tutor_profile_id == tutor_profile_id,
            open_intervals.c.start_at < period.end,
            open_intervals.c.end_at > period.start,
        )
        rows = self.connection.execute(
            sa.select(open_intervals).where(overlapping).order_by(open_intervals.c.start_at)
        )
        return zone or "UTC", [_within(period, row) for row in rows]

    def _active(self, tutor_profile_id: int, student_id: int, period: Block) -> Sequence[Row[Any]]:
        """Where the tutor's or the student's active bookings around the period lie."""
        wanted = sa.select(
            _c.id, _c.tutor_profile_id, _c.student_id, _c.start_at, _c.end_at, _c.blocked_from, _c.blocked_to
        ).where(
            sa.or_(_c.tutor_profile_id == tutor_profile_id, _c.student_id == student_id),
            _c.start_at.between(period.start - _MARGIN, period.end + _MARGIN),
            _c.status.in_(ACTIVE),
            sa.or_(_c.expires_at.is_(None), _c.expires_at > self.now),
        )
        return list(self.connection.execute(wanted))


def _within(period: Block, row: Row[Any]) -> OpenInterval:
    return OpenInterval(max(row.start_at, period.start), min(row.end_at, period.end), list(row.grid))
