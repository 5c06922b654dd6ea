"""Bought packages, and the ledger: append-only, and balanced."""

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

# `net_left` and `fee_left` are what the credits that are left were bought for.
packages = Table(
    "packages",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    an_id("offer_id"),
    an_id("student_id"),
    an_id("tutor_profile_id"),
    an_id("tutor_account_id"),
    Column("course_id", BigInteger),
    Column("name", Text, nullable=False),
    Column("credits_total", Integer, nullable=False),
    Column("credits_left", Integer, nullable=False),
    Column("price", BigInteger, nullable=False),
    Column("platform_fee", BigInteger, nullable=False),
    Column("net_left", BigInteger, nullable=False),
    Column("fee_left", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("purchased_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("notice_at", Instant),
    Column("status", Text, nullable=False),
    Column("refunded", BigInteger, nullable=False, server_default="0"),
    Column("version", BigInteger, nullable=False),
    CheckConstraint("refunded >= 0 AND refunded <= price + platform_fee", name="refunded"),
    CheckConstraint("credits_left >= 0 AND credits_left <= credits_total", name="credits_left"),
    CheckConstraint("net_left >= 0 AND net_left <= price", name="net_left"),
    CheckConstraint("fee_left >= 0 AND fee_left <= platform_fee", name="fee_left"),
    CheckConstraint("status IN ('unpaid', 'active', 'expired', 'cancelled')", name="status"),
    Index("ix_packages_student_id", "student_id"),
    Index("ix_packages_expires_at", "expires_at", postgresql_where=text("status = 'active'")),
    Index("ix_packages_notice_at", "notice_at", postgresql_where=text("notice_at IS NOT NULL")),
)

# One row for each line of a posting; a kind moves money only once for a booking, or for a package alone.
ledger = Table(
    "ledger",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("at", Instant, nullable=False),
    Column("booking_id", ForeignKey("bookings.id")),
    Column("package_id", ForeignKey("packages.id")),
    Column("kind", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    CheckConstraint(
        "kind IN ('charge', 'refund', 'payout', 'fee', 'credit_used', 'credit_returned', 'purchase',"
        " 'breakage', 'breakage_fee', 'purchase_cancelled', 'payment', 'repayment', 'repayment_failed',"
        " 'repayment_by_hand')",
        name="kind",
    ),
    CheckConstraint("booking_id IS NOT NULL OR package_id IS NOT NULL", name="subject"),
    CheckConstraint("amount <> 0", name="amount"),
    UniqueConstraint("booking_id", "kind", "account"),
)
Index("ix_ledger_account", ledger.c.account, ledger.c.currency)
Index(
    "uq_ledger_package_id_kind_account",
    ledger.c.package_id,
    ledger.c.kind,
    ledger.c.account,
    unique=True,
    postgresql_where=text("booking_id IS NULL"),
)
