"""How bookings and terms lie in rows."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sqlalchemy import Row

from contracts.booking import BookingStatus, LessonType, PolicyTerms, RefundTier
from services.booking.domain import Booking, Credit, Lesson, Mark, Place
from services.booking.money import Price, Sum


def terms_to_json(terms: PolicyTerms) -> dict[str, Any]:
    return asdict(terms)


def terms_from_json(stored: dict[str, Any]) -> PolicyTerms:
    """The terms; what is newer than the row takes its default."""
    tiers = [RefundTier(**tier) for tier in stored["refund_tiers"]]
    return PolicyTerms(**{**stored, "refund_tiers": tiers})


def row_of(booking: Booking) -> dict[str, Any]:
    """The columns of `bookings`."""
    return {
        "id": booking.id,
        "status": booking.status,
        "created_at": booking.created_at,
        "updated_at": booking.updated_at,
        "version": booking.version,
        "notes_tutor": booking.notes_tutor,
        "join_url": booking.join_url,
        "expires_at": booking.expires_at,
        "refunded": booking.refunded,
        "credit_returned": booking.credit_returned,
        **_row_of_lesson(booking.lesson),
        **_row_of_mark(booking.decision, "decided_by", "decision_at", "decision_reason"),
        **_row_of_mark(booking.cancellation, "cancelled_by", "cancelled_at", "cancel_reason"),
    }


def booking_of(row: Row[Any]) -> Booking:
    """The booking that lies in a row of `bookings`."""
    return Booking(
        id=row.id,
        lesson=_lesson_of(row),
        status=BookingStatus(row.status),
        created_at=row.created_at,
        updated_at=row.updated_at,
        version=row.version,
        notes_tutor=row.notes_tutor,
        join_url=row.join_url,
        expires_at=row.expires_at,
        decision=_mark_of(row.decided_by, row.decision_at, row.decision_reason),
        cancellation=_mark_of(row.cancelled_by, row.cancelled_at, row.cancel_reason),
        refunded=row.refunded,
        credit_returned=row.credit_returned,
    )


def _row_of_lesson(lesson: Lesson) -> dict[str, Any]:
    return {
        "booking_type": lesson.booking_type,
        "session_id": lesson.session_id,
        "series_id": lesson.series_id,
        "occurrence_index": lesson.occurrence_index,
        "seats_reserved": lesson.seats,
        "student_id": lesson.student_id,
        "tutor_profile_id": lesson.tutor_profile_id,
        "tutor_account_id": lesson.tutor_account_id,
        "tutor_timezone": lesson.tutor_timezone,
        "lesson_type": lesson.lesson_type,
        "subject_id": lesson.subject_id,
        "subject_name": lesson.subject_name,
        "course_id": lesson.course_id,
        "start_at": lesson.start_at,
        "end_at": lesson.end_at,
        "duration_minutes": lesson.duration_minutes,
        "blocked_from": lesson.blocked.start,
        "blocked_to": lesson.blocked.end,
        "hourly_rate": lesson.price.hourly_rate,
        "price": lesson.price.net,
        "platform_fee": lesson.price.fee,
        "currency": lesson.price.currency,
        "terms": terms_to_json(lesson.terms),
        "notes_student": lesson.notes,
        **_row_of_credit(lesson.credit),
    }


def _lesson_of(row: Row[Any]) -> Lesson:
    return Lesson(
        student_id=row.student_id,
        tutor_profile_id=row.tutor_profile_id,
        tutor_account_id=row.tutor_account_id,
        tutor_timezone=row.tutor_timezone,
        start_at=row.start_at,
        duration_minutes=row.duration_minutes,
        lesson_type=LessonType(row.lesson_type),
        subject_id=row.subject_id,
        subject_name=row.subject_name,
        course_id=row.course_id,
        price=Price(row.hourly_rate, row.price, row.platform_fee, row.currency),
        terms=terms_from_json(row.terms),
        notes=row.notes_student,
        credit=_credit_of(row),
        session_id=row.session_id,
        seats=row.seats_reserved,
        place=None if row.series_id is None else Place(row.series_id, row.occurrence_index),
    )


def _row_of_credit(credit: Credit | None) -> dict[str, Any]:
    return {
        "package_id": credit and credit.package_id,
        "credits": credit and credit.count,
        "credit_net": credit and credit.worth.net,
        "credit_fee": credit and credit.worth.fee,
        "credit_currency": credit and credit.worth.currency,
    }


def _credit_of(row: Row[Any]) -> Credit | None:
    if row.package_id is None:
        return None
    return Credit(row.package_id, Sum(row.credit_net, row.credit_fee, row.credit_currency), row.credits)


def _row_of_mark(mark: Mark | None, by: str, at: str, reason: str) -> dict[str, Any]:
    return {by: mark and mark.by, at: mark and mark.at, reason: mark and mark.reason}


def _mark_of(by: int | None, at: Any, reason: str | None) -> Mark | None:
    return None if at is None else Mark(by, at, reason)
