"""The doors of notifications, a room for each way of telling, gathered into one service."""

from __future__ import annotations

from services.notifications.service.notes import Notes


class Notifying(Notes):
    """Owns notifications, deliveries and reminders; keeps copies of accounts and lessons."""

    name = "notifications"
