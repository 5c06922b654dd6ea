"""Who follows which course."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "catalog_0003"
down_revision = "catalog_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "enrolments",
        sa.Column("course_id", sa.BigInteger, nullable=False),
        sa.Column("student_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("enrolled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("course_id", "student_id", name="pk_enrolments"),
        sa.ForeignKeyConstraint(["course_id"], ["courses.id"], name="fk_enrolments_course_id"),
        sa.ForeignKeyConstraint(["student_id"], ["accounts.id"], name="fk_enrolments_student_id"),
    )
    op.create_index("ix_enrolments_student_id", "enrolments", ["student_id"])


def downgrade() -> None:
    op.drop_table("enrolments")
