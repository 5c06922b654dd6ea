"""Where a person reads what it was told, and says where else it is to be told."""

from __future__ import annotations

from contracts.notifications import (
    CreateCalendarFeed,
    CreateWebhook,
    GetBookingCalendar,
    GetPreferences,
    GetWebhook,
    ListNotifications,
    ListWebhookDeliveries,
    ListWebhooks,
    PingWebhook,
    ReadAllNotifications,
    ReadCalendarFeed,
    ReadNotification,
    RemoveCalendarFeed,
    RemoveWebhook,
    ReplacePreferences,
    ResendWebhookDelivery,
    UpdateWebhook,
)
from gateway.routes import CALENDAR, Route

ROUTES = (
    Route("GET", "/api/notifications", ListNotifications),
    Route("POST", "/api/notifications/read-all", ReadAllNotifications, status=204),
    Route("POST", "/api/notifications/{notification_id}/read", ReadNotification),
    Route("GET", "/api/notifications/preferences", GetPreferences),
    Route("PUT", "/api/notifications/preferences", ReplacePreferences),
    Route("POST", "/api/webhooks", CreateWebhook, status=201, location="/api/webhooks/{id}"),
    Route("GET", "/api/webhooks", ListWebhooks),
    Route("GET", "/api/webhooks/{webhook_id}", GetWebhook),
    Route("PATCH", "/api/webhooks/{webhook_id}", UpdateWebhook),
    Route("DELETE", "/api/webhooks/{webhook_id}", RemoveWebhook, status=204),
    Route("POST", "/api/webhooks/{webhook_id}/ping", PingWebhook, status=202),
    Route("GET", "/api/webhooks/{webhook_id}/deliveries", ListWebhookDeliveries),
    Route(
        "POST",
        "/api/webhooks/{webhook_id}/deliveries/{delivery_id}/resend",
        ResendWebhookDelivery,
        status=202,
    ),
    Route("POST", "/api/calendar-feed", CreateCalendarFeed, status=201),
    Route("DELETE", "/api/calendar-feed", RemoveCalendarFeed, status=204),
    Route("GET", "/calendar/{token}.ics", ReadCalendarFeed, media_type=CALENDAR, secret=True),
    Route("GET", "/api/bookings/{booking_id}.ics", GetBookingCalendar, media_type=CALENDAR),
)
