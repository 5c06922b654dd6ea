"""What is kept of facts that others own."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from chassis.database import Instant
from services.booking.store.tables.schema import an_id, metadata

accounts = Table(
    "accounts",
    metadata,
    an_id("account_id", primary_key=True),
    Column("name", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
)

tutors = Table(
    "tutors",
    metadata,
    an_id("tutor_profile_id", primary_key=True),
    an_id("account_id"),
    Column("status", Text, nullable=False),
    Column("hourly_rate", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("subjects", JSONB, nullable=False),
    Column("version", BigInteger, nullable=False),
)

courses = Table(
    "courses",
    metadata,
    an_id("course_id", primary_key=True),
    an_id("tutor_profile_id"),
    an_id("subject_id"),
    Column("subject_name", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("duration_minutes", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("price", BigInteger),
    Column("version", BigInteger, nullable=False),
)

enrolments = Table(
    "enrolments",
    metadata,
    an_id("course_id"),
    an_id("student_id"),
    an_id("tutor_profile_id"),
    Column("course_title", Text, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("enrolled_at", Instant, nullable=False),
    Column("version", BigInteger, nullable=False),
    PrimaryKeyConstraint("course_id", "student_id"),
)
Index("ix_enrolments_student", enrolments.c.student_id)
Index("ix_enrolments_tutor", enrolments.c.tutor_profile_id)

package_offers = Table(
    "package_offers",
    metadata,
    an_id("offer_id", primary_key=True),
    an_id("tutor_profile_id"),
    Column("course_id", BigInteger),
    Column("name", Text, nullable=False),
    Column("credits", Integer, nullable=False),
    Column("price", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("valid_days", Integer, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("version", BigInteger, nullable=False),
)

open_hours = Table(
    "open_hours",
    metadata,
    an_id("tutor_profile_id", primary_key=True),
    Column("timezone", Text, nullable=False),
    Column("known_until", Instant, nullable=False),
    Column("version", BigInteger, nullable=False),
)

open_intervals = Table(
    "open_intervals",
    metadata,
    Column("tutor_profile_id", ForeignKey("open_hours.tutor_profile_id"), nullable=False),
    Column("start_at", Instant, nullable=False),
    Column("end_at", Instant, nullable=False),
    Column("grid", ARRAY(Instant), nullable=False),
    PrimaryKeyConstraint("tutor_profile_id", "start_at"),
    CheckConstraint("start_at < end_at", name="end_at"),
)
