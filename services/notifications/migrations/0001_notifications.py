"""Notifications, deliveries and reminders; copies of accounts and lessons."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "notifications_0001"
down_revision = "chassis_0001"

_instant = sa.DateTime(timezone=True)

_KINDS = (
    "kind IN ('booking_requested', 'booking_confirmed', 'booking_declined', 'booking_cancelled',"
    " 'booking_rescheduled', 'booking_completed', 'booking_no_show', 'booking_expired',"
    " 'lesson_reminder', 'review_published', 'review_replied')"
)


def upgrade() -> None:
    _create_copies()
    _create_notifications()
    _create_deliveries()
    _create_reminders()


def downgrade() -> None:
    for table in ("reminders", "deliveries", "notifications", "lessons", "accounts"):
        op.drop_table(table)


def _create_copies() -> None:
    op.create_table(
        "accounts",
        sa.Column("account_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("timezone", sa.Text, nullable=False),
        sa.Column("locale", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("account_id", name="pk_accounts"),
    )
    op.create_table(
        "lessons",
        sa.Column("booking_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("booking", JSONB, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("booking_id", name="pk_lessons"),
    )


def _create_notifications() -> None:
    op.create_table(
        "notifications",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("account_id", sa.BigInteger, nullable=False),
        sa.Column("counterpart_id", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("side", sa.Text, nullable=False),
        sa.Column("occasion", sa.Text, nullable=False),
        sa.Column("facts", JSONB, nullable=False),
        sa.Column("created_at", _instant, nullable=False),
        sa.Column("read_at", _instant),
        sa.PrimaryKeyConstraint("id", name="pk_notifications"),
        sa.UniqueConstraint("account_id", "occasion", name="uq_notifications_account_id_occasion"),
        sa.CheckConstraint(_KINDS, name=op.f("ck_notifications_kind")),
        sa.CheckConstraint("side IN ('student', 'tutor')", name=op.f("ck_notifications_side")),
    )
    op.execute("CREATE INDEX ix_notifications_newest ON notifications (account_id, created_at DESC, id DESC)")
    op.execute("CREATE INDEX ix_notifications_unread ON notifications (account_id) WHERE read_at IS NULL")


def _create_deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("notification_id", sa.BigInteger, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("due_at", _instant, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("sent_at", _instant),
        sa.Column("error", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
        sa.ForeignKeyConstraint(
            ["notification_id"], ["notifications.id"], name="fk_deliveries_notification_id"
        ),
        sa.UniqueConstraint("notification_id", "channel", name="uq_deliveries_notification_id_channel"),
        sa.CheckConstraint("channel IN ('email')", name=op.f("ck_deliveries_channel")),
        sa.CheckConstraint("status IN ('queued', 'sent', 'failed')", name=op.f("ck_deliveries_status")),
    )
    op.execute("CREATE INDEX ix_deliveries_due ON deliveries (due_at, id) WHERE status = 'queued'")


def _create_reminders() -> None:
    op.create_table(
        "reminders",
        sa.Column("booking_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("start_at", _instant, nullable=False),
        sa.Column("lead_minutes", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("due_at", _instant, nullable=False),
        sa.PrimaryKeyConstraint("booking_id", "start_at", "lead_minutes", name="pk_reminders"),
    )
    op.create_index("ix_reminders_due_at", "reminders", ["due_at"])
