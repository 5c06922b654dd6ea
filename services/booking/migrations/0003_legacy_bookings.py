"""Where imported bookings came from; a lesson of an older system may name a subject that nobody teaches."""

import sqlalchemy as sa
from alembic import op

revision = "booking_0003"
down_revision = "booking_0002"


def upgrade() -> None:
    op.create_table(
        "legacy_bookings",
        sa.Column("legacy_id", sa.Text, nullable=False),
        sa.Column("booking_id", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("legacy_id", name=op.f("pk_legacy_bookings")),
        sa.UniqueConstraint("booking_id", name=op.f("uq_legacy_bookings_booking_id")),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name=op.f("fk_legacy_bookings_booking_id")),
    )
    op.alter_column("bookings", "subject_id", nullable=True)


def downgrade() -> None:
    op.drop_table("legacy_bookings")
    op.execute("UPDATE bookings SET subject_id = 0 WHERE subject_id IS NULL")
    op.alter_column("bookings", "subject_id", nullable=False)
