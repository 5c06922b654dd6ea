"""What is told by e-mail can be told by SMS as well."""

import sqlalchemy as sa
from alembic import op

revision = "notifications_0005"
down_revision = "notifications_0004"


def upgrade() -> None:
    _allow("'email', 'sms'")


def downgrade() -> None:
    deliveries = sa.table("deliveries", sa.column("channel"))
    op.execute(sa.delete(deliveries).where(deliveries.c.channel == "sms"))
    _allow("'email'")


def _allow(channels: str) -> None:
    op.drop_constraint(op.f("ck_deliveries_channel"), "deliveries")
    op.create_check_constraint(op.f("ck_deliveries_channel"), "deliveries", f"channel IN ({channels})")
