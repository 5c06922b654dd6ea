"""Group sessions and their waitlists; seats are bookings, and sessions block their tutor.

The functions here are the database's own part: `block_tutor_by_session` keeps the tutor's blocked time
beside each scheduled session, `count_seats` and `hold_seats` keep its seats as bookings and waitlist
entries change.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "booking_0006"
down_revision = "booking_0005"

_instant = sa.DateTime(timezone=True)
_ACTIVE = "status IN ('HELD', 'PENDING', 'CONFIRMED')"


def upgrade() -> None:
    _create_sessions()
    _create_waitlist()
    _let_sessions_block()
    _let_bookings_have_seats()
    _count_seats()
    _hold_seats()
    _title_courses()


def downgrade() -> None:
    op.drop_column("courses", "title")
    op.execute("DROP TRIGGER count_seats ON bookings")
    op.drop_table("waitlist")
    op.drop_index("uq_bookings_session_student", "bookings")
    op.drop_constraint("ck_bookings_session_id", "bookings")
    op.drop_column("bookings", "session_id")
    op.drop_constraint("ck_blocks_of_one", "blocks")
    op.execute("DELETE FROM blocks WHERE booking_id IS NULL")
    op.drop_column("blocks", "session_id")
    op.alter_column("blocks", "booking_id", nullable=False)
    op.drop_table("sessions")
    for function in ("hold_seats", "count_seats", "block_tutor_by_session"):
        op.execute(f"DROP FUNCTION {function}()")


def _create_sessions() -> None:
    op.create_table("sessions", *_session_columns(), *_session_checks())
    op.create_index("ix_sessions_tutor", "sessions", ["tutor_profile_id", "start_at"])
    op.create_index("ix_sessions_start_at", "sessions", ["start_at"])
    op.create_index(
        "ix_sessions_scheduled", "sessions", ["end_at"], postgresql_where=sa.text("status = 'scheduled'")
    )


def _session_columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("tutor_profile_id", sa.BigInteger, nullable=False),
        sa.Column("tutor_account_id", sa.BigInteger, nullable=False),
        sa.Column("timezone_snapshot", sa.Text, nullable=False),
        sa.Column("course_id", sa.BigInteger, nullable=False),
        sa.Column("course_title", sa.Text, nullable=False),
        sa.Column("subject_id", sa.BigInteger, nullable=False),
        sa.Column("subject_name", sa.Text, nullable=False),
        sa.Column("start_at", _instant, nullable=False),
        sa.Column("end_at", _instant, nullable=False),
        sa.Column("duration_minutes", sa.Integer, nullable=False),
        sa.Column("blocked_from", _instant, nullable=False),
        sa.Column("blocked_to", _instant, nullable=False),
        sa.Column("capacity", sa.Integer, nullable=False),
        sa.Column("seats_taken", sa.Integer, nullable=False),
        sa.Column("seats_held", sa.Integer, nullable=False),
        sa.Column("seat_price", sa.BigInteger, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("meeting_provider", sa.Text, nullable=False),
        sa.Column("meeting_link", sa.Text, nullable=False),
        sa.Column("meeting_id", sa.Text),
        sa.Column("meeting_passcode", sa.Text),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("cancelled_by", sa.BigInteger),
        sa.Column("cancelled_at", _instant),
        sa.Column("cancel_reason", sa.Text),
        sa.Column("created_at", _instant, nullable=False),
        sa.Column("updated_at", _instant, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
    ]


def _session_checks() -> list[sa.Constraint]:
    checks = {
        "status": "status IN ('scheduled', 'cancelled', 'completed')",
        "meeting_provider": "meeting_provider IN ('zoom', 'google_meet', 'teams', 'custom')",
        "end_at": "end_at = start_at + duration_minutes * interval '1 minute'",
        "duration_minutes": "duration_minutes > 0",
        "blocked": "blocked_from <= start_at AND end_at <= blocked_to",
        "capacity": "capacity >= 1",
        "seats": "seats_taken >= 0 AND seats_held >= 0 AND seats_taken + seats_held <= capacity",
        "seat_price": "seat_price >= 0",
        "cancelled_at": "(cancelled_at IS NOT NULL) = (status = 'cancelled')",
    }
    return [
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
        *(sa.CheckConstraint(rule, name=f"ck_sessions_{name}") for name, rule in checks.items()),
    ]


def _create_waitlist() -> None:
    op.create_table(
        "waitlist",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("session_id", sa.BigInteger, nullable=False),
        sa.Column("student_id", sa.BigInteger, nullable=False),
        sa.Column("place", sa.BigInteger, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("joined_at", _instant, nullable=False),
        sa.Column("offered_at", _instant),
        sa.Column("expires_at", _instant),
        sa.Column("updated_at", _instant, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        *_waitlist_checks(),
    )
    op.create_index("ix_waitlist_student", "waitlist", ["student_id", "joined_at"])
    op.create_index(
        "ix_waitlist_expires_at",
        "waitlist",
        ["expires_at"],
        postgresql_where=sa.text("expires_at IS NOT NULL"),
    )


def _waitlist_checks() -> list[sa.Constraint]:
    checks = {
        "status": "status IN ('waiting', 'offered', 'accepted', 'expired', 'left')",
        "expires_at": "(expires_at IS NOT NULL) = (status IN ('waiting', 'offered'))",
        "offered_at": "status <> 'offered' OR offered_at IS NOT NULL",
    }
    return [
        sa.PrimaryKeyConstraint("id", name="pk_waitlist"),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name="fk_waitlist_session_id"),
        sa.UniqueConstraint("session_id", "student_id", name="uq_waitlist_session_id_student_id"),
        sa.UniqueConstraint("session_id", "place", name="uq_waitlist_session_id_place"),
        *(sa.CheckConstraint(rule, name=f"ck_waitlist_{name}") for name, rule in checks.items()),
    ]


def _let_sessions_block() -> None:
    op.alter_column("blocks", "booking_id", nullable=True)
    op.add_column("blocks", sa.Column("session_id", sa.BigInteger))
    op.create_foreign_key(
        "fk_blocks_session_id", "blocks", "sessions", ["session_id"], ["id"], ondelete="CASCADE"
    )
    op.create_unique_constraint("uq_blocks_session_id", "blocks", ["session_id"])
    op.create_check_constraint("ck_blocks_of_one", "blocks", "(booking_id IS NULL) <> (session_id IS NULL)")
    op.execute("""
        CREATE FUNCTION block_tutor_by_session() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF NEW.status = 'scheduled' THEN
                INSERT INTO blocks (tutor_profile_id, during, session_id)
                VALUES (NEW.tutor_profile_id, tstzrange(NEW.blocked_from, NEW.blocked_to), NEW.id)
                ON CONFLICT (session_id) DO UPDATE
                SET tutor_profile_id = excluded.tutor_profile_id, during = excluded.during;
            ELSE
                DELETE FROM blocks WHERE session_id = NEW.id;
            END IF;
            RETURN NULL;
        END $$
    """)
    op.execute("""
        CREATE TRIGGER block_tutor
        AFTER INSERT OR UPDATE OF status, tutor_profile_id, blocked_from, blocked_to ON sessions
        FOR EACH ROW EXECUTE FUNCTION block_tutor_by_session()
    """)


def _let_bookings_have_seats() -> None:
    op.add_column("bookings", sa.Column("session_id", sa.BigInteger))
    op.create_foreign_key("fk_bookings_session_id", "bookings", "sessions", ["session_id"], ["id"])
    op.create_check_constraint(
        "ck_bookings_session_id", "bookings", "(session_id IS NOT NULL) = (booking_type = 'group_session')"
    )
    op.create_index(
        "uq_bookings_session_student",
        "bookings",
        ["session_id", "student_id"],
        unique=True,
        postgresql_where=sa.text(_ACTIVE),
    )


def _count_seats() -> None:
    op.execute("""
        CREATE FUNCTION count_seats() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
            before integer := 0;
            after integer := 0;
        BEGIN
            IF OLD.status IN ('HELD', 'PENDING', 'CONFIRMED') THEN
                before := OLD.seats_reserved;
            END IF;
            IF NEW.status IN ('HELD', 'PENDING', 'CONFIRMED') THEN
                after := NEW.seats_reserved;
            END IF;
            IF (OLD.session_id, before) IS DISTINCT FROM (NEW.session_id, after) THEN
                UPDATE sessions SET seats_taken = seats_taken - before
                WHERE id = OLD.session_id AND before > 0;
                UPDATE sessions SET seats_taken = seats_taken + after
                WHERE id = NEW.session_id AND after > 0;
            END IF;
            RETURN NULL;
        END $$
    """)
    op.execute("""
        CREATE TRIGGER count_seats AFTER INSERT OR DELETE OR UPDATE ON bookings
        FOR EACH ROW EXECUTE FUNCTION count_seats()
    """)


def _hold_seats() -> None:
    op.execute("""
        CREATE FUNCTION hold_seats() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            UPDATE sessions SET seats_held = seats_held - 1
            WHERE id = OLD.session_id AND OLD.status = 'offered';
            UPDATE sessions SET seats_held = seats_held + 1
            WHERE id = NEW.session_id AND NEW.status = 'offered';
            RETURN NULL;
        END $$
    """)
    op.execute("""
        CREATE TRIGGER hold_seats AFTER INSERT OR DELETE OR UPDATE ON waitlist
        FOR EACH ROW EXECUTE FUNCTION hold_seats()
    """)


def _title_courses() -> None:
    op.add_column("courses", sa.Column("title", sa.Text, nullable=False, server_default=""))
    op.alter_column("courses", "title", server_default=None)
