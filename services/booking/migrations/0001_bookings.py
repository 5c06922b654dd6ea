"""Bookings with what they block, their history and the ledger.

The functions here are the database's own part: `block_tutor` keeps the tutor's blocked time beside
each active one-on-one booking, `refuse_change` and `refuse_imbalance` keep the ledger.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TSTZRANGE, ExcludeConstraint

revision = "booking_0001"
down_revision = "chassis_0001"

_instant = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    _create_bookings()
    _create_blocks()
    _create_history()
    _create_ledger()


def downgrade() -> None:
    for table in ("ledger", "history", "blocks", "bookings"):
        op.drop_table(table)
    for function in ("refuse_imbalance", "refuse_change", "block_tutor"):
        op.execute(f"DROP FUNCTION {function}()")
    op.execute("DROP EXTENSION IF EXISTS btree_gist")


def _create_bookings() -> None:
    op.create_table("bookings", *_booking_columns(), *_booking_marks(), *_booking_checks())
    op.create_index("ix_bookings_student", "bookings", ["student_id", "start_at"])
    op.create_index("ix_bookings_tutor", "bookings", ["tutor_profile_id", "start_at"])
    op.create_index("ix_bookings_start_at", "bookings", ["start_at"])
    op.create_index(
        "ix_bookings_expires_at",
        "bookings",
        ["expires_at"],
        postgresql_where=sa.text("expires_at IS NOT NULL"),
    )
    op.create_index(
        "ix_bookings_confirmed", "bookings", ["start_at"], postgresql_where=sa.text("status = 'CONFIRMED'")
    )


def _booking_columns() -> list[sa.Column[Any]]:
    """What was agreed."""
    return [
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("student_id", sa.BigInteger, nullable=False),
        sa.Column("tutor_profile_id", sa.BigInteger, nullable=False),
        sa.Column("tutor_account_id", sa.BigInteger, nullable=False),
        sa.Column("tutor_timezone", sa.Text, nullable=False),
        sa.Column("booking_type", sa.Text, nullable=False),
        sa.Column("lesson_type", sa.Text, nullable=False),
        sa.Column("subject_id", sa.BigInteger, nullable=False),
        sa.Column("subject_name", sa.Text, nullable=False),
        sa.Column("course_id", sa.BigInteger),
        sa.Column("start_at", _instant, nullable=False),
        sa.Column("end_at", _instant, nullable=False),
        sa.Column("duration_minutes", sa.Integer, nullable=False),
        sa.Column("blocked_from", _instant, nullable=False),
        sa.Column("blocked_to", _instant, nullable=False),
        sa.Column("seats_reserved", sa.Integer, nullable=False),
        sa.Column("hourly_rate", sa.BigInteger, nullable=False),
        sa.Column("price", sa.BigInteger, nullable=False),
        sa.Column("platform_fee", sa.BigInteger, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("terms", JSONB, nullable=False),
        sa.Column("notes_student", sa.Text),
        sa.Column("notes_tutor", sa.Text),
    ]


def _booking_marks() -> list[sa.Column[Any]]:
    """How far it got."""
    return [
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("join_url", sa.Text),
        sa.Column("expires_at", _instant),
        sa.Column("decided_by", sa.BigInteger),
        sa.Column("decision_at", _instant),
        sa.Column("decision_reason", sa.Text),
        sa.Column("cancelled_by", sa.BigInteger),
        sa.Column("cancelled_at", _instant),
        sa.Column("cancel_reason", sa.Text),
        sa.Column("refunded", sa.BigInteger),
        sa.Column("created_at", _instant, nullable=False),
        sa.Column("updated_at", _instant, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
    ]


def _booking_checks() -> list[sa.Constraint]:
    checks = {
        "booking_type": "booking_type IN ('one_on_one', 'group_session')",
        "lesson_type": "lesson_type IN ('video_call', 'phone_call', 'in_person')",
        "status": "status IN ('HELD', 'PENDING', 'CONFIRMED', 'DECLINED', 'CANCELLED_BY_STUDENT',"
        " 'CANCELLED_BY_TUTOR', 'CANCELLED_BY_ADMIN', 'COMPLETED', 'NO_SHOW_STUDENT', 'NO_SHOW_TUTOR',"
        " 'EXPIRED')",
        "end_at": "end_at = start_at + duration_minutes * interval '1 minute'",
        "duration_minutes": "duration_minutes > 0",
        "blocked": "blocked_from <= start_at AND end_at <= blocked_to",
        "seats_reserved": "seats_reserved >= 1",
        "price": "hourly_rate >= 0 AND price >= 0 AND platform_fee >= 0",
        "refunded": "refunded BETWEEN 0 AND price + platform_fee",
        "expires_at": "(expires_at IS NOT NULL) = (status IN ('HELD', 'PENDING'))",
        "join_url": "status <> 'CONFIRMED' OR join_url IS NOT NULL",
    }
    return [
        sa.PrimaryKeyConstraint("id", name="pk_bookings"),
        *(sa.CheckConstraint(rule, name=f"ck_bookings_{name}") for name, rule in checks.items()),
        ExcludeConstraint(
            ("student_id", "="),
            (sa.text("tstzrange(start_at, end_at)"), "&&"),
            where=sa.text("status IN ('HELD', 'PENDING', 'CONFIRMED')"),
            using="gist",
            name="ex_bookings_student",
        ),
    ]


def _create_blocks() -> None:
    op.create_table(
        "blocks",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("tutor_profile_id", sa.BigInteger, nullable=False),
        sa.Column("during", TSTZRANGE, nullable=False),
        sa.Column("booking_id", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_blocks"),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["bookings.id"], name="fk_blocks_booking_id", ondelete="CASCADE"
        ),
        sa.UniqueConstraint("booking_id", name="uq_blocks_booking_id"),
        ExcludeConstraint(("tutor_profile_id", "="), ("during", "&&"), using="gist", name="ex_blocks_tutor"),
    )
    op.execute("""
        CREATE FUNCTION block_tutor() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF NEW.booking_type = 'one_on_one' AND NEW.status IN ('HELD', 'PENDING', 'CONFIRMED') THEN
                INSERT INTO blocks (tutor_profile_id, during, booking_id)
                VALUES (NEW.tutor_profile_id, tstzrange(NEW.blocked_from, NEW.blocked_to), NEW.id)
                ON CONFLICT (booking_id) DO UPDATE
                SET tutor_profile_id = excluded.tutor_profile_id, during = excluded.during;
            ELSE
                DELETE FROM blocks WHERE booking_id = NEW.id;
            END IF;
            RETURN NULL;
        END $$
    """)
    op.execute("""
        CREATE TRIGGER block_tutor AFTER INSERT OR UPDATE ON bookings
        FOR EACH ROW EXECUTE FUNCTION block_tutor()
    """)


def _create_history() -> None:
    op.create_table(
        "history",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("booking_id", sa.BigInteger, nullable=False),
        sa.Column("at", _instant, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("account_id", sa.BigInteger),
        sa.Column("from_status", sa.Text),
        sa.Column("to_status", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("from_start", _instant),
        sa.Column("to_start", _instant),
        sa.PrimaryKeyConstraint("id", name="pk_history"),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name="fk_history_booking_id"),
        sa.CheckConstraint("by IN ('student', 'tutor', 'admin', 'system')", name="ck_history_by"),
    )
    op.create_index("ix_history_booking_id", "history", ["booking_id"])


def _create_ledger() -> None:
    op.create_table(
        "ledger",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("at", _instant, nullable=False),
        sa.Column("booking_id", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("amount", sa.BigInteger, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ledger"),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name="fk_ledger_booking_id"),
        sa.UniqueConstraint("booking_id", "kind", "account", name="uq_ledger_booking_id_kind_account"),
        sa.CheckConstraint("kind IN ('charge', 'refund', 'payout', 'fee')", name="ck_ledger_kind"),
        sa.CheckConstraint("amount <> 0", name="ck_ledger_amount"),
    )
    op.create_index("ix_ledger_account", "ledger", ["account", "currency"])
    _refuse_changes()
    _refuse_imbalance()


def _refuse_changes() -> None:
    op.execute("""
        CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
        END $$
    """)
    op.execute("""
        CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON ledger
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """)


def _refuse_imbalance() -> None:
    op.execute("""
        CREATE FUNCTION refuse_imbalance() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF EXISTS (SELECT FROM added GROUP BY booking_id, kind, currency HAVING sum(amount) <> 0) THEN
                RAISE EXCEPTION 'a posting does not add up to nothing' USING ERRCODE = 'check_violation';
            END IF;
            RETURN NULL;
        END $$
    """)
    op.execute("""
        CREATE TRIGGER refuse_imbalance AFTER INSERT ON ledger REFERENCING NEW TABLE AS added
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_imbalance()
    """)
