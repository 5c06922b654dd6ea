"""Notifications, deliveries and reminders; copies of accounts, tutors, lessons and sessions."""

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

from chassis.database import Instant
from contracts.booking import BookingState, SessionState
from contracts.notifications import NotificationKind, PreferencesView
from services.notifications.domain import Channel, DeliveryStatus, Facts, Side
from services.notifications.store.tables.schema import Kept, metadata, one_of

accounts = Table(
    "accounts",
    metadata,
    Column("account_id", BigInteger, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("timezone", Text, nullable=False),
    Column("locale", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
)

tutors = Table(
    "tutors",
    metadata,
    Column("tutor_profile_id", BigInteger, primary_key=True, autoincrement=False),
    Column("account_id", BigInteger, nullable=False),
    Column("version", BigInteger, nullable=False),
)

preferences = Table(
    "preferences",
    metadata,
    Column("account_id", BigInteger, primary_key=True, autoincrement=False),
    Column("preferences", Kept(PreferencesView), nullable=False),
)

lessons = Table(
    "lessons",
    metadata,
    Column("booking_id", BigInteger, primary_key=True, autoincrement=False),
    Column("booking", Kept(BookingState), nullable=False),
    Column("version", BigInteger, nullable=False),
    # Of the booking, to find it by.
    Column("student_id", BigInteger, nullable=False),
    Column("tutor_account_id", BigInteger, nullable=False),
    Column("session_id", BigInteger),
    Column("start_at", Instant, nullable=False),
    Column("of_hold", Boolean, nullable=False),
    Column("changed_at", Instant, nullable=False),
)

Index("ix_lessons_student", lessons.c.student_id, lessons.c.start_at)
Index("ix_lessons_tutor", lessons.c.tutor_account_id, lessons.c.start_at)
Index("ix_lessons_session", lessons.c.session_id)

sessions = Table(
    "sessions",
    metadata,
    Column("session_id", BigInteger, primary_key=True, autoincrement=False),
    Column("session", Kept(SessionState), nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("tutor_account_id", BigInteger, nullable=False),
    Column("start_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
)

Index("ix_sessions_tutor", sessions.c.tutor_account_id, sessions.c.start_at)

notifications = Table(
    "notifications",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("account_id", BigInteger, nullable=False),
    Column("counterpart_id", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("side", Text, nullable=False),
    Column("occasion", Text, nullable=False),
    Column("facts", Kept(Facts), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("read_at", Instant),
    Column("in_app", Boolean, nullable=False),
    UniqueConstraint("account_id", "occasion"),
    one_of("kind", NotificationKind),
    one_of("side", Side),
)

Index(
    "ix_notifications_newest",
    notifications.c.account_id,
    notifications.c.created_at.desc(),
    notifications.c.id.desc(),
)
Index(
    "ix_notifications_unread", notifications.c.account_id, postgresql_where=notifications.c.read_at.is_(None)
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("notification_id", ForeignKey("notifications.id"), nullable=False),
    Column("channel", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("sent_at", Instant),
    Column("error", Text),
    UniqueConstraint("notification_id", "channel"),
    one_of("channel", Channel),
    one_of("status", DeliveryStatus),
)

Index(
    "ix_deliveries_due",
    deliveries.c.due_at,
    deliveries.c.id,
    postgresql_where=deliveries.c.status == "queued",
)

reminders = Table(
    "reminders",
    metadata,
    Column("booking_id", BigInteger, primary_key=True, autoincrement=False),
    Column("start_at", Instant, primary_key=True),
    Column("lead_minutes", Integer, primary_key=True, autoincrement=False),
    Column("due_at", Instant, nullable=False, index=True),
)
