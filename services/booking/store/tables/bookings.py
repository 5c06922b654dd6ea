"""Bookings, what they block, and every step that they took."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
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
from sqlalchemy.dialects.postgresql import JSONB, TSTZRANGE, ExcludeConstraint

from chassis.database import Instant
from services.booking.store.tables.schema import an_id, metadata

TUTOR_OVERLAP = "ex_blocks_tutor"
STUDENT_OVERLAP = "ex_bookings_student"
ONE_A_SESSION = "uq_bookings_session_student"

_ACTIVE = "status IN ('HELD', 'PENDING', 'CONFIRMED')"

bookings = Table(
    "bookings",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    an_id("student_id"),
    an_id("tutor_profile_id"),
    an_id("tutor_account_id"),
    Column("tutor_timezone", Text, nullable=False),
    Column("booking_type", Text, nullable=False),
    Column("lesson_type", Text, nullable=False),
    Column("subject_id", BigInteger),
    Column("subject_name", Text, nullable=False),
    Column("course_id", BigInteger),
    Column("start_at", Instant, nullable=False),
    Column("end_at", Instant, nullable=False),
    Column("duration_minutes", Integer, nullable=False),
    Column("blocked_from", Instant, nullable=False),
    Column("blocked_to", Instant, nullable=False),
    Column("session_id", ForeignKey("sessions.id")),
    Column("seats_reserved", Integer, nullable=False),
    Column("series_id", ForeignKey("series.id")),
    Column("occurrence_index", Integer),
    Column("hourly_rate", BigInteger, nullable=False),
    Column("price", BigInteger, nullable=False),
    Column("platform_fee", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("terms", JSONB, nullable=False),
    Column("notes_student", Text),
    Column("notes_tutor", Text),
    Column("status", Text, nullable=False),
    Column("join_url", Text),
    Column("expires_at", Instant),
    Column("decided_by", BigInteger),
    Column("decision_at", Instant),
    Column("decision_reason", Text),
    Column("cancelled_by", BigInteger),
    Column("cancelled_at", Instant),
    Column("cancel_reason", Text),
    Column("refunded", BigInteger),
    Column("package_id", ForeignKey("packages.id")),
    Column("credits", Integer),
    Column("credit_net", BigInteger),
    Column("credit_fee", BigInteger),
    Column("credit_currency", Text),
    Column("credit_returned", Boolean, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("version", BigInteger, nullable=False),
    CheckConstraint("booking_type IN ('one_on_one', 'group_session')", name="booking_type"),
    CheckConstraint("lesson_type IN ('video_call', 'phone_call', 'in_person')", name="lesson_type"),
    CheckConstraint(
        "status IN ('HELD', 'PENDING', 'CONFIRMED', 'DECLINED', 'CANCELLED_BY_STUDENT', 'CANCELLED_BY_TUTOR',"
        " 'CANCELLED_BY_ADMIN', 'COMPLETED', 'NO_SHOW_STUDENT', 'NO_SHOW_TUTOR', 'EXPIRED')",
        name="status",
    ),
    CheckConstraint("end_at = start_at + duration_minutes * interval '1 minute'", name="end_at"),
    CheckConstraint("duration_minutes > 0", name="duration_minutes"),
    CheckConstraint("blocked_from <= start_at AND end_at <= blocked_to", name="blocked"),
    CheckConstraint("seats_reserved >= 1", name="seats_reserved"),
    CheckConstraint("(session_id IS NOT NULL) = (booking_type = 'group_session')", name="session_id"),
    CheckConstraint("(series_id IS NULL) = (occurrence_index IS NULL)", name="occurrence_index"),
    CheckConstraint("hourly_rate >= 0 AND price >= 0 AND platform_fee >= 0", name="price"),
    CheckConstraint("refunded BETWEEN 0 AND price + platform_fee", name="refunded"),
    CheckConstraint(
        "num_nulls(package_id, credits, credit_net, credit_fee, credit_currency) IN (0, 5)", name="credit"
    ),
    CheckConstraint("credits > 0 AND credit_net >= 0 AND credit_fee >= 0", name="credits"),
    CheckConstraint("NOT credit_returned OR package_id IS NOT NULL", name="credit_returned"),
    CheckConstraint("(expires_at IS NOT NULL) = (status IN ('HELD', 'PENDING'))", name="expires_at"),
    CheckConstraint("status <> 'CONFIRMED' OR join_url IS NOT NULL", name="join_url"),
    UniqueConstraint("series_id", "occurrence_index"),
    ExcludeConstraint(
        ("student_id", "="),
        (text("tstzrange(start_at, end_at)"), "&&"),
        where=text(_ACTIVE),
        using="gist",
        name=STUDENT_OVERLAP,
    ),
)
Index("ix_bookings_student", bookings.c.student_id, bookings.c.start_at)
Index("ix_bookings_tutor", bookings.c.tutor_profile_id, bookings.c.start_at)
Index("ix_bookings_start_at", bookings.c.start_at)
Index("ix_bookings_package_id", bookings.c.package_id)
Index("ix_bookings_expires_at", bookings.c.expires_at, postgresql_where=bookings.c.expires_at.is_not(None))
Index("ix_bookings_confirmed", bookings.c.start_at, postgresql_where=text("status = 'CONFIRMED'"))
Index(
    ONE_A_SESSION, bookings.c.session_id, bookings.c.student_id, unique=True, postgresql_where=text(_ACTIVE)
)

# A tutor's blocked time, written by the triggers of `bookings` and `sessions` alone.
blocks = Table(
    "blocks",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    an_id("tutor_profile_id"),
    Column("during", TSTZRANGE, nullable=False),
    Column("booking_id", ForeignKey("bookings.id", ondelete="CASCADE"), unique=True),
    Column("session_id", ForeignKey("sessions.id", ondelete="CASCADE"), unique=True),
    CheckConstraint("(booking_id IS NULL) <> (session_id IS NULL)", name="of_one"),
    ExcludeConstraint(("tutor_profile_id", "="), ("during", "&&"), using="gist", name=TUTOR_OVERLAP),
)

history = Table(
    "history",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("booking_id", ForeignKey("bookings.id"), nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("by", Text, nullable=False),
    Column("account_id", BigInteger),
    Column("from_status", Text),
    Column("to_status", Text, nullable=False),
    Column("reason", Text),
    Column("from_start", Instant),
    Column("to_start", Instant),
    CheckConstraint("by IN ('student', 'tutor', 'admin', 'system')", name="by"),
)

# Where an imported booking came from.
legacy_bookings = Table(
    "legacy_bookings",
    metadata,
    Column("legacy_id", Text, primary_key=True),
    Column("booking_id", ForeignKey("bookings.id"), nullable=False, unique=True),
)
