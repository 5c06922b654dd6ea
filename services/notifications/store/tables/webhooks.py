"""Webhooks, what is on its way to them, and every try."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import ARRAY

from chassis.database import Instant
from contracts.notifications import WebhookDeliveryStatus, WebhookStatus
from services.notifications.store.tables.schema import metadata, one_of
from services.notifications.webhooks import Pace, Pause

webhooks = Table(
    "webhooks",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("account_id", BigInteger, nullable=False, index=True),
    Column("hears_all", Boolean, nullable=False),
    Column("url", Text, nullable=False),
    Column("event_types", ARRAY(Text), nullable=False),
    Column("description", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("secret", Text, nullable=False),
    Column("former_secret", Text),
    Column("rotated_until", Instant),
    Column("status", Text, nullable=False),
    Column("paused_because", Text),
    Column("version", BigInteger, nullable=False),
    # How it is served: by whom until when, how quickly it answers, and until when it is let be.
    Column("pace", Text, nullable=False),
    Column("silences", Integer, nullable=False),
    Column("rests_until", Instant),
    Column("claimed_at", Instant),
    Column("claimed_until", Instant),
    one_of("status", WebhookStatus),
    one_of("paused_because", Pause),
    one_of("pace", Pace),
)

webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("webhook_id", ForeignKey("webhooks.id", ondelete="CASCADE"), nullable=False),
    Column("event_id", Text, nullable=False),
    Column("event_type", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("due_at", Instant),
    Column("tries", Integer, nullable=False),
    Column("created_at", Instant, nullable=False, index=True),
    UniqueConstraint("webhook_id", "event_id"),
    one_of("status", WebhookDeliveryStatus),
)

Index("ix_webhook_deliveries_newest", webhook_deliveries.c.webhook_id, webhook_deliveries.c.id)
Index(
    "ix_webhook_deliveries_queued",
    webhook_deliveries.c.webhook_id,
    webhook_deliveries.c.id,
    postgresql_where=webhook_deliveries.c.status == "queued",
)

webhook_attempts = Table(
    "webhook_attempts",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column(
        "delivery_id", ForeignKey("webhook_deliveries.id", ondelete="CASCADE"), nullable=False, index=True
    ),
    Column("at", Instant, nullable=False),
    Column("duration_ms", Integer, nullable=False),
    Column("status", Integer),
    Column("error", Text),
)
