"""Webhooks with what is on its way to them and every try; the live streams."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "notifications_0003"
down_revision = "notifications_0002"

_instant = sa.DateTime(timezone=True)


def upgrade() -> None:
    _create_webhooks()
    _create_deliveries()
    _create_attempts()
    _create_live_events()


def downgrade() -> None:
    for table in ("live_events", "webhook_attempts", "webhook_deliveries", "webhooks"):
        op.drop_table(table)


def _create_webhooks() -> None:
    op.create_table(
        "webhooks",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("account_id", sa.BigInteger, nullable=False),
        sa.Column("hears_all", sa.Boolean, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("event_types", ARRAY(sa.Text), nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("created_at", _instant, nullable=False),
        sa.Column("secret", sa.Text, nullable=False),
        sa.Column("former_secret", sa.Text),
        sa.Column("rotated_until", _instant),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("paused_because", sa.Text),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("pace", sa.Text, nullable=False),
        sa.Column("silences", sa.Integer, nullable=False),
        sa.Column("rests_until", _instant),
        sa.Column("claimed_at", _instant),
        sa.Column("claimed_until", _instant),
        sa.PrimaryKeyConstraint("id", name="pk_webhooks"),
        sa.CheckConstraint("status IN ('active', 'paused')", name=op.f("ck_webhooks_status")),
        sa.CheckConstraint(
            "paused_because IN ('asked', 'gone', 'kept_failing')", name=op.f("ck_webhooks_paused_because")
        ),
        sa.CheckConstraint("pace IN ('swift', 'slow')", name=op.f("ck_webhooks_pace")),
    )
    op.create_index("ix_webhooks_account_id", "webhooks", ["account_id"])


def _create_deliveries() -> None:
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("webhook_id", sa.BigInteger, nullable=False),
        sa.Column("event_id", sa.Text, nullable=False),
        sa.Column("event_type", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("due_at", _instant),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("created_at", _instant, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_deliveries"),
        sa.ForeignKeyConstraint(
            ["webhook_id"],
            ["webhooks.id"],
            name="fk_webhook_deliveries_webhook_id",
            ondelete="CASCADE",
        ),
        sa.UniqueConstraint("webhook_id", "event_id", name="uq_webhook_deliveries_webhook_id_event_id"),
        sa.CheckConstraint(
            "status IN ('queued', 'delivered', 'failed')", name=op.f("ck_webhook_deliveries_status")
        ),
    )
    op.create_index("ix_webhook_deliveries_created_at", "webhook_deliveries", ["created_at"])
    op.create_index("ix_webhook_deliveries_newest", "webhook_deliveries", ["webhook_id", "id"])
    op.execute(
        "CREATE INDEX ix_webhook_deliveries_queued ON webhook_deliveries (webhook_id, id)"
        " WHERE status = 'queued'"
    )


def _create_attempts() -> None:
    op.create_table(
        "webhook_attempts",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("delivery_id", sa.BigInteger, nullable=False),
        sa.Column("at", _instant, nullable=False),
        sa.Column("duration_ms", sa.Integer, nullable=False),
        sa.Column("status", sa.Integer),
        sa.Column("error", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_attempts"),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["webhook_deliveries.id"],
            name="fk_webhook_attempts_delivery_id",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_webhook_attempts_delivery_id", "webhook_attempts", ["delivery_id"])


def _create_live_events() -> None:
    op.create_table(
        "live_events",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("account_id", sa.BigInteger, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("data", sa.Text, nullable=False),
        sa.Column("created_at", _instant, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_live_events"),
    )
    op.create_index("ix_live_events_created_at", "live_events", ["created_at"])
    op.create_index("ix_live_events_stream", "live_events", ["account_id", "id"])
