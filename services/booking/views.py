"""A booking as one of its two sides, or an admin, sees it.

The other side's e-mail address shows from the confirmation on, the join address to the two sides
while it is confirmed. Whether somebody may see the booking at all is decided in the store.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from contracts.booking import (
    BookingStatus,
    BookingView,
    CancellationPreview,
    Means,
    PackageView,
    PaymentView,
)
from services.booking.domain import Booking, Package, Payment, Side, Step
from services.booking.money import to_decimal


@dataclass(frozen=True)
class Contact:
    """A person's name and e-mail address, as far as they are known here yet."""

    name: str
    email: str | None = None


def view_of(booking: Booking, contacts: Mapping[int, Contact], viewer: Side, now: datetime) -> BookingView:
    """The booking as the viewer may see it now; `contacts` are by account."""
    lesson = booking.lesson
    return BookingView(
        id=booking.id,
        student_id=lesson.student_id,
        tutor_profile_id=lesson.tutor_profile_id,
        start_time=lesson.start_at,
        end_time=lesson.end_at,
        duration_minutes=lesson.duration_minutes,
        lesson_type=lesson.lesson_type,
        subject_id=lesson.subject_id,
        subject_name=lesson.subject_name,
        course_id=lesson.course_id,
        notes_student=lesson.notes,
        notes_tutor=booking.notes_tutor,
        policy=lesson.terms,
        booking_type=lesson.booking_type,
        series_id=lesson.series_id,
        occurrence_index=lesson.occurrence_index,
        session_id=lesson.session_id,
        seats_reserved=lesson.seats,
        created_at=booking.created_at,
        updated_at=booking.updated_at,
        version=booking.version,
        **_progress(booking, viewer, now),
        **_money(booking),
        **_people(booking, contacts, viewer),
        **_marks(booking),
    )


def preview_of(step: Step, now: datetime) -> CancellationPreview:
    """What the step, a cancellation, gives back."""
    assert step.refund is not None, "a cancellation has a refund"
    return CancellationPreview(
        refund_amount=to_decimal(step.booking.refunded or 0),
        refund_percent=step.refund.percent,
        credit_returned=step.booking.credit_returned,
        now=now,
        currency=step.booking.price.currency,
        tier=step.refund.tier,
    )


def package_view(package: Package, contacts: Mapping[int, Contact], now: datetime) -> PackageView:
    """The package as its student sees it now."""
    tutor = contacts.get(package.tutor_account_id) or Contact(f"Tutor {package.tutor_profile_id}")
    return PackageView(
        id=package.id,
        offer_id=package.offer_id,
        tutor_profile_id=package.tutor_profile_id,
        tutor_name=tutor.name,
        name=package.name,
        credits_total=package.credits_total,
        credits_left=package.credits_left,
        price=to_decimal(package.price.net),
        platform_fee=to_decimal(package.price.fee),
        total_amount=to_decimal(package.price.total),
        currency=package.price.currency,
        purchased_at=package.purchased_at,
        expires_at=package.expires_at,
        status=package.status_at(now),
        version=package.version,
        course_id=package.course_id,
    )


def payment_view(payment: Payment, viewer_id: int, now: datetime) -> PaymentView:
    """The payment as its student or an admin sees it; the secret is the student's, while it is of use."""
    payable = payment.is_wanted(now) and viewer_id == payment.student_id
    return PaymentView(
        id=payment.id,
        kind=payment.kind,
        status=payment.status,
        student_id=payment.student_id,
        amount=to_decimal(payment.amount),
        currency=payment.currency,
        created_at=payment.created_at,
        version=payment.version,
        booking_id=payment.booking_id,
        package_id=payment.package_id,
        refund_of=payment.refund_of,
        provider=payment.provider,
        pay_by=payment.pay_by,
        client_secret=payment.client_secret if payable else None,
    )


def _progress(booking: Booking, viewer: Side, now: datetime) -> dict[str, Any]:
    joins = booking.status is BookingStatus.CONFIRMED and viewer is not Side.ADMIN
    return {
        "status": booking.status_at(now),
        "in_progress": booking.in_progress(now),
        "expires_at": booking.expires_at,
        "join_url": booking.join_url if joins else None,
    }


def _money(booking: Booking) -> dict[str, Any]:
    price = booking.price
    return {
        "hourly_rate": to_decimal(price.hourly_rate),
        "platform_fee": to_decimal(price.fee),
        "total_amount": to_decimal(price.total),
        "currency": price.currency,
        "paid_with": Means.CREDIT if booking.credit else Means.MONEY,
        "package_id": booking.credit.package_id if booking.credit else None,
        "credit_returned": booking.credit_returned,
    }


def _people(booking: Booking, contacts: Mapping[int, Contact], viewer: Side) -> dict[str, Any]:
    lesson = booking.lesson
    student = contacts.get(lesson.student_id) or Contact(f"Student {lesson.student_id}")
    tutor = contacts.get(lesson.tutor_account_id) or Contact(f"Tutor {lesson.tutor_profile_id}")
    sees_both = booking.was_confirmed or viewer is Side.ADMIN
    return {
        "student_name": student.name,
        "student_email": student.email if sees_both or viewer is Side.STUDENT else None,
        "tutor_name": tutor.name,
        "tutor_email": tutor.email if sees_both or viewer is Side.TUTOR else None,
    }


def _marks(booking: Booking) -> dict[str, Any]:
    marks: dict[str, Any] = {}
    if decision := booking.decision:
        marks |= {"decided_by": decision.by, "decision_at": decision.at, "decision_reason": decision.reason}
    if ended := booking.cancellation:
        marks |= {"cancelled_by": ended.by, "cancelled_at": ended.at, "cancel_reason": ended.reason}
    return marks
