"""What is told of bookings, packages and payments on the bus: one event for each step, with the whole thing.

Ids, times and money only; names, addresses and notes stay with their owners. `last_event` tells a
booking's present state again, for copies that are rebuilt.
"""

from __future__ import annotations

from typing import Any

from contracts.booking import (
    BookingCancelled,
    BookingCompleted,
    BookingConfirmed,
    BookingDeclined,
    BookingEvent,
    BookingExpired,
    BookingHeld,
    BookingNoShow,
    BookingRequested,
    BookingRescheduled,
    BookingState,
    BookingStatus,
    CreditsChanged,
    PackageExpiring,
    PaymentDue,
    PaymentSettled,
)
from contracts.catalog import Role
from services.booking.domain import Booking, Package, PackageChange, Payment, Step
from services.booking.money import to_decimal


def event_of(step: Step) -> BookingEvent:
    """The event that tells the step."""
    before = step.before
    if before is None:
        return _event(step.booking, None)
    if before.start_at != step.booking.start_at:
        return BookingRescheduled(
            state_of(step.booking), from_status=before.status, previous_start_at=before.start_at
        )
    return _event(step.booking, before.status)


def last_event(booking: Booking) -> BookingEvent:
    """The event of the status that the booking has reached."""
    return _event(booking, None)


def state_of(booking: Booking) -> BookingState:
    """The booking as the bus carries it."""
    lesson, blocked = booking.lesson, booking.lesson.blocked
    return BookingState(
        id=booking.id,
        student_id=lesson.student_id,
        tutor_profile_id=lesson.tutor_profile_id,
        tutor_account_id=lesson.tutor_account_id,
        start_at=lesson.start_at,
        end_at=lesson.end_at,
        blocked_from=blocked.start,
        blocked_to=blocked.end,
        tutor_timezone=lesson.tutor_timezone,
        duration_minutes=lesson.duration_minutes,
        lesson_type=lesson.lesson_type,
        booking_type=lesson.booking_type,
        series_id=lesson.series_id,
        occurrence_index=lesson.occurrence_index,
        status=booking.status,
        total_amount=to_decimal(lesson.price.total),
        currency=lesson.price.currency,
        seats_reserved=lesson.seats,
        version=booking.version,
        subject_id=lesson.subject_id,
        subject_name=lesson.subject_name,
        course_id=lesson.course_id,
        join_url=booking.join_url if booking.status is BookingStatus.CONFIRMED else None,
        session_id=lesson.session_id,
        expires_at=booking.expires_at,
        package_id=booking.credit.package_id if booking.credit else None,
    )


def credits_changed(change: PackageChange) -> CreditsChanged:
    """The event that tells the change."""
    return CreditsChanged(**_facts_of(change.package), change=change.credits, reason=change.reason)


def credits_as_they_are(package: Package) -> CreditsChanged:
    """The event that tells a package's present state again."""
    return CreditsChanged(**_facts_of(package))


def expiring(package: Package) -> PackageExpiring:
    """The notice that the package will soon expire."""
    return PackageExpiring(**_facts_of(package))


def payment_due(payment: Payment, bought: Booking | Package) -> PaymentDue:
    """The event that tells until when something is to be paid."""
    assert payment.pay_by is not None, "nobody waits for it"
    return PaymentDue(
        payment_id=payment.id,
        student_id=payment.student_id,
        amount=to_decimal(payment.amount),
        currency=payment.currency,
        pay_by=payment.pay_by,
        version=payment.version,
        **(_package_due(bought) if isinstance(bought, Package) else _lesson_due(bought)),
    )


def payment_settled(payment: Payment, bought: Booking | Package) -> PaymentSettled:
    """The event that tells that nobody has to pay any more."""
    seller = bought if isinstance(bought, Package) else bought.lesson
    return PaymentSettled(
        payment_id=payment.id,
        student_id=payment.student_id,
        tutor_account_id=seller.tutor_account_id,
        status=payment.status,
        version=payment.version,
        booking_id=payment.booking_id,
        package_id=payment.package_id,
    )


def _event(booking: Booking, from_status: BookingStatus | None) -> BookingEvent:
    if booking.status in _CANCELLED_BY:
        return BookingCancelled(
            state_of(booking),
            from_status=from_status,
            cancelled_by=_CANCELLED_BY[booking.status],
            refund_amount=to_decimal(booking.refunded or 0),
            credit_returned=booking.credit_returned,
        )
    return _EVENTS[booking.status](state_of(booking), from_status=from_status)


def _lesson_due(booking: Booking) -> dict[str, Any]:
    return {"tutor_account_id": booking.lesson.tutor_account_id, "booking": state_of(booking)}


def _package_due(package: Package) -> dict[str, Any]:
    whose = {"tutor_account_id": package.tutor_account_id}
    return {**whose, "package_id": package.id, "package_name": package.name}


def _facts_of(package: Package) -> dict[str, Any]:
    return {
        "package_id": package.id,
        "account_id": package.student_id,
        "tutor_profile_id": package.tutor_profile_id,
        "tutor_account_id": package.tutor_account_id,
        "name": package.name,
        "credits_left": package.credits_left,
        "expires_at": package.expires_at,
        "status": package.status,
        "version": package.version,
    }


_CANCELLED_BY = {
    BookingStatus.CANCELLED_BY_STUDENT: Role.STUDENT,
    BookingStatus.CANCELLED_BY_TUTOR: Role.TUTOR,
    BookingStatus.CANCELLED_BY_ADMIN: Role.ADMIN,
}

_EVENTS: dict[BookingStatus, type[BookingEvent]] = {
    BookingStatus.HELD: BookingHeld,
    BookingStatus.PENDING: BookingRequested,
    BookingStatus.CONFIRMED: BookingConfirmed,
    BookingStatus.DECLINED: BookingDeclined,
    BookingStatus.COMPLETED: BookingCompleted,
    BookingStatus.NO_SHOW_STUDENT: BookingNoShow,
    BookingStatus.NO_SHOW_TUTOR: BookingNoShow,
    BookingStatus.EXPIRED: BookingExpired,
}
