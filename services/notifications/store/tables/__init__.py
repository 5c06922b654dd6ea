"""The tables, as the migrations make them."""

from services.notifications.store.tables.notes import accounts, deliveries, lessons, notifications, reminders
from services.notifications.store.tables.schema import metadata

__all__ = ["accounts", "deliveries", "lessons", "metadata", "notifications", "reminders"]
