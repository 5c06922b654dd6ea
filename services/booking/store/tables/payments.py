"""Payments: sums that somebody has to move. One for a charge, and one back for a refund of it.

Of what was paid for a package, one back for the package and one for each booking that its credits paid for.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from chassis.database import Instant
from services.booking.store.tables.schema import an_id, metadata

payments = Table(
    "payments",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("key", Text, nullable=False),
    Column("kind", Text, nullable=False),
    an_id("student_id"),
    Column("booking_id", ForeignKey("bookings.id")),
    Column("package_id", ForeignKey("packages.id")),
    Column("refund_of", ForeignKey("payments.id")),
    Column("amount", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("provider", Text),
    Column("reference", Text),
    Column("client_secret", Text),
    Column("pay_by", Instant),
    Column("next_try_at", Instant),
    Column("attempts", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("version", BigInteger, nullable=False),
    UniqueConstraint("key"),
    CheckConstraint("kind IN ('payment', 'refund')", name="kind"),
    CheckConstraint("status IN ('due', 'pending', 'paid', 'failed', 'cancelled')", name="status"),
    CheckConstraint("(booking_id IS NULL) <> (package_id IS NULL)", name="subject"),
    CheckConstraint("(refund_of IS NOT NULL) = (kind = 'refund')", name="refund_of"),
    CheckConstraint("amount > 0", name="amount"),
    Index("uq_payments_booking_id_kind", "booking_id", "kind", unique=True),
    Index("uq_payments_package_id_kind", "package_id", "kind", unique=True),
    Index(
        "uq_payments_refund_of_booking_id",
        "refund_of",
        "booking_id",
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where=text("refund_of IS NOT NULL"),
    ),
    Index("ix_payments_student_id", "student_id"),
    Index("ix_payments_next_try_at", "next_try_at", postgresql_where=text("next_try_at IS NOT NULL")),
)
