"""How reliable students are, counted from what has ended so far."""

import sqlalchemy as sa
from alembic import op

revision = "booking_0011"
down_revision = "booking_0010"

# As services/booking/reliability.py counts: late is what the deciding tier does not give back whole.
_COUNT = """
    INSERT INTO student_reliabilities (student_id, finished, kept)
    SELECT student_id, count(*), count(*) FILTER (WHERE status IN ('COMPLETED', 'NO_SHOW_TUTOR'))
    FROM bookings
    WHERE id NOT IN (SELECT booking_id FROM legacy_bookings) AND (
        status IN ('COMPLETED', 'NO_SHOW_TUTOR', 'NO_SHOW_STUDENT')
        OR status = 'CANCELLED_BY_STUDENT' AND join_url IS NOT NULL AND coalesce((
            SELECT (tier ->> 'percent')::numeric < 100
            FROM jsonb_array_elements(terms -> 'refund_tiers') AS tier
            WHERE (tier ->> 'hours_before')::numeric * interval '1 hour' <= start_at - cancelled_at
            ORDER BY (tier ->> 'hours_before')::numeric DESC LIMIT 1
        ), true)
    )
    GROUP BY student_id
"""


def upgrade() -> None:
    op.create_table(
        "student_reliabilities",
        sa.Column("student_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("finished", sa.BigInteger, nullable=False),
        sa.Column("kept", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("student_id", name="pk_student_reliabilities"),
        sa.CheckConstraint("kept BETWEEN 0 AND finished", name="ck_student_reliabilities_kept"),
    )
    op.execute(_COUNT)


def downgrade() -> None:
    op.drop_table("student_reliabilities")
