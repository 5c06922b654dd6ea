"""Tutors' terms, and how reliable they and their students are."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, Identity, Table, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB

from services.booking.store.tables.schema import an_id, metadata

# A row whose terms are null was removed; it stays for its version.
policies = Table(
    "policies",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    an_id("tutor_profile_id"),
    Column("course_id", BigInteger),
    Column("terms", JSONB(none_as_null=True)),
    Column("version", BigInteger, nullable=False),
    UniqueConstraint("tutor_profile_id", "course_id", postgresql_nulls_not_distinct=True),
)

reliabilities = Table(
    "reliabilities",
    metadata,
    an_id("tutor_profile_id", primary_key=True),
    Column("finished", BigInteger, nullable=False),
    Column("kept", BigInteger, nullable=False),
    CheckConstraint("kept BETWEEN 0 AND finished", name="kept"),
)

student_reliabilities = Table(
    "student_reliabilities",
    metadata,
    an_id("student_id", primary_key=True),
    Column("finished", BigInteger, nullable=False),
    Column("kept", BigInteger, nullable=False),
    CheckConstraint("kept BETWEEN 0 AND finished", name="kept"),
)
