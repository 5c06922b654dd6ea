"""Group sessions take their tutor's time; their bookings take only their students'."""

import sqlalchemy as sa
from alembic import op

revision = "scheduling_0002"
down_revision = "scheduling_0001"


def upgrade() -> None:
    op.add_column(
        "lessons", sa.Column("in_session", sa.Boolean, nullable=False, server_default=sa.text("false"))
    )
    op.alter_column("lessons", "in_session", server_default=None)
    op.create_table(
        "sessions",
        sa.Column("session_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("tutor_profile_id", sa.BigInteger, nullable=False),
        sa.Column("start_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("blocked_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("blocked_to", sa.DateTime(timezone=True), nullable=False),
        sa.Column("scheduled", sa.Boolean, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("session_id", name="pk_sessions"),
    )
    op.create_index(
        "ix_sessions_of_tutor",
        "sessions",
        ["tutor_profile_id", "blocked_from"],
        postgresql_where=sa.text("scheduled"),
    )


def downgrade() -> None:
    op.drop_table("sessions")
    op.drop_column("lessons", "in_session")
