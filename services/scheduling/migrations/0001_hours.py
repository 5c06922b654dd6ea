"""Schedules with their exceptions, and copies of what slots depend on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "scheduling_0001"
down_revision = "chassis_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_schedules()
    _create_overrides()
    _create_additions()
    _create_time_off()
    _create_tutors()
    _create_courses()
    _create_policies()
    _create_lessons()


def downgrade() -> None:
    for table in (
        "lessons",
        "policies",
        "courses",
        "tutors",
        "time_off",
        "additions",
        "overrides",
        "schedules",
    ):
        op.drop_table(table)


def _create_schedules() -> None:
    op.create_table(
        "schedules",
        sa.Column("tutor_profile_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("timezone", sa.Text, nullable=False),
        sa.Column("weekly_hours", JSONB, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("told", sa.BigInteger, nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("tutor_profile_id", name="pk_schedules"),
    )
    op.create_index("ix_schedules_told_at", "schedules", ["told_at"])


def _create_overrides() -> None:
    op.create_table(
        "overrides",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("tutor_profile_id", sa.BigInteger, nullable=False),
        sa.Column("local_date", sa.Date, nullable=False),
        sa.Column("intervals", JSONB, nullable=False),
        sa.Column("note", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_overrides"),
        sa.UniqueConstraint(
            "tutor_profile_id", "local_date", name="uq_overrides_tutor_profile_id_local_date"
        ),
        _of_schedule("overrides"),
    )


def _create_additions() -> None:
    op.create_table(
        "additions",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("tutor_profile_id", sa.BigInteger, nullable=False),
        sa.Column("local_date", sa.Date, nullable=False),
        sa.Column("start_time", sa.Text, nullable=False),
        sa.Column("end_time", sa.Text, nullable=False),
        sa.CheckConstraint("start_time < end_time", name=op.f("ck_additions_order")),
        sa.PrimaryKeyConstraint("id", name="pk_additions"),
        _of_schedule("additions"),
    )
    op.create_index(
        "ix_additions_tutor_profile_id_local_date", "additions", ["tutor_profile_id", "local_date"]
    )


def _create_time_off() -> None:
    op.create_table(
        "time_off",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("tutor_profile_id", sa.BigInteger, nullable=False),
        sa.Column("start_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("end_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text),
        sa.CheckConstraint("start_at < end_at", name=op.f("ck_time_off_order")),
        sa.PrimaryKeyConstraint("id", name="pk_time_off"),
        _of_schedule("time_off"),
    )
    op.create_index("ix_time_off_tutor_profile_id_start_at", "time_off", ["tutor_profile_id", "start_at"])


def _of_schedule(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tutor_profile_id"], ["schedules.tutor_profile_id"], name=f"fk_{table}_tutor_profile_id"
    )


def _create_tutors() -> None:
    op.create_table(
        "tutors",
        sa.Column("tutor_profile_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.CheckConstraint(
            "status IN ('draft', 'pending_review', 'approved', 'rejected', 'suspended')",
            name=op.f("ck_tutors_status"),
        ),
        sa.PrimaryKeyConstraint("tutor_profile_id", name="pk_tutors"),
    )


def _create_courses() -> None:
    op.create_table(
        "courses",
        sa.Column("course_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("tutor_profile_id", sa.BigInteger, nullable=False),
        sa.Column("duration_minutes", sa.Integer, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.CheckConstraint("kind IN ('one_on_one', 'group')", name=op.f("ck_courses_kind")),
        sa.PrimaryKeyConstraint("course_id", name="pk_courses"),
    )


def _create_policies() -> None:
    op.create_table(
        "policies",
        sa.Column("tutor_profile_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("course_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("terms", JSONB),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("tutor_profile_id", "course_id", name="pk_policies"),
    )


def _create_lessons() -> None:
    op.create_table(
        "lessons",
        sa.Column("booking_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("tutor_profile_id", sa.BigInteger, nullable=False),
        sa.Column("student_id", sa.BigInteger, nullable=False),
        sa.Column("start_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("end_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("blocked_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("blocked_to", sa.DateTime(timezone=True), nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True)),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("booking_id", name="pk_lessons"),
    )
    op.create_index(
        "ix_lessons_of_tutor",
        "lessons",
        ["tutor_profile_id", "blocked_from"],
        postgresql_where=sa.text("active"),
    )
    op.create_index(
        "ix_lessons_of_student", "lessons", ["student_id", "start_at"], postgresql_where=sa.text("active")
    )
