"""Secret addresses of calendars, each by its digest."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, LargeBinary, Table, UniqueConstraint

from chassis.database import Instant
from services.notifications.store.tables.schema import metadata

calendar_feeds = Table(
    "calendar_feeds",
    metadata,
    Column("account_id", BigInteger, primary_key=True, autoincrement=False),
    Column("digest", LargeBinary, nullable=False),
    Column("created_at", Instant, nullable=False),
    UniqueConstraint("digest"),
)
