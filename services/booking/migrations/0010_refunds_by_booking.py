"""Of a package's payment goes back what was left of it, and later the credits of one booking or another."""

import sqlalchemy as sa
from alembic import op

revision = "booking_0010"
down_revision = "booking_0009"


def upgrade() -> None:
    op.drop_constraint("uq_payments_refund_of", "payments")
    op.create_index(
        "uq_payments_refund_of_booking_id",
        "payments",
        ["refund_of", "booking_id"],
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where=sa.text("refund_of IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("uq_payments_refund_of_booking_id")
    op.execute(
        "DELETE FROM payments AS later USING payments AS first"
        " WHERE later.refund_of = first.refund_of AND later.id > first.id"
    )
    op.create_unique_constraint("uq_payments_refund_of", "payments", ["refund_of"])
