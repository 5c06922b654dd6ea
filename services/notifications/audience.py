"""Who is told what: one table from the events of the platform to notes for people.

Pure. A step of a booking is one occasion, whatever the event that tells of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from contracts.booking import (
    BookingCancelled,
    BookingCompleted,
    BookingConfirmed,
    BookingDeclined,
    BookingEvent,
    BookingExpired,
    BookingNoShow,
    BookingRequested,
    BookingRescheduled,
    BookingState,
)
from contracts.message import Event
from contracts.notifications import NotificationKind
from contracts.reviews import ReviewPublished, ReviewReplied
from services.notifications.domain import BOTH, Facts, Note, Side

# Of a hold nobody is told: neither when it is made nor how it ends, unless it becomes a booking.
TOLD: Mapping[type[Event], tuple[NotificationKind, tuple[Side, ...]]] = {
    BookingRequested: (NotificationKind.BOOKING_REQUESTED, BOTH),
    BookingConfirmed: (NotificationKind.BOOKING_CONFIRMED, BOTH),
    BookingDeclined: (NotificationKind.BOOKING_DECLINED, BOTH),
    BookingCancelled: (NotificationKind.BOOKING_CANCELLED, BOTH),
    BookingRescheduled: (NotificationKind.BOOKING_RESCHEDULED, BOTH),
    BookingCompleted: (NotificationKind.BOOKING_COMPLETED, BOTH),
    BookingNoShow: (NotificationKind.BOOKING_NO_SHOW, BOTH),
    BookingExpired: (NotificationKind.BOOKING_EXPIRED, BOTH),
    ReviewPublished: (NotificationKind.REVIEW_PUBLISHED, (Side.TUTOR,)),
    ReviewReplied: (NotificationKind.REVIEW_REPLIED, (Side.STUDENT,)),
}


def notes_of(event: BookingEvent) -> Iterator[Note]:
    """What both sides are to be told of a step of a booking."""
    booking = event.booking
    if type(event) not in TOLD or event.is_of_hold or _is_told_again(event):
        return
    kind, sides = TOLD[type(event)]
    for side in sides:
        yield Note(kind, side, f"booking {booking.id} step {booking.version}", _facts(event))


def notes_of_review(event: ReviewPublished | ReviewReplied) -> Iterator[Note]:
    """What the one is to be told of what the other wrote."""
    kind, sides = TOLD[type(event)]
    facts = Facts(
        student_id=event.student_id,
        tutor_id=event.tutor_account_id,
        booking_id=event.booking_id,
        rating=event.rating if isinstance(event, ReviewPublished) else None,
    )
    for side in sides:
        yield Note(kind, side, f"{kind} {event.review_id}", facts)


def note_of_lesson(kind: NotificationKind, side: Side, occasion: str, booking: BookingState) -> Note:
    """What is to be told of a lesson as it stands."""
    return Note(kind, side, occasion, _of_lesson(booking))


def _is_told_again(event: BookingEvent) -> bool:
    """It only says how things stand: nothing has happened."""
    return event.from_status is None and event.booking.version > 1


def _facts(event: BookingEvent) -> Facts:
    facts = _of_lesson(event.booking)
    match event:
        case BookingCancelled():
            return replace(facts, cancelled_by=event.cancelled_by, refund_amount=event.refund_amount)
        case BookingRescheduled():
            return replace(facts, previous_start_at=event.previous_start_at)
    return facts


def _of_lesson(booking: BookingState) -> Facts:
    return Facts(booking.student_id, booking.tutor_account_id, booking.id, booking)
