"""Calendars that tutors keep elsewhere, and the busy times that were last read of them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "scheduling_0003"
down_revision = "scheduling_0002"


def upgrade() -> None:
    _create_calendars()
    _create_busy_times()


def downgrade() -> None:
    op.drop_table("busy_times")
    op.drop_table("calendars")


def _create_calendars() -> None:
    op.create_table(
        "calendars",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("tutor_profile_id", sa.BigInteger, nullable=False),
        sa.Column("account_id", sa.BigInteger, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("trouble", sa.Text),
        sa.Column("last_read_at", sa.DateTime(timezone=True)),
        sa.Column("conditions", JSONB, nullable=False),
        sa.Column("zone", sa.Text),
        sa.Column("whole_at", sa.DateTime(timezone=True)),
        sa.Column("claimed_at", sa.DateTime(timezone=True)),
        sa.Column("claimed_until", sa.DateTime(timezone=True)),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.CheckConstraint("status IN ('pending', 'current', 'stale')", name=op.f("ck_calendars_status")),
        sa.PrimaryKeyConstraint("id", name="pk_calendars"),
        sa.ForeignKeyConstraint(
            ["tutor_profile_id"], ["schedules.tutor_profile_id"], name="fk_calendars_tutor_profile_id"
        ),
    )
    op.create_index("ix_calendars_tutor_profile_id", "calendars", ["tutor_profile_id"])
    op.create_index("ix_calendars_next", "calendars", [sa.text("coalesce(claimed_until, due_at)")])


def _create_busy_times() -> None:
    op.create_table(
        "busy_times",
        sa.Column("calendar_id", sa.BigInteger, nullable=False),
        sa.Column("start_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("end_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tutor_profile_id", sa.BigInteger, nullable=False),
        sa.CheckConstraint("start_at < end_at", name=op.f("ck_busy_times_order")),
        sa.PrimaryKeyConstraint("calendar_id", "start_at", name="pk_busy_times"),
        sa.ForeignKeyConstraint(
            ["calendar_id"], ["calendars.id"], name="fk_busy_times_calendar_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_busy_times_tutor_profile_id_start_at", "busy_times", ["tutor_profile_id", "start_at"])
