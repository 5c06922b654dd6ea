"""Tutors' terms and reliability; copies of what others own."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "booking_0002"
down_revision = "booking_0001"

_instant = sa.DateTime(timezone=True)


def upgrade() -> None:
    _create_policies()
    _create_reliabilities()
    _create_copies()
    _create_open_hours()


def downgrade() -> None:
    copies = ("open_intervals", "open_hours", "courses", "tutors", "accounts")
    for table in (*copies, "reliabilities", "policies"):
        op.drop_table(table)


def _create_policies() -> None:
    op.create_table(
        "policies",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("tutor_profile_id", sa.BigInteger, nullable=False),
        sa.Column("course_id", sa.BigInteger),
        sa.Column("terms", JSONB),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_policies"),
        sa.UniqueConstraint(
            "tutor_profile_id",
            "course_id",
            name="uq_policies_tutor_profile_id_course_id",
            postgresql_nulls_not_distinct=True,
        ),
    )


def _create_reliabilities() -> None:
    op.create_table(
        "reliabilities",
        sa.Column("tutor_profile_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("finished", sa.BigInteger, nullable=False),
        sa.Column("kept", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("tutor_profile_id", name="pk_reliabilities"),
        sa.CheckConstraint("kept BETWEEN 0 AND finished", name="ck_reliabilities_kept"),
    )


def _create_copies() -> None:
    op.create_table(
        "accounts",
        sa.Column("account_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("account_id", name="pk_accounts"),
    )
    op.create_table(
        "tutors",
        sa.Column("tutor_profile_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("account_id", sa.BigInteger, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("hourly_rate", sa.BigInteger, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("subjects", JSONB, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("tutor_profile_id", name="pk_tutors"),
    )
    op.create_table(
        "courses",
        sa.Column("course_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("tutor_profile_id", sa.BigInteger, nullable=False),
        sa.Column("subject_id", sa.BigInteger, nullable=False),
        sa.Column("subject_name", sa.Text, nullable=False),
        sa.Column("duration_minutes", sa.Integer, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("price", sa.BigInteger),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("course_id", name="pk_courses"),
    )


def _create_open_hours() -> None:
    op.create_table(
        "open_hours",
        sa.Column("tutor_profile_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("timezone", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("tutor_profile_id", name="pk_open_hours"),
    )
    op.create_table(
        "open_intervals",
        sa.Column("tutor_profile_id", sa.BigInteger, nullable=False),
        sa.Column("start_at", _instant, nullable=False),
        sa.Column("end_at", _instant, nullable=False),
        sa.Column("grid", ARRAY(_instant), nullable=False),
        sa.PrimaryKeyConstraint("tutor_profile_id", "start_at", name="pk_open_intervals"),
        sa.ForeignKeyConstraint(
            ["tutor_profile_id"],
            ["open_hours.tutor_profile_id"],
            name="fk_open_intervals_tutor_profile_id",
        ),
        sa.CheckConstraint("start_at < end_at", name="ck_open_intervals_end_at"),
    )
