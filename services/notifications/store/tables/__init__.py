"""The tables, as the migrations make them."""

from services.notifications.store.tables.calendars import calendar_feeds
from services.notifications.store.tables.live import live_events
from services.notifications.store.tables.notes import (
    accounts,
    deliveries,
    lessons,
    notifications,
    preferences,
    reminders,
    sessions,
    tutors,
)
from services.notifications.store.tables.schema import metadata
from services.notifications.store.tables.webhooks import webhook_attempts, webhook_deliveries, webhooks

__all__ = [
    "accounts",
    "calendar_feeds",
    "deliveries",
    "lessons",
    "live_events",
    "metadata",
    "notifications",
    "preferences",
    "reminders",
    "sessions",
    "tutors",
    "webhook_attempts",
    "webhook_deliveries",
    "webhooks",
]
