"""Series and their occurrences; how far ahead a tutor's hours are known."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "booking_0007"
down_revision = "booking_0006"

_instant = sa.DateTime(timezone=True)


def upgrade() -> None:
    _create_series()
    _create_occurrences()
    _place_bookings()
    _know_how_far()


def downgrade() -> None:
    op.drop_column("open_hours", "known_until")
    op.drop_column("bookings", "occurrence_index")
    op.drop_column("bookings", "series_id")
    op.drop_table("occurrences")
    op.drop_table("series")


def _create_series() -> None:
    op.create_table(
        "series",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("student_id", sa.BigInteger, nullable=False),
        sa.Column("tutor_profile_id", sa.BigInteger, nullable=False),
        sa.Column("tutor_account_id", sa.BigInteger, nullable=False),
        sa.Column("subject_name", sa.Text, nullable=False),
        sa.Column("terms", JSONB, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("made", sa.Integer, nullable=False),
        sa.Column("made_until", _instant, nullable=False),
        sa.Column("ends_at", _instant),
        sa.Column("created_at", _instant, nullable=False),
        sa.Column("updated_at", _instant, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_series"),
        sa.CheckConstraint(
            "status IN ('active', 'paused', 'cancelled', 'completed')", name="ck_series_status"
        ),
        sa.CheckConstraint("made >= 0", name="ck_series_made"),
    )
    op.create_index("ix_series_student_id", "series", ["student_id"])
    op.create_index("ix_series_tutor_profile_id", "series", ["tutor_profile_id"])
    still_to_make, unfinished = "status = 'active' AND ends_at IS NULL", "status IN ('active', 'paused')"
    op.create_index("ix_series_made_until", "series", ["made_until"], postgresql_where=sa.text(still_to_make))
    op.create_index("ix_series_ends_at", "series", ["ends_at"], postgresql_where=sa.text(unfinished))


def _create_occurrences() -> None:
    op.create_table(
        "occurrences",
        sa.Column("series_id", sa.BigInteger, nullable=False),
        sa.Column("occurrence_index", sa.Integer, nullable=False),
        sa.Column("start_at", _instant, nullable=False),
        sa.Column("booking_id", sa.BigInteger),
        sa.Column("reason", sa.Text),
        sa.PrimaryKeyConstraint("series_id", "occurrence_index", name="pk_occurrences"),
        sa.ForeignKeyConstraint(["series_id"], ["series.id"], name="fk_occurrences_series_id"),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name="fk_occurrences_booking_id"),
        sa.UniqueConstraint("booking_id", name="uq_occurrences_booking_id"),
        sa.CheckConstraint("occurrence_index > 0", name="ck_occurrences_occurrence_index"),
        sa.CheckConstraint("(booking_id IS NULL) <> (reason IS NULL)", name="ck_occurrences_reason"),
    )


def _place_bookings() -> None:
    op.add_column("bookings", sa.Column("series_id", sa.BigInteger))
    op.add_column("bookings", sa.Column("occurrence_index", sa.Integer))
    op.create_foreign_key("fk_bookings_series_id", "bookings", "series", ["series_id"], ["id"])
    op.create_unique_constraint(
        "uq_bookings_series_id_occurrence_index", "bookings", ["series_id", "occurrence_index"]
    )
    op.create_check_constraint(
        "ck_bookings_occurrence_index", "bookings", "(series_id IS NULL) = (occurrence_index IS NULL)"
    )


def _know_how_far() -> None:
    """Of hours that were told before, as far as they reach."""
    op.add_column("open_hours", sa.Column("known_until", _instant))
    op.execute("""
        UPDATE open_hours SET known_until = coalesce(
            (SELECT max(end_at) FROM open_intervals
             WHERE open_intervals.tutor_profile_id = open_hours.tutor_profile_id),
            now())
    """)
    op.alter_column("open_hours", "known_until", nullable=False)
