"""A package that is cancelled says what came back for it: all, or the part that was not used.

The default stays: processes of the version before go on selling packages until they are replaced.
"""

import sqlalchemy as sa
from alembic import op

revision = "booking_0009"
down_revision = "booking_0008"


def upgrade() -> None:
    op.add_column("packages", sa.Column("refunded", sa.BigInteger, nullable=False, server_default="0"))
    op.execute("UPDATE packages SET refunded = price + platform_fee WHERE status = 'cancelled'")
    op.create_check_constraint(
        op.f("ck_packages_refunded"), "packages", "refunded >= 0 AND refunded <= price + platform_fee"
    )


def downgrade() -> None:
    op.drop_column("packages", "refunded")  # and its check with it
