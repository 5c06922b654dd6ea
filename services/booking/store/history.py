"""Every step of every booking: who, when, from what to what, and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from contracts.booking import BookingStatus, HistoryItem
from services.booking.domain import Step
from services.booking.store.tables import history


class History:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, steps: Sequence[Step]) -> None:
        self._connection.execute(sa.insert(history), [_row_of(step) for step in steps])

    def page(self, booking_id: int, page: int, page_size: int) -> tuple[list[HistoryItem], int]:
        """A booking's steps, oldest first, and how many there are in all."""
        own = history.c.booking_id == booking_id
        total = self._connection.scalar(sa.select(sa.func.count()).select_from(history).where(own)) or 0
        some = sa.select(history).where(own).order_by(history.c.id)
        rows = self._connection.execute(some.offset((page - 1) * page_size).limit(page_size))
        return [_item_of(row) for row in rows], total


def _row_of(step: Step) -> dict[str, Any]:
    before, after = step.before, step.booking
    moved = before is None or before.start_at != after.start_at
    return {
        "booking_id": after.id,
        "at": after.updated_at,
        "by": step.by.side,
        "account_id": step.by.account_id,
        "from_status": before and before.status,
        "to_status": after.status,
        "reason": step.reason,
        "from_start": before.start_at if before and moved else None,
        "to_start": after.start_at if moved else None,
    }


def _item_of(row: Row[Any]) -> HistoryItem:
    return HistoryItem(
        at=row.at,
        by=row.by,
        to_status=BookingStatus(row.to_status),
        from_status=row.from_status and BookingStatus(row.from_status),
        reason=row.reason,
        from_start=row.from_start,
        to_start=row.to_start,
    )
