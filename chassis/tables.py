"""The tables that the chassis keeps in every service's database: what was told, taken, answered and lost.

They are written by the modules of the same names; here is only their shape. They are made by
`chassis/migrations`.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Identity,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

from chassis.database import Instant, new_metadata

metadata = new_metadata()

# Events of committed changes, waiting to be published or published already.
outbox = Table(
    "outbox",
    metadata,
    Column("position", BigInteger, Identity(always=True), primary_key=True),
    Column("event_id", Uuid, nullable=False),
    Column("exchange", Text, nullable=False),
    Column("routing_key", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("headers", JSONB, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("sent_at", Instant),
    UniqueConstraint("event_id"),
)
Index("ix_outbox_unsent", outbox.c.position, postgresql_where=outbox.c.sent_at.is_(None))

# Which handler has taken which event; the row commits together with the effect.
inbox = Table(
    "inbox",
    metadata,
    Column("handler", Text, nullable=False),
    Column("event_id", Text, nullable=False),
    Column("taken_at", Instant, nullable=False),
    PrimaryKeyConstraint("handler", "event_id"),
)

# Answers to commands by the hash of their idempotency key; the row commits together with the effect.
commands = Table(
    "commands",
    metadata,
    Column("key_hash", LargeBinary, primary_key=True),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("answer", LargeBinary),
    Column("created_at", Instant, nullable=False, index=True),
)

# Messages that no retry has helped, kept to be looked at and replayed.
dead_letters = Table(
    "dead_letters",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("handler", Text, nullable=False),
    Column("message_type", Text, nullable=False),
    Column("message_id", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("headers", JSONB, nullable=False),
    Column("error", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("died_at", Instant, nullable=False),
    Column("replayed_at", Instant),
)

# When each timer last ran in any replica.
timers = Table(
    "timers",
    metadata,
    Column("name", Text, primary_key=True),
    Column("ran_at", Instant, nullable=False),
)
