"""What people are told, and how: what notifications answers and tells."""

from contracts.notifications.notes import (
    KindName,
    ListNotifications,
    NotificationCreated,
    NotificationKind,
    NotificationPage,
    NotificationView,
    ReadAllNotifications,
    ReadNotification,
)

__all__ = [
    "KindName",
    "ListNotifications",
    "NotificationCreated",
    "NotificationKind",
    "NotificationPage",
    "NotificationView",
    "ReadAllNotifications",
    "ReadNotification",
]
