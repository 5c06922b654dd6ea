"""Secret addresses of calendars; they are known by their digests only."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import insert

from contracts.errors import NotFound
from services.notifications.store.tables import calendar_feeds


class CalendarFeeds:
    """One of each account at most."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def replace(self, account_id: int, digest: bytes, now: datetime) -> None:
        """Have the account's feed be found by this from now on, and by nothing else."""
        statement = insert(calendar_feeds).values(account_id=account_id, digest=digest, created_at=now)
        news = {name: statement.excluded[name] for name in ("digest", "created_at")}
        self._connection.execute(statement.on_conflict_do_update(index_elements=["account_id"], set_=news))

    def remove(self, account_id: int) -> None:
        self._connection.execute(sa.delete(calendar_feeds).where(calendar_feeds.c.account_id == account_id))

    def owner_of(self, digest: bytes) -> int:
        """Whose feed is found by this. Raises `NotFound`."""
        query = sa.select(calendar_feeds.c.account_id).where(calendar_feeds.c.digest == digest)
        owner = self._connection.scalar(query)
        if owner is None:
            raise NotFound()
        return int(owner)
