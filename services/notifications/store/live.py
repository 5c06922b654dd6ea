"""The live streams. Within one of them ids become visible in their order: whoever reads on misses nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from chassis.database import lock
from contracts.notifications import LiveEvent
from services.notifications.store.tables import live_events

BATCH = 5000


@dataclass(frozen=True)
class News:
    """Something for one person's stream; `data` is JSON."""

    account_id: int
    type: str
    data: str


class LiveStreams:
    """Everybody's own."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, news: Sequence[News], now: datetime) -> int:
        """Take it down; the id of the last. Once a transaction: it locks the streams until the end.

        Numbers are given when a row is written, and rows are seen when their transaction has
        committed: without the lock a higher number could be seen before a lower one.
        """
        lock(self._connection, *(f"live:{each.account_id}" for each in news))
        rows = [
            {"account_id": each.account_id, "type": each.type, "data": each.data, "created_at": now}
            for each in news
        ]
        statement = sa.insert(live_events).returning(live_events.c.id)
        return max(map(int, self._connection.scalars(statement, rows)))

    def newest(self, account_id: int) -> int:
        """The id of the newest in the stream; 0 where there is none."""
        newest = sa.select(sa.func.max(live_events.c.id)).where(live_events.c.account_id == account_id)
        return self._connection.scalar(newest) or 0

    def after(self, account_id: int, last: int, most: int) -> list[LiveEvent]:
        """The oldest of the stream that came after."""
        query = (
            sa.select(live_events)
            .where(live_events.c.account_id == account_id, live_events.c.id > last)
            .order_by(live_events.c.id)
            .limit(most)
        )
        return [
            LiveEvent(row.id, row.type, row.data, row.created_at) for row in self._connection.execute(query)
        ]

    def forget(self, before: datetime) -> None:
        """Some of those that are older."""
        old = sa.select(live_events.c.id).where(live_events.c.created_at < before).limit(BATCH)
        self._connection.execute(sa.delete(live_events).where(live_events.c.id.in_(old)))
