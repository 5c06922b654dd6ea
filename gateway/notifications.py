"""Where a person reads what it was told."""

from __future__ import annotations

from contracts.notifications import ListNotifications, ReadAllNotifications, ReadNotification
from gateway.routes import Route

ROUTES = (
    Route("GET", "/api/notifications", ListNotifications),
    Route("POST", "/api/notifications/read-all", ReadAllNotifications, status=204),
    Route("POST", "/api/notifications/{notification_id}/read", ReadNotification),
)
