"""Group sessions and their waitlists; triggers count the seats that are taken and held."""

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

CAPACITY = "ck_sessions_seats"

sessions = Table(
    "sessions",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    an_id("tutor_profile_id"),
    an_id("tutor_account_id"),
    Column("timezone_snapshot", Text, nullable=False),
    an_id("course_id"),
    Column("course_title", Text, nullable=False),
    an_id("subject_id"),
    Column("subject_name", Text, nullable=False),
    Column("start_at", Instant, nullable=False),
    Column("end_at", Instant, nullable=False),
    Column("duration_minutes", Integer, nullable=False),
    Column("blocked_from", Instant, nullable=False),
    Column("blocked_to", Instant, nullable=False),
    Column("capacity", Integer, nullable=False),
    Column("seats_taken", Integer, nullable=False),
    Column("seats_held", Integer, nullable=False),
    Column("seat_price", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("meeting_provider", Text, nullable=False),
    Column("meeting_link", Text, nullable=False),
    Column("meeting_id", Text),
    Column("meeting_passcode", Text),
    Column("status", Text, nullable=False),
    Column("cancelled_by", BigInteger),
    Column("cancelled_at", Instant),
    Column("cancel_reason", Text),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("version", BigInteger, nullable=False),
    CheckConstraint("status IN ('scheduled', 'cancelled', 'completed')", name="status"),
    CheckConstraint(
        "meeting_provider IN ('zoom', 'google_meet', 'teams', 'custom')", name="meeting_provider"
    ),
    CheckConstraint("end_at = start_at + duration_minutes * interval '1 minute'", name="end_at"),
    CheckConstraint("duration_minutes > 0", name="duration_minutes"),
    CheckConstraint("blocked_from <= start_at AND end_at <= blocked_to", name="blocked"),
    CheckConstraint("capacity >= 1", name="capacity"),
    CheckConstraint(
        "seats_taken >= 0 AND seats_held >= 0 AND seats_taken + seats_held <= capacity", name="seats"
    ),
    CheckConstraint("seat_price >= 0", name="seat_price"),
    CheckConstraint("(cancelled_at IS NOT NULL) = (status = 'cancelled')", name="cancelled_at"),
)
Index("ix_sessions_tutor", sessions.c.tutor_profile_id, sessions.c.start_at)
Index("ix_sessions_start_at", sessions.c.start_at)
Index("ix_sessions_scheduled", sessions.c.end_at, postgresql_where=text("status = 'scheduled'"))

waitlist = Table(
    "waitlist",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("session_id", ForeignKey("sessions.id"), nullable=False),
    an_id("student_id"),
    Column("place", BigInteger, nullable=False),
    Column("status", Text, nullable=False),
    Column("joined_at", Instant, nullable=False),
    Column("offered_at", Instant),
    Column("expires_at", Instant),
    Column("updated_at", Instant, nullable=False),
    Column("version", BigInteger, nullable=False),
    CheckConstraint("status IN ('waiting', 'offered', 'accepted', 'expired', 'left')", name="status"),
    CheckConstraint("(expires_at IS NOT NULL) = (status IN ('waiting', 'offered'))", name="expires_at"),
    CheckConstraint("status <> 'offered' OR offered_at IS NOT NULL", name="offered_at"),
    UniqueConstraint("session_id", "student_id"),
    UniqueConstraint("session_id", "place"),
)
Index("ix_waitlist_student", waitlist.c.student_id, waitlist.c.joined_at)
Index("ix_waitlist_expires_at", waitlist.c.expires_at, postgresql_where=waitlist.c.expires_at.is_not(None))
