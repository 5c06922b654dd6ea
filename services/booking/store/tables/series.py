"""Series, and what became of each of their occurrences."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from chassis.database import Instant
from services.booking.store.tables.schema import an_id, metadata

# `made` occurrences, all before `made_until`, have a row of `occurrences`; `ends_at` once none is to come.
series = Table(
    "series",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    an_id("student_id"),
    an_id("tutor_profile_id"),
    an_id("tutor_account_id"),
    Column("subject_name", Text, nullable=False),
    Column("terms", JSONB, nullable=False),
    Column("status", Text, nullable=False),
    Column("made", Integer, nullable=False),
    Column("made_until", Instant, nullable=False),
    Column("ends_at", Instant),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("version", BigInteger, nullable=False),
    CheckConstraint("status IN ('active', 'paused', 'cancelled', 'completed')", name="status"),
    CheckConstraint("made >= 0", name="made"),
)
Index("ix_series_student_id", series.c.student_id)
Index("ix_series_tutor_profile_id", series.c.tutor_profile_id)
Index(
    "ix_series_made_until",
    series.c.made_until,
    postgresql_where=text("status = 'active' AND ends_at IS NULL"),
)
Index("ix_series_ends_at", series.c.ends_at, postgresql_where=text("status IN ('active', 'paused')"))

# Booked or skipped, and never both; what became of the booking later is said by the booking.
occurrences = Table(
    "occurrences",
    metadata,
    Column("series_id", ForeignKey("series.id"), nullable=False),
    Column("occurrence_index", Integer, nullable=False),
    Column("start_at", Instant, nullable=False),
    Column("booking_id", ForeignKey("bookings.id"), unique=True),
    Column("reason", Text),
    PrimaryKeyConstraint("series_id", "occurrence_index"),
    CheckConstraint("occurrence_index > 0", name="occurrence_index"),
    CheckConstraint("(booking_id IS NULL) <> (reason IS NULL)", name="reason"),
)
