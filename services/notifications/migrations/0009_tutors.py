"""Whose the tutor profiles are, which some events name alone."""

import sqlalchemy as sa
from alembic import op

revision = "notifications_0009"
down_revision = "notifications_0008"

# Those who have taught are known by their lessons; whatever is told of a profile is newer than this.
_FILL = """
    INSERT INTO tutors
    SELECT DISTINCT (booking ->> 'tutor_profile_id')::bigint, tutor_account_id, 0 FROM lessons
"""


def upgrade() -> None:
    op.create_table(
        "tutors",
        sa.Column("tutor_profile_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("account_id", sa.BigInteger, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("tutor_profile_id", name="pk_tutors"),
    )
    op.execute(_FILL)


def downgrade() -> None:
    op.drop_table("tutors")
