"""Packages of lessons that tutors offer."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "catalog_0002"
down_revision = "catalog_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE SEQUENCE package_offer_ids START WITH 11001")
    op.create_table(
        "package_offers",
        sa.Column("id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("tutor_profile_id", sa.BigInteger, nullable=False),
        sa.Column("course_id", sa.BigInteger),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("credits", sa.SmallInteger, nullable=False),
        sa.Column("price", sa.BigInteger, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("valid_days", sa.SmallInteger, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_package_offers"),
        sa.ForeignKeyConstraint(
            ["tutor_profile_id"], ["tutor_profiles.id"], name="fk_package_offers_tutor_profile_id"
        ),
        sa.ForeignKeyConstraint(["course_id"], ["courses.id"], name="fk_package_offers_course_id"),
        sa.CheckConstraint("price >= 0", name=op.f("ck_package_offers_price")),
        sa.CheckConstraint("credits > 0 AND valid_days > 0", name=op.f("ck_package_offers_credits")),
    )
    op.create_index("ix_package_offers_tutor_profile_id", "package_offers", ["tutor_profile_id"])
    op.create_index("ix_package_offers_course_id", "package_offers", ["course_id"])


def downgrade() -> None:
    op.drop_table("package_offers")
    op.execute("DROP SEQUENCE package_offer_ids")
