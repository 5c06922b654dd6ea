"""How people want to be told; what they do not want is withdrawn, or kept out of the application."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "notifications_0004"
down_revision = "notifications_0003"

_STATUSES = "status IN ('queued', 'sent', 'failed'{more})"


def upgrade() -> None:
    op.create_table(
        "preferences",
        sa.Column("account_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("preferences", JSONB, nullable=False),
        sa.PrimaryKeyConstraint("account_id", name="pk_preferences"),
    )
    op.add_column("notifications", sa.Column("in_app", sa.Boolean, nullable=False, server_default=sa.true()))
    op.alter_column("notifications", "in_app", server_default=None)
    _allow(_STATUSES.format(more=", 'withdrawn'"))


def downgrade() -> None:
    deliveries = sa.table("deliveries", sa.column("status"))
    op.execute(sa.delete(deliveries).where(deliveries.c.status == "withdrawn"))
    _allow(_STATUSES.format(more=""))
    op.drop_column("notifications", "in_app")
    op.drop_table("preferences")


def _allow(statuses: str) -> None:
    op.drop_constraint(op.f("ck_deliveries_status"), "deliveries")
    op.create_check_constraint(op.f("ck_deliveries_status"), "deliveries", statuses)
