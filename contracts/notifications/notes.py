"""What people read in the application: their notifications."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, ClassVar

from contracts.catalog import DoneView
from contracts.fields import word
from contracts.message import Command, Event, Query, View
from contracts.values import Count, Flag, Id, Instant, Line, Page, PageSize, Prose


class NotificationKind(StrEnum):
    """What a notification is about; preferences are set per kind."""

    BOOKING_REQUESTED = "booking_requested"
    BOOKING_CONFIRMED = "booking_confirmed"
    BOOKING_DECLINED = "booking_declined"
    BOOKING_CANCELLED = "booking_cancelled"
    BOOKING_RESCHEDULED = "booking_rescheduled"
    BOOKING_COMPLETED = "booking_completed"
    BOOKING_NO_SHOW = "booking_no_show"
    BOOKING_EXPIRED = "booking_expired"
    LESSON_REMINDER = "lesson_reminder"
    REVIEW_PUBLISHED = "review_published"
    REVIEW_REPLIED = "review_replied"
    PACKAGE_PURCHASED = "package_purchased"
    PACKAGE_EXPIRING = "package_expiring"
    PACKAGE_EXPIRED = "package_expired"
    PACKAGE_CANCELLED = "package_cancelled"
    WAITLIST_OFFERED = "waitlist_offered"
    WAITLIST_EXPIRED = "waitlist_expired"
    OCCURRENCE_SKIPPED = "occurrence_skipped"
    SERIES_PAUSED = "series_paused"
    SERIES_RESUMED = "series_resumed"
    SERIES_CANCELLED = "series_cancelled"
    CALENDAR_STALE = "calendar_stale"
    WEBHOOK_PAUSED = "webhook_paused"
    SESSION_CANCELLED = "session_cancelled"
    PAYMENT_DUE = "payment_due"


KindName = Annotated[NotificationKind, word(NotificationKind)]


@dataclass(frozen=True)
class NotificationView(View):
    """What somebody was told; `created_at` is when that happened, whenever it was heard of."""

    id: Id
    kind: KindName
    title: Line
    body: Prose
    created_at: Instant
    booking_id: Id | None = None
    read_at: Instant | None = None


@dataclass(frozen=True)
class NotificationPage(View):
    items: list[NotificationView]
    total: Count
    page: Page
    page_size: PageSize
    unread: Count = 0


@dataclass(frozen=True)
class ListNotifications(Query[NotificationPage]):
    """The caller's notifications, what happened last first."""

    unread: Flag = False
    page: Page = 1
    page_size: PageSize = 20


@dataclass(frozen=True)
class ReadNotification(Command[NotificationView]):
    """Mark one as read."""

    notification_id: Id


@dataclass(frozen=True)
class ReadAllNotifications(Command[DoneView]):
    """Mark all as read."""


@dataclass(frozen=True)
class NotificationCreated(Event):
    """Somebody has something new to read; every gateway passes it to that person's live stream."""

    subject_field: ClassVar = "notification_id"
    notification_id: Id
    account_id: Id
    kind: KindName
    title: Line
    created_at: Instant
    booking_id: Id | None = None
    sequence_field: ClassVar = "notification_id"
