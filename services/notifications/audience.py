"""Who is told what: one table from the events of the platform to notes for people.

Pure. A step of a booking is one occasion, whatever the event that tells of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

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
    CreditReason,
    CreditsChanged,
    EntryStatus,
    OccurrenceSkipped,
    PackageEvent,
    PackageExpiring,
    PackageStatus,
    PaymentDue,
    PaymentSettled,
    SeriesChanged,
    SeriesStatus,
    SessionCancelled,
    SessionEvent,
    WaitlistEvent,
    WaitlistExpired,
    WaitlistOffered,
)
from contracts.catalog import Role
from contracts.message import Event
from contracts.notifications import NotificationKind
from contracts.reviews import ReviewPublished, ReviewReplied
from contracts.scheduling import CalendarWentStale
from services.notifications.domain import BOTH, Credits, Due, Facts, Missed, Note, Side, Silenced, Unread
from services.notifications.webhooks import Pause, Webhook

Told = tuple[NotificationKind, tuple[Side, ...]]

# Of a hold nobody is told: neither when it is made nor how it ends, unless it becomes a booking.
# A cancelled session is told by the end of each of its bookings, if it has any; a seat that was
# taken from the waitlist by its booking.
TOLD: Mapping[type[Event], Told] = {
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
    PackageExpiring: (NotificationKind.PACKAGE_EXPIRING, (Side.STUDENT,)),
    WaitlistOffered: (NotificationKind.WAITLIST_OFFERED, (Side.STUDENT,)),
    WaitlistExpired: (NotificationKind.WAITLIST_EXPIRED, (Side.STUDENT,)),
    OccurrenceSkipped: (NotificationKind.OCCURRENCE_SKIPPED, BOTH),
    CalendarWentStale: (NotificationKind.CALENDAR_STALE, (Side.TUTOR,)),
    SessionCancelled: (NotificationKind.SESSION_CANCELLED, (Side.TUTOR,)),
    PaymentDue: (NotificationKind.PAYMENT_DUE, (Side.STUDENT,)),
}

# To the side that did not do it; a series that begins, or is cut short, is told by its bookings.
TOLD_OF_SERIES: Mapping[SeriesStatus, NotificationKind] = {
    SeriesStatus.PAUSED: NotificationKind.SERIES_PAUSED,
    SeriesStatus.ACTIVE: NotificationKind.SERIES_RESUMED,
    SeriesStatus.CANCELLED: NotificationKind.SERIES_CANCELLED,
}

# Credits that are used, or come back, are told by the booking that they pay for.
TOLD_OF_CREDITS: Mapping[CreditReason, Told] = {
    CreditReason.PURCHASED: (NotificationKind.PACKAGE_PURCHASED, BOTH),
    CreditReason.PAID: (NotificationKind.PACKAGE_PURCHASED, BOTH),
    CreditReason.EXPIRED: (NotificationKind.PACKAGE_EXPIRED, (Side.STUDENT,)),
    CreditReason.CANCELLED: (NotificationKind.PACKAGE_CANCELLED, (Side.STUDENT,)),
    CreditReason.REFUNDED: (NotificationKind.PACKAGE_CANCELLED, (Side.STUDENT,)),
}

_ENDS = (CreditReason.EXPIRED, CreditReason.REFUNDED)


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


def notes_of_package(event: PackageEvent) -> Iterator[Note]:
    """What is to be told of a package that was bought, expires or came to nothing."""
    told = _told_of_credits(event) if isinstance(event, CreditsChanged) else TOLD.get(type(event))
    if told is None:
        return
    kind, sides = told
    facts = Facts(event.account_id, event.tutor_account_id, credits=_credits(event))
    for side in sides:
        yield Note(kind, side, f"{kind} {event.package_id}", facts)


def notes_of_payment(event: PaymentDue) -> Iterator[Note]:
    """What is to be told to who has to pay in time."""
    kind, sides = TOLD[type(event)]
    due = Due(event.amount, event.currency, event.pay_by, event.package_name)
    about = _of_lesson(event.booking) if event.booking else Facts(event.student_id, event.tutor_account_id)
    for side in sides:
        yield Note(kind, side, _occasion(event), replace(about, due=due))


def notes_of_settled(event: PaymentSettled) -> Iterator[Note]:
    """What nobody is to be told any more, now that it is paid or called off."""
    kind, sides = TOLD[PaymentDue]
    for side in sides:
        yield Note(kind, side, _occasion(event), Facts(event.student_id, event.tutor_account_id))


def notes_of_waitlist(event: WaitlistEvent) -> Iterator[Note]:
    """What is to be told to who waits for a seat."""
    if type(event) not in TOLD:
        return
    kind, sides = TOLD[type(event)]
    entry, session = event.entry, event.session
    facts = Facts(
        student_id=entry.student_id,
        tutor_id=session.tutor_account_id,
        session=session,
        held_until=entry.offer_expires_at,
        was_offered=event.from_status is EntryStatus.OFFERED,
    )
    for side in sides:
        yield Note(kind, side, f"waitlist {entry.id} step {entry.version}", facts)


def notes_of_occurrence(event: OccurrenceSkipped) -> Iterator[Note]:
    """What both sides are to be told of a lesson of a series that could not be booked."""
    kind, sides = TOLD[type(event)]
    end_at = event.start_at + timedelta(minutes=event.duration_minutes)
    missed = Missed(event.start_at, end_at, event.reason)
    facts = Facts(event.student_id, event.tutor_account_id, missed=missed)
    for side in sides:
        yield Note(kind, side, f"series {event.series_id} skipped {event.occurrence_index}", facts)


def notes_of_series(event: SeriesChanged) -> Iterator[Note]:
    """What the one is to be told of what the other did with their series; both, of what an admin did."""
    kind = TOLD_OF_SERIES.get(event.status)
    if kind is None or event.changed_by is None or event.from_status is event.status:
        return
    facts = Facts(event.student_id, event.tutor_account_id)
    for side in BOTH:
        if side.value != event.changed_by.value:
            yield Note(kind, side, f"series {event.id} step {event.version}", facts)


def notes_of_calendar(event: CalendarWentStale) -> Iterator[Note]:
    """What a tutor is to be told of a calendar that can not be read; it concerns nobody else."""
    kind, sides = TOLD[type(event)]
    unread = Unread(event.name, event.reason, event.last_read_at is not None)
    facts = Facts(event.account_id, event.account_id, unread=unread)
    for side in sides:
        yield Note(kind, side, f"calendar {event.calendar_id} step {event.version}", facts)


def notes_of_session(event: SessionEvent) -> Iterator[Note]:
    """What a tutor is to be told of a session that an admin has cancelled and nobody had booked."""
    if not isinstance(event, SessionCancelled) or event.cancelled_by is not Role.ADMIN or event.student_ids:
        return
    kind, sides = TOLD[type(event)]
    session = event.session
    facts = Facts(session.tutor_account_id, session.tutor_account_id, session=session)
    for side in sides:
        yield Note(kind, side, f"session {session.id} step {session.version}", facts)


def note_of_pause(webhook: Webhook) -> Note:
    """What the owner of a webhook is to be told that has paused by itself; of the address, the host alone."""
    host = urlsplit(webhook.url).hostname or ""
    silenced = Silenced(webhook.id, host, webhook.paused_because is Pause.GONE)
    facts = Facts(webhook.account_id, webhook.account_id, silenced=silenced)
    occasion = f"webhook {webhook.id} step {webhook.version}"
    return Note(NotificationKind.WEBHOOK_PAUSED, Side.OWNER, occasion, facts)


def note_of_lesson(kind: NotificationKind, side: Side, occasion: str, booking: BookingState) -> Note:
    """What is to be told of a lesson as it stands."""
    return Note(kind, side, occasion, _of_lesson(booking))


def _occasion(event: PaymentDue | PaymentSettled) -> str:
    return f"payment {event.payment_id}"


def _credits(event: PackageEvent) -> Credits:
    """Of a package that has ended, those that ended with it."""
    reason = event.reason if isinstance(event, CreditsChanged) else None
    ended = -event.change if isinstance(event, CreditsChanged) and reason in _ENDS else 0
    refunded = reason is CreditReason.REFUNDED
    return Credits(event.name, event.credits_left + ended, event.expires_at, refunded)


def _told_of_credits(event: CreditsChanged) -> Told | None:
    """Nothing until the package is paid, nor where it ends with none of its credits left."""
    ended_empty = event.reason in _ENDS and event.change == 0
    if event.reason is None or event.status is PackageStatus.UNPAID or ended_empty:
        return None
    return TOLD_OF_CREDITS.get(event.reason)


def _is_told_again(event: BookingEvent) -> bool:
    """It only says how things stand: nothing has happened."""
    return event.from_status is None and event.booking.version > 1


def _facts(event: BookingEvent) -> Facts:
    facts = _of_lesson(event.booking)
    match event:
        case BookingCancelled():
            return replace(
                facts,
                cancelled_by=event.cancelled_by,
                refund_amount=event.refund_amount,
                credit_returned=event.credit_returned,
            )
        case BookingRescheduled():
            return replace(facts, previous_start_at=event.previous_start_at)
    return facts


def _of_lesson(booking: BookingState) -> Facts:
    return Facts(booking.student_id, booking.tutor_account_id, booking.id, booking)
