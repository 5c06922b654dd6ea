"""The ledger: append-only, and balanced."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    Table,
    Text,
    UniqueConstraint,
)

from chassis.database import Instant
from services.booking.store.tables.schema import metadata

# One row for each line of a posting; a kind moves money only once for a booking.
ledger = Table(
    "ledger",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("at", Instant, nullable=False),
    Column("booking_id", ForeignKey("bookings.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    CheckConstraint("kind IN ('charge', 'refund', 'payout', 'fee')", name="kind"),
    CheckConstraint("amount <> 0", name="amount"),
    UniqueConstraint("booking_id", "kind", "account"),
)
Index("ix_ledger_account", ledger.c.account, ledger.c.currency)
