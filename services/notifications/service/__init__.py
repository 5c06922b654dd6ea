"""The doors of notifications, a room for each way of telling, gathered into one service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chassis.context import Actor
from services.notifications.service.calendars import Calendars
from services.notifications.service.erasure import Erasure
from services.notifications.service.letters import Letters
from services.notifications.service.live import Live
from services.notifications.service.notes import Notes
from services.notifications.service.preferences import Choosing
from services.notifications.service.webhooks import Sending
from services.notifications.store import held_about


class Notifying(Notes, Letters, Choosing, Sending, Live, Calendars, Erasure):
    """Owns notifications, how they are delivered, and webhooks and feeds; copies accounts and lessons."""

    name = "notifications"

    def held_about(self, person: Actor) -> Mapping[str, Any]:
        return held_about(person)
