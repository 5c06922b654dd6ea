"""Who follows which course, as catalog tells it."""

import sqlalchemy as sa
from alembic import op

revision = "booking_0005"
down_revision = "booking_0004"


def upgrade() -> None:
    op.create_table(
        "enrolments",
        sa.Column("course_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("student_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("tutor_profile_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("course_title", sa.Text, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("enrolled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("course_id", "student_id", name="pk_enrolments"),
    )
    op.create_index("ix_enrolments_student", "enrolments", ["student_id"])
    op.create_index("ix_enrolments_tutor", "enrolments", ["tutor_profile_id"])


def downgrade() -> None:
    op.drop_table("enrolments")
