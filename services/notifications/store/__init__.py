"""Every table and statement of notifications."""

from services.notifications.store.calendars import CalendarFeeds
from services.notifications.store.copies import Accounts, Lessons, Sessions, Tutors
from services.notifications.store.deliveries import Deliveries
from services.notifications.store.forgetting import forget
from services.notifications.store.held import held_about
from services.notifications.store.live import LiveStreams, News
from services.notifications.store.notifications import Notifications
from services.notifications.store.preferences import Preferences
from services.notifications.store.reminders import Reminders
from services.notifications.store.tables import metadata
from services.notifications.store.webhook_deliveries import WebhookDeliveries
from services.notifications.store.webhooks import Webhooks

__all__ = [
    "Accounts",
    "CalendarFeeds",
    "Deliveries",
    "Lessons",
    "LiveStreams",
    "News",
    "Notifications",
    "Preferences",
    "Reminders",
    "Sessions",
    "Tutors",
    "WebhookDeliveries",
    "Webhooks",
    "forget",
    "held_about",
    "metadata",
]
