"""Secret addresses of calendars; copies of lessons can be found by person and start, sessions have copies."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "notifications_0007"
down_revision = "notifications_0006"

_instant = sa.DateTime(timezone=True)

# When they changed is not known of copies that are there already; that they are there now is.
_FILL = """
    UPDATE lessons SET
        student_id = (booking ->> 'student_id')::bigint,
        tutor_account_id = (booking ->> 'tutor_account_id')::bigint,
        session_id = (booking ->> 'session_id')::bigint,
        start_at = (booking ->> 'start_at')::timestamptz,
        of_hold = booking ->> 'status' = 'HELD',
        changed_at = now()
"""
_COLUMNS = (
    ("student_id", sa.BigInteger),
    ("tutor_account_id", sa.BigInteger),
    ("session_id", sa.BigInteger),
    ("start_at", _instant),
    ("of_hold", sa.Boolean),
    ("changed_at", _instant),
)


def upgrade() -> None:
    _create_feeds()
    _widen_lessons()
    _create_sessions()


def downgrade() -> None:
    op.drop_table("sessions")
    for name, _ in reversed(_COLUMNS):
        op.drop_column("lessons", name)  # and its indexes with it
    op.drop_table("calendar_feeds")


def _create_feeds() -> None:
    op.create_table(
        "calendar_feeds",
        sa.Column("account_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("created_at", _instant, nullable=False),
        sa.PrimaryKeyConstraint("account_id", name="pk_calendar_feeds"),
        sa.UniqueConstraint("digest", name="uq_calendar_feeds_digest"),
    )


def _widen_lessons() -> None:
    for name, kind in _COLUMNS:
        op.add_column("lessons", sa.Column(name, kind))
    op.execute(_FILL)
    for name, kind in _COLUMNS:
        if name != "session_id":
            op.alter_column("lessons", name, existing_type=kind, nullable=False)
    op.create_index("ix_lessons_student", "lessons", ["student_id", "start_at"])
    op.create_index("ix_lessons_tutor", "lessons", ["tutor_account_id", "start_at"])
    op.create_index("ix_lessons_session", "lessons", ["session_id"])


def _create_sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("session_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("session", JSONB, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("tutor_account_id", sa.BigInteger, nullable=False),
        sa.Column("start_at", _instant, nullable=False),
        sa.Column("changed_at", _instant, nullable=False),
        sa.PrimaryKeyConstraint("session_id", name="pk_sessions"),
    )
    op.create_index("ix_sessions_tutor", "sessions", ["tutor_account_id", "start_at"])
