"""The tables of catalog.

Ids of different things come from sequences that start far apart, so that one taken for another
is noticed. Of ratings and reliability only copies are kept, the highest version last.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Sequence,
    SmallInteger,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR

from chassis.database import Instant, new_metadata
from contracts.catalog import CourseKind, Role, TutorStatus

metadata = new_metadata()

account_ids = Sequence("account_ids", start=1, metadata=metadata)
subject_ids = Sequence("subject_ids", start=1, metadata=metadata)
tutor_profile_ids = Sequence("tutor_profile_ids", start=5001, metadata=metadata)
course_ids = Sequence("course_ids", start=8001, metadata=metadata)
package_offer_ids = Sequence("package_offer_ids", start=11001, metadata=metadata)


class MinorUnits(sa.types.TypeDecorator[Decimal]):
    """Money, kept as the whole number of its currency's minor units."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, _: Any) -> int | None:
        return None if value is None else int(value.scaleb(2))

    def process_result_value(self, value: int | None, _: Any) -> Decimal | None:
        return None if value is None else Decimal(value).scaleb(-2)


def one_of(column: str, words: type[StrEnum]) -> CheckConstraint:
    """A column that holds one of the enumeration's words."""
    return CheckConstraint(f"{column} IN ({', '.join(repr(str(word)) for word in words)})", name=column)


# --- people ---------------------------------------------------------------------------------------

accounts = Table(
    "accounts",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("email", Text, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("timezone", Text, nullable=False),
    Column("locale", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("erased_at", Instant),
    one_of("role", Role),
)
one_email = sa.Index("uq_accounts_email", sa.func.lower(accounts.c.email), unique=True)

# One log-in and all that is refreshed from it; ended when somebody logs out or a token is used twice.
sessions = Table(
    "sessions",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("account_id", BigInteger, ForeignKey(accounts.c.id), nullable=False, index=True),
    Column("began_at", Instant, nullable=False),
    Column("ended_at", Instant),
)

# Used tokens stay until they would have expired, to be recognised when they come again.
refresh_tokens = Table(
    "refresh_tokens",
    metadata,
    Column("digest", sa.LargeBinary, primary_key=True),
    Column(
        "session_id", BigInteger, ForeignKey(sessions.c.id, ondelete="CASCADE"), nullable=False, index=True
    ),
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
)

# Wrong passwords in a row, by the digest of the address they were tried with.
log_in_attempts = Table(
    "log_in_attempts",
    metadata,
    Column("address_digest", sa.LargeBinary, primary_key=True),
    Column("failures", BigInteger, nullable=False),
    Column("last_failed_at", Instant, nullable=False, index=True),
)


# --- what is offered ------------------------------------------------------------------------------

subjects = Table(
    "subjects",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
)
one_subject = sa.Index("uq_subjects_name", sa.func.lower(subjects.c.name), unique=True)

tutor_profiles = Table(
    "tutor_profiles",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("account_id", BigInteger, ForeignKey(accounts.c.id), nullable=False, unique=True),
    Column("status", Text, nullable=False),
    Column("reason", Text),
    Column("title", Text, nullable=False),
    Column("headline", Text, nullable=False),
    Column("bio", Text, nullable=False),
    Column("hourly_rate", MinorUnits, nullable=False),
    Column("currency", Text, nullable=False),
    Column("experience_years", SmallInteger, nullable=False),
    Column("profile_photo_url", Text),
    Column("languages", ARRAY(Text), nullable=False),
    Column("certifications", JSONB, nullable=False),
    Column("education", JSONB, nullable=False),
    Column("version", BigInteger, nullable=False),
    one_of("status", TutorStatus),
    CheckConstraint("hourly_rate >= 0", name="hourly_rate"),
)

taught_subjects = Table(
    "taught_subjects",
    metadata,
    Column("tutor_profile_id", BigInteger, ForeignKey(tutor_profiles.c.id), primary_key=True),
    Column("subject_id", BigInteger, ForeignKey(subjects.c.id), primary_key=True, index=True),
    Column("place", SmallInteger, nullable=False),
    Column("hourly_rate", MinorUnits),
    CheckConstraint("hourly_rate >= 0", name="hourly_rate"),
)

courses = Table(
    "courses",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("tutor_profile_id", BigInteger, ForeignKey(tutor_profiles.c.id), nullable=False, index=True),
    Column("subject_id", BigInteger, ForeignKey(subjects.c.id), nullable=False, index=True),
    Column("title", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("duration_minutes", SmallInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("price", MinorUnits),
    Column("active", sa.Boolean, nullable=False),
    Column("version", BigInteger, nullable=False),
    one_of("kind", CourseKind),
    CheckConstraint("price >= 0", name="price"),
    CheckConstraint("duration_minutes > 0", name="duration_minutes"),
)

# An offer keeps the currency it was made in, whatever the tutor's is later.
package_offers = Table(
    "package_offers",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("tutor_profile_id", BigInteger, ForeignKey(tutor_profiles.c.id), nullable=False, index=True),
    Column("course_id", BigInteger, ForeignKey(courses.c.id), index=True),
    Column("name", Text, nullable=False),
    Column("credits", SmallInteger, nullable=False),
    Column("price", MinorUnits, nullable=False),
    Column("currency", Text, nullable=False),
    Column("valid_days", SmallInteger, nullable=False),
    Column("active", sa.Boolean, nullable=False),
    Column("version", BigInteger, nullable=False),
    CheckConstraint("price >= 0", name="price"),
    CheckConstraint("credits > 0 AND valid_days > 0", name="credits"),
)

enrolments = Table(
    "enrolments",
    metadata,
    Column("course_id", BigInteger, ForeignKey(courses.c.id), primary_key=True),
    Column("student_id", BigInteger, ForeignKey(accounts.c.id), primary_key=True, index=True),
    Column("enrolled_at", Instant, nullable=False),
    Column("active", sa.Boolean, nullable=False),
    Column("version", BigInteger, nullable=False),
)


# --- what others say of tutors --------------------------------------------------------------------

ratings = Table(
    "ratings",
    metadata,
    Column("tutor_profile_id", BigInteger, primary_key=True, autoincrement=False),
    Column("average_rating", sa.Numeric(3, 2), nullable=False),
    Column("total_reviews", BigInteger, nullable=False),
    Column("version", BigInteger, nullable=False),
)

reliabilities = Table(
    "reliabilities",
    metadata,
    Column("tutor_profile_id", BigInteger, primary_key=True, autoincrement=False),
    Column("reliability", sa.Double, nullable=False),
    Column("version", BigInteger, nullable=False),
)


# --- finding tutors -------------------------------------------------------------------------------

# The words of each approved tutor's profile; who has no row here is not found.
listings = Table(
    "listings",
    metadata,
    Column("tutor_profile_id", BigInteger, ForeignKey(tutor_profiles.c.id), primary_key=True),
    Column("document", TSVECTOR, nullable=False),
    sa.Index("ix_listings_document", "document", postgresql_using="gin"),
)

# Every word of the listings once, to look for what a word with typos in it was meant to be.
listed_words = Table(
    "listed_words",
    metadata,
    Column("word", Text, primary_key=True),
    sa.Index(
        "ix_listed_words_similar", "word", postgresql_using="gin", postgresql_ops={"word": "gin_trgm_ops"}
    ),
)
