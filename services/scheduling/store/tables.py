"""The tables of scheduling: what it owns, and below its copies, the highest version last."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB

from chassis.database import Instant, new_metadata
from contracts.catalog import CourseKind, TutorStatus
from contracts.scheduling import CalendarStatus

metadata = new_metadata()

# Weekly hours are read and replaced as a whole: [{"weekday", "start", "end"}].
schedules = Table(
    "schedules",
    metadata,
    Column("tutor_profile_id", BigInteger, primary_key=True, autoincrement=False),
    Column("timezone", Text, nullable=False),
    Column("weekly_hours", JSONB, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("told", BigInteger, nullable=False),
    Column("told_at", Instant, index=True),
)

# Intervals are [{"start", "end"}]; none is a day off.
overrides = Table(
    "overrides",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("tutor_profile_id", ForeignKey("schedules.tutor_profile_id"), nullable=False),
    Column("local_date", Date, nullable=False),
    Column("intervals", JSONB, nullable=False),
    Column("note", Text),
    UniqueConstraint("tutor_profile_id", "local_date"),
)

additions = Table(
    "additions",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("tutor_profile_id", ForeignKey("schedules.tutor_profile_id"), nullable=False),
    Column("local_date", Date, nullable=False),
    Column("start_time", Text, nullable=False),
    Column("end_time", Text, nullable=False),
    CheckConstraint("start_time < end_time", name="order"),
    Index(None, "tutor_profile_id", "local_date"),
)

time_off = Table(
    "time_off",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("tutor_profile_id", ForeignKey("schedules.tutor_profile_id"), nullable=False),
    Column("start_at", Instant, nullable=False),
    Column("end_at", Instant, nullable=False),
    Column("reason", Text),
    CheckConstraint("start_at < end_at", name="order"),
    Index(None, "tutor_profile_id", "start_at"),
)


# --- calendars kept elsewhere ----------------------------------------------------------------------


def _one_of(column: str, words: type[StrEnum]) -> CheckConstraint:
    return CheckConstraint(f"{column} IN ({', '.join(repr(str(word)) for word in words)})", name=column)


calendars = Table(
    "calendars",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("tutor_profile_id", ForeignKey("schedules.tutor_profile_id"), nullable=False, index=True),
    Column("account_id", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("status", Text, nullable=False),
    Column("trouble", Text),
    Column("last_read_at", Instant),
    Column("conditions", JSONB, nullable=False),
    Column("zone", Text),
    Column("whole_at", Instant),
    Column("claimed_at", Instant),
    Column("claimed_until", Instant),
    Column("version", BigInteger, nullable=False),
    _one_of("status", CalendarStatus),
)
Index("ix_calendars_next", func.coalesce(calendars.c.claimed_until, calendars.c.due_at))

# Of one calendar in order and disjoint.
busy_times = Table(
    "busy_times",
    metadata,
    Column("calendar_id", ForeignKey("calendars.id", ondelete="CASCADE"), primary_key=True),
    Column("start_at", Instant, primary_key=True),
    Column("end_at", Instant, nullable=False),
    Column("tutor_profile_id", BigInteger, nullable=False),
    CheckConstraint("start_at < end_at", name="order"),
    Index(None, "tutor_profile_id", "start_at"),
)


# --- copies ----------------------------------------------------------------------------------------

tutors = Table(
    "tutors",
    metadata,
    Column("tutor_profile_id", BigInteger, primary_key=True, autoincrement=False),
    Column("status", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    _one_of("status", TutorStatus),
)

courses = Table(
    "courses",
    metadata,
    Column("course_id", BigInteger, primary_key=True, autoincrement=False),
    Column("tutor_profile_id", BigInteger, nullable=False),
    Column("duration_minutes", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("version", BigInteger, nullable=False),
    _one_of("kind", CourseKind),
)

# Course 0 stands for the tutor's own policy. One that was removed keeps its row, without terms.
policies = Table(
    "policies",
    metadata,
    Column("tutor_profile_id", BigInteger, primary_key=True, autoincrement=False),
    Column("course_id", BigInteger, primary_key=True, autoincrement=False),
    Column("terms", JSONB(none_as_null=True)),
    Column("version", BigInteger, nullable=False),
)

lessons = Table(
    "lessons",
    metadata,
    Column("booking_id", BigInteger, primary_key=True, autoincrement=False),
    Column("tutor_profile_id", BigInteger, nullable=False),
    Column("student_id", BigInteger, nullable=False),
    Column("in_session", Boolean, nullable=False),
    Column("start_at", Instant, nullable=False),
    Column("end_at", Instant, nullable=False),
    Column("blocked_from", Instant, nullable=False),
    Column("blocked_to", Instant, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("expires_at", Instant),
    Column("version", BigInteger, nullable=False),
)
Index(
    "ix_lessons_of_tutor",
    lessons.c.tutor_profile_id,
    lessons.c.blocked_from,
    postgresql_where=lessons.c.active,
)
Index("ix_lessons_of_student", lessons.c.student_id, lessons.c.start_at, postgresql_where=lessons.c.active)

sessions = Table(
    "sessions",
    metadata,
    Column("session_id", BigInteger, primary_key=True, autoincrement=False),
    Column("tutor_profile_id", BigInteger, nullable=False),
    Column("start_at", Instant, nullable=False),
    Column("blocked_from", Instant, nullable=False),
    Column("blocked_to", Instant, nullable=False),
    Column("scheduled", Boolean, nullable=False),
    Column("version", BigInteger, nullable=False),
)
Index(
    "ix_sessions_of_tutor",
    sessions.c.tutor_profile_id,
    sessions.c.blocked_from,
    postgresql_where=sessions.c.scheduled,
)
