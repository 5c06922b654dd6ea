"""The tables, as the migrations make them."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Identity, Table, Text

from chassis.database import Instant, new_metadata

metadata = new_metadata()

lessons = Table(
    "lessons",
    metadata,
    Column("booking_id", BigInteger, primary_key=True, autoincrement=False),
    Column("student_id", BigInteger, nullable=False),
    Column("tutor_profile_id", BigInteger, nullable=False),
    Column("tutor_account_id", BigInteger, nullable=False),
    Column("status", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
)

people = Table(
    "people",
    metadata,
    Column("account_id", BigInteger, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
)

tutors = Table(
    "tutors",
    metadata,
    Column("tutor_profile_id", BigInteger, primary_key=True, autoincrement=False),
    Column("version", BigInteger, nullable=False),
)

reviews = Table(
    "reviews",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("booking_id", BigInteger, nullable=False, unique=True),
    Column("student_id", BigInteger, nullable=False),
    Column("tutor_profile_id", BigInteger, nullable=False),
    Column("tutor_account_id", BigInteger, nullable=False),
    Column("rating", sa.SmallInteger, nullable=False),
    Column("comment", Text, nullable=False),
    Column("reply", Text),
    Column("replied_at", Instant),
    Column("hidden_reason", Text),
    Column("removed_at", Instant),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("version", BigInteger, nullable=False),
    CheckConstraint("rating BETWEEN 1 AND 5", name="rating"),
    CheckConstraint("(reply IS NULL) = (replied_at IS NULL)", name="reply"),
)

stands = reviews.c.removed_at.is_(None)
visible = sa.and_(stands, reviews.c.hidden_reason.is_(None))

sa.Index(
    "ix_reviews_visible",
    reviews.c.tutor_profile_id,
    reviews.c.created_at.desc(),
    reviews.c.id.desc(),
    postgresql_where=visible,
)

reports = Table(
    "reports",
    metadata,
    Column("review_id", ForeignKey("reviews.id"), primary_key=True),
    Column("reporter_id", BigInteger, primary_key=True, autoincrement=False),
    Column("reason", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
)

ratings = Table(
    "ratings",
    metadata,
    Column("tutor_profile_id", BigInteger, primary_key=True, autoincrement=False),
    Column("reviews", BigInteger, nullable=False),
    Column("stars", BigInteger, nullable=False),
    Column("version", BigInteger, nullable=False),
)
