"""What went into the live streams, a row for each person it went to."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Identity, Index, Table, Text

from chassis.database import Instant
from services.notifications.store.tables.schema import metadata

live_events = Table(
    "live_events",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("account_id", BigInteger, nullable=False),
    Column("type", Text, nullable=False),
    Column("data", Text, nullable=False),
    Column("created_at", Instant, nullable=False, index=True),
)

Index("ix_live_events_stream", live_events.c.account_id, live_events.c.id)
