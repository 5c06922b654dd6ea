"""Accounts, sessions, tutor profiles, subjects, courses, and the words to find tutors by."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR

revision = "catalog_0001"
down_revision = "chassis_0001"
branch_labels = None
depends_on = None

_instant = sa.DateTime(timezone=True)
_sequences = {"account_ids": 1, "subject_ids": 1, "tutor_profile_ids": 5001, "course_ids": 8001}


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    for sequence, start in _sequences.items():
        op.execute(f"CREATE SEQUENCE {sequence} START WITH {start}")
    _create_accounts()
    _create_sessions()
    _create_log_in_attempts()
    _create_tutor_profiles()
    _create_subjects()
    _create_courses()
    _create_copies()
    _create_listings()


def downgrade() -> None:
    for table in (
        "listed_words",
        "listings",
        "reliabilities",
        "ratings",
        "courses",
        "taught_subjects",
        "subjects",
        "tutor_profiles",
        "log_in_attempts",
        "refresh_tokens",
        "sessions",
        "accounts",
    ):
        op.drop_table(table)
    for sequence in _sequences:
        op.execute(f"DROP SEQUENCE {sequence}")
    op.execute("DROP EXTENSION pg_trgm")


def _create_accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("password_hash", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("timezone", sa.Text, nullable=False),
        sa.Column("locale", sa.Text, nullable=False),
        sa.Column("created_at", _instant, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_accounts"),
        sa.CheckConstraint("role IN ('student', 'tutor', 'admin')", name=op.f("ck_accounts_role")),
    )
    op.execute("CREATE UNIQUE INDEX uq_accounts_email ON accounts (lower(email))")


def _create_sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("account_id", sa.BigInteger, nullable=False),
        sa.Column("began_at", _instant, nullable=False),
        sa.Column("ended_at", _instant),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_sessions_account_id"),
    )
    op.create_index("ix_sessions_account_id", "sessions", ["account_id"])
    op.create_table(
        "refresh_tokens",
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("session_id", sa.BigInteger, nullable=False),
        sa.Column("expires_at", _instant, nullable=False),
        sa.Column("used_at", _instant),
        sa.PrimaryKeyConstraint("digest", name="pk_refresh_tokens"),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name="fk_refresh_tokens_session_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_refresh_tokens_session_id", "refresh_tokens", ["session_id"])


def _create_log_in_attempts() -> None:
    op.create_table(
        "log_in_attempts",
        sa.Column("address_digest", sa.LargeBinary, nullable=False),
        sa.Column("failures", sa.BigInteger, nullable=False),
        sa.Column("last_failed_at", _instant, nullable=False),
        sa.PrimaryKeyConstraint("address_digest", name="pk_log_in_attempts"),
    )
    op.create_index("ix_log_in_attempts_last_failed_at", "log_in_attempts", ["last_failed_at"])


def _create_tutor_profiles() -> None:
    op.create_table(
        "tutor_profiles",
        sa.Column("id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("account_id", sa.BigInteger, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("headline", sa.Text, nullable=False),
        sa.Column("bio", sa.Text, nullable=False),
        sa.Column("hourly_rate", sa.BigInteger, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("experience_years", sa.SmallInteger, nullable=False),
        sa.Column("profile_photo_url", sa.Text),
        sa.Column("languages", ARRAY(sa.Text), nullable=False),
        sa.Column("certifications", JSONB, nullable=False),
        sa.Column("education", JSONB, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tutor_profiles"),
        sa.UniqueConstraint("account_id", name="uq_tutor_profiles_account_id"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_tutor_profiles_account_id"),
        sa.CheckConstraint(
            "status IN ('draft', 'pending_review', 'approved', 'rejected', 'suspended')",
            name=op.f("ck_tutor_profiles_status"),
        ),
        sa.CheckConstraint("hourly_rate >= 0", name=op.f("ck_tutor_profiles_hourly_rate")),
    )


def _create_subjects() -> None:
    op.create_table(
        "subjects",
        sa.Column("id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_subjects"),
    )
    op.execute("CREATE UNIQUE INDEX uq_subjects_name ON subjects (lower(name))")
    op.create_table(
        "taught_subjects",
        sa.Column("tutor_profile_id", sa.BigInteger, nullable=False),
        sa.Column("subject_id", sa.BigInteger, nullable=False),
        sa.Column("place", sa.SmallInteger, nullable=False),
        sa.Column("hourly_rate", sa.BigInteger),
        sa.PrimaryKeyConstraint("tutor_profile_id", "subject_id", name="pk_taught_subjects"),
        sa.ForeignKeyConstraint(
            ["tutor_profile_id"], ["tutor_profiles.id"], name="fk_taught_subjects_tutor_profile_id"
        ),
        sa.ForeignKeyConstraint(["subject_id"], ["subjects.id"], name="fk_taught_subjects_subject_id"),
        sa.CheckConstraint("hourly_rate >= 0", name=op.f("ck_taught_subjects_hourly_rate")),
    )
    op.create_index("ix_taught_subjects_subject_id", "taught_subjects", ["subject_id"])


def _create_courses() -> None:
    op.create_table(
        "courses",
        sa.Column("id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("tutor_profile_id", sa.BigInteger, nullable=False),
        sa.Column("subject_id", sa.BigInteger, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("duration_minutes", sa.SmallInteger, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("price", sa.BigInteger),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_courses"),
        sa.ForeignKeyConstraint(
            ["tutor_profile_id"], ["tutor_profiles.id"], name="fk_courses_tutor_profile_id"
        ),
        sa.ForeignKeyConstraint(["subject_id"], ["subjects.id"], name="fk_courses_subject_id"),
        sa.CheckConstraint("kind IN ('one_on_one', 'group')", name=op.f("ck_courses_kind")),
        sa.CheckConstraint("price >= 0", name=op.f("ck_courses_price")),
        sa.CheckConstraint("duration_minutes > 0", name=op.f("ck_courses_duration_minutes")),
    )
    op.create_index("ix_courses_tutor_profile_id", "courses", ["tutor_profile_id"])
    op.create_index("ix_courses_subject_id", "courses", ["subject_id"])


def _create_copies() -> None:
    op.create_table(
        "ratings",
        sa.Column("tutor_profile_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("average_rating", sa.Numeric(3, 2), nullable=False),
        sa.Column("total_reviews", sa.BigInteger, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("tutor_profile_id", name="pk_ratings"),
    )
    op.create_table(
        "reliabilities",
        sa.Column("tutor_profile_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("reliability", sa.Double, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("tutor_profile_id", name="pk_reliabilities"),
    )


def _create_listings() -> None:
    op.create_table(
        "listings",
        sa.Column("tutor_profile_id", sa.BigInteger, nullable=False),
        sa.Column("document", TSVECTOR, nullable=False),
        sa.PrimaryKeyConstraint("tutor_profile_id", name="pk_listings"),
        sa.ForeignKeyConstraint(
            ["tutor_profile_id"], ["tutor_profiles.id"], name="fk_listings_tutor_profile_id"
        ),
    )
    op.execute("CREATE INDEX ix_listings_document ON listings USING gin (document)")
    op.create_table(
        "listed_words",
        sa.Column("word", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("word", name="pk_listed_words"),
    )
    op.execute("CREATE INDEX ix_listed_words_similar ON listed_words USING gin (word gin_trgm_ops)")
