"""Reviews, reports and ratings; copies of bookings and names."""

import sqlalchemy as sa
from alembic import op

revision = "reviews_0001"
down_revision = "chassis_0001"

_instant = sa.DateTime(timezone=True)


def upgrade() -> None:
    _create_copies()
    _create_reviews()
    _create_reports()
    _create_ratings()


def downgrade() -> None:
    for table in ("ratings", "reports", "reviews", "people", "lessons"):
        op.drop_table(table)


def _create_copies() -> None:
    op.create_table(
        "lessons",
        sa.Column("booking_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("student_id", sa.BigInteger, nullable=False),
        sa.Column("tutor_profile_id", sa.BigInteger, nullable=False),
        sa.Column("tutor_account_id", sa.BigInteger, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("booking_id", name="pk_lessons"),
    )
    op.create_table(
        "people",
        sa.Column("account_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("account_id", name="pk_people"),
    )


def _create_reviews() -> None:
    op.create_table(
        "reviews",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("booking_id", sa.BigInteger, nullable=False),
        sa.Column("student_id", sa.BigInteger, nullable=False),
        sa.Column("tutor_profile_id", sa.BigInteger, nullable=False),
        sa.Column("tutor_account_id", sa.BigInteger, nullable=False),
        sa.Column("rating", sa.SmallInteger, nullable=False),
        sa.Column("comment", sa.Text, nullable=False),
        sa.Column("reply", sa.Text),
        sa.Column("replied_at", _instant),
        sa.Column("hidden_reason", sa.Text),
        sa.Column("removed_at", _instant),
        sa.Column("created_at", _instant, nullable=False),
        sa.Column("updated_at", _instant, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_reviews"),
        sa.UniqueConstraint("booking_id", name="uq_reviews_booking_id"),
        sa.CheckConstraint("rating BETWEEN 1 AND 5", name=op.f("ck_reviews_rating")),
        sa.CheckConstraint("(reply IS NULL) = (replied_at IS NULL)", name=op.f("ck_reviews_reply")),
    )
    op.execute(
        "CREATE INDEX ix_reviews_visible ON reviews (tutor_profile_id, created_at DESC, id DESC)"
        " WHERE removed_at IS NULL AND hidden_reason IS NULL"
    )


def _create_reports() -> None:
    op.create_table(
        "reports",
        sa.Column("review_id", sa.BigInteger, nullable=False),
        sa.Column("reporter_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("created_at", _instant, nullable=False),
        sa.PrimaryKeyConstraint("review_id", "reporter_id", name="pk_reports"),
        sa.ForeignKeyConstraint(["review_id"], ["reviews.id"], name="fk_reports_review_id"),
    )


def _create_ratings() -> None:
    op.create_table(
        "ratings",
        sa.Column("tutor_profile_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("reviews", sa.BigInteger, nullable=False),
        sa.Column("stars", sa.BigInteger, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("tutor_profile_id", name="pk_ratings"),
    )
