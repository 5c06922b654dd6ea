"""People are told of their webhooks that have paused by themselves, whatever side of lessons they are on."""

import sqlalchemy as sa
from alembic import op

revision = "notifications_0010"
down_revision = "notifications_0009"

_FORMER = (
    *("booking_requested", "booking_confirmed", "booking_declined", "booking_cancelled"),
    *("booking_rescheduled", "booking_completed", "booking_no_show", "booking_expired"),
    *("lesson_reminder", "review_published", "review_replied"),
    *("package_purchased", "package_expiring", "package_expired", "package_cancelled"),
    *("waitlist_offered", "waitlist_expired"),
    *("occurrence_skipped", "series_paused", "series_resumed", "series_cancelled"),
    "calendar_stale",
)
_NEW = ("webhook_paused",)


def upgrade() -> None:
    _allow("kind", *_FORMER, *_NEW)
    _allow("side", "student", "tutor", "owner")


def downgrade() -> None:
    told = sa.table("notifications", sa.column("id"), sa.column("kind"))
    sent = sa.table("deliveries", sa.column("notification_id"))
    new = told.c.kind.in_(_NEW)
    op.execute(sa.delete(sent).where(sent.c.notification_id.in_(sa.select(told.c.id).where(new))))
    op.execute(sa.delete(told).where(new))
    _allow("kind", *_FORMER)
    _allow("side", "student", "tutor")


def _allow(column: str, *words: str) -> None:
    listed = ", ".join(f"'{word}'" for word in words)
    op.drop_constraint(op.f(f"ck_notifications_{column}"), "notifications")
    op.create_check_constraint(op.f(f"ck_notifications_{column}"), "notifications", f"{column} IN ({listed})")
