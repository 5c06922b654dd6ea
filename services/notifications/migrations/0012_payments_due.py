"""Students are told of what they have to pay in time."""

import sqlalchemy as sa
from alembic import op

revision = "notifications_0012"
down_revision = "notifications_0011"

_FORMER = (
    *("booking_requested", "booking_confirmed", "booking_declined", "booking_cancelled"),
    *("booking_rescheduled", "booking_completed", "booking_no_show", "booking_expired"),
    *("lesson_reminder", "review_published", "review_replied"),
    *("package_purchased", "package_expiring", "package_expired", "package_cancelled"),
    *("waitlist_offered", "waitlist_expired"),
    *("occurrence_skipped", "series_paused", "series_resumed", "series_cancelled"),
    *("calendar_stale", "webhook_paused", "session_cancelled"),
)
_NEW = ("payment_due",)


def upgrade() -> None:
    _know(*_FORMER, *_NEW)


def downgrade() -> None:
    told = sa.table("notifications", sa.column("id"), sa.column("kind"))
    sent = sa.table("deliveries", sa.column("notification_id"))
    new = told.c.kind.in_(_NEW)
    op.execute(sa.delete(sent).where(sent.c.notification_id.in_(sa.select(told.c.id).where(new))))
    op.execute(sa.delete(told).where(new))
    _know(*_FORMER)


def _know(*kinds: str) -> None:
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    op.drop_constraint(op.f("ck_notifications_kind"), "notifications")
    op.create_check_constraint(op.f("ck_notifications_kind"), "notifications", f"kind IN ({listed})")
