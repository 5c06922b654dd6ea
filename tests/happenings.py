"""What happens to John in London and Jane in Berlin: as events, as notes and as the mails that tell it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from contracts.booking import (
    BookingCancelled,
    BookingConfirmed,
    BookingEvent,
    BookingNoShow,
    BookingRescheduled,
    BookingStatus,
    CreditReason,
    CreditsChanged,
    EntryStatus,
    OccurrenceSkipped,
    PaymentDue,
    SessionStatus,
    WaitlistEvent,
    WaitlistExpired,
    WaitlistOffered,
)
from contracts.catalog import Role
from contracts.scheduling import CalendarWentStale
from services.notifications.audience import notes_of
from services.notifications.domain import BOTH, Letter, Note, Notification, Reader, Side
from services.notifications.rendering import Mail, Platform, as_mail
from tests.builders import a_booking_state, a_package_event, a_session_state, a_waitlist_event

S = BookingStatus
STUDENT, TUTOR = BOTH
NOW = datetime(2025, 10, 21, 10, tzinfo=UTC)
PLATFORM = Platform("no-reply@lessons.example", "https://lessons.example")
JOHN = Reader(42, "John Doe", "john@example.com", "Europe/London", "en")
JANE = Reader(50, "Jane Smith", "jane@example.com", "Europe/Berlin", "de")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def note_to(side: Side, event: BookingEvent) -> Note:
    return next(note for note in notes_of(event) if note.side is side)


def a_mail(
    event: BookingEvent, side: Side = STUDENT, reader: Reader = JOHN, counterpart: str = "Jane Smith"
) -> Mail:
    notification = Notification(7, note_to(side, event), NOW)
    return as_mail(Letter(1, notification, reader, counterpart, 1), PLATFORM)


def confirmed(**changes: object) -> BookingConfirmed:
    return BookingConfirmed(a_booking_state(**changes))


def cancelled(by: Role, refund: str = "0") -> BookingCancelled:
    state = a_booking_state(status=BookingStatus(f"CANCELLED_BY_{by.name}"), version=3)
    return BookingCancelled(state, S.CONFIRMED, by, Decimal(refund))


def no_show(status: S) -> BookingNoShow:
    return BookingNoShow(a_booking_state(status=status))


def moved(status: S = S.CONFIRMED) -> BookingRescheduled:
    state = a_booking_state(start_at=utc("2025-10-26T14:00"), status=status, version=4)
    return BookingRescheduled(state, status, utc("2025-10-25T14:00"))


def bought(reason: CreditReason, count: int = 1) -> CreditsChanged:
    left = 0 if reason in (CreditReason.EXPIRED, CreditReason.REFUNDED) else count
    return a_package_event(CreditsChanged, change=-count, credits_left=left, reason=reason)


def unread(reason: str, **changes: Any) -> CalendarWentStale:
    return CalendarWentStale(7, 10, 50, "Family", reason, 3, **changes)


def skipped(reason: str) -> OccurrenceSkipped:
    return OccurrenceSkipped(30, 4, utc("2025-10-25T14:00"), "Europe/London", 60, reason, 42, 10, 50)


def waited() -> list[WaitlistEvent]:
    cancelled_session = a_session_state(status=SessionStatus.CANCELLED)
    return [
        a_waitlist_event(WaitlistOffered),
        a_waitlist_event(WaitlistExpired, from_status=EntryStatus.OFFERED),
        a_waitlist_event(WaitlistExpired),
        a_waitlist_event(WaitlistExpired, session=cancelled_session),
    ]


def to_pay() -> list[PaymentDue]:
    """For a lesson, and for a package."""
    due = PaymentDue(1, 42, 50, Decimal("51.75"), "EUR", utc("2025-10-24T14:00"), 2)
    return [
        replace(due, booking=a_booking_state()),
        replace(due, package_id=60, package_name="Ten lessons"),
    ]
