"""Which tutors there are, so that nobody's reviews are asked for in vain."""

import sqlalchemy as sa
from alembic import op

revision = "reviews_0002"
down_revision = "reviews_0001"

# Those who have taught are known by their lessons; whatever is told of a profile is newer than this.
_FILL = "INSERT INTO tutors SELECT DISTINCT tutor_profile_id, 0 FROM lessons"


def upgrade() -> None:
    op.create_table(
        "tutors",
        sa.Column("tutor_profile_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("tutor_profile_id", name="pk_tutors"),
    )
    op.execute(_FILL)


def downgrade() -> None:
    op.drop_table("tutors")
