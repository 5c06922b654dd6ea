"""A series as its sides see it, and as the bus carries it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from typing import Any

from contracts.booking import (
    BookingView,
    OccurrenceSkipped,
    OccurrenceStatus,
    OccurrenceView,
    RecurrenceTerms,
    SeriesChanged,
    SeriesDetail,
    SeriesPreview,
    SeriesTerms,
    SeriesView,
)
from contracts.catalog import Role
from services.booking.domain import Item, Series, Side
from services.booking.recurrence import Occurrence
from services.booking.views import Contact

Contacts = Mapping[int, Contact]


def series_view(
    series: Series, contacts: Contacts, viewer: Side, upcoming: Sequence[BookingView]
) -> SeriesView:
    """The series with its next bookings; `contacts` are by account."""
    return SeriesView(**_shown(series, contacts, viewer), upcoming=list(upcoming))


def series_detail(view: SeriesView, items: Iterable[Item]) -> SeriesDetail:
    """The series with all that was made of it."""
    return SeriesDetail(**vars(view), occurrences=[_made(item) for item in items])


def preview(items: Iterable[Item], later: Iterable[Occurrence]) -> SeriesPreview:
    """What would be made at once, and what comes later."""
    judged = [
        OccurrenceView(item.occurrence.index, item.occurrence.start_at, item.expected, reason=item.reason)
        for item in items
    ]
    planned = [OccurrenceView(each.index, each.start_at, OccurrenceStatus.PLANNED) for each in later]
    return SeriesPreview([*judged, *planned])


def series_changed(series: Series, former: Series | None = None, by: Role | None = None) -> SeriesChanged:
    """The event that tells how the series stands, and how it came there by whom."""
    terms = series.terms
    return SeriesChanged(
        id=series.id,
        student_id=series.student_id,
        tutor_profile_id=terms.tutor_profile_id,
        tutor_account_id=series.tutor_account_id,
        booking_type=terms.booking_type,
        duration_minutes=terms.duration_minutes,
        status=series.status,
        recurrence=RecurrenceTerms(**_only(RecurrenceTerms, terms)),
        version=series.version,
        subject_id=terms.subject_id,
        subject_name=series.subject_name,
        course_id=terms.course_id,
        from_status=former.status if former else None,
        changed_by=by,
    )


def occurrence_skipped(series: Series, item: Item) -> OccurrenceSkipped:
    """The event that tells why the occurrence was not booked."""
    assert item.reason is not None, "it was skipped"
    return OccurrenceSkipped(
        series_id=series.id,
        occurrence_index=item.occurrence.index,
        start_at=item.occurrence.start_at,
        timezone=series.terms.timezone,
        duration_minutes=series.terms.duration_minutes,
        reason=item.reason,
        student_id=series.student_id,
        tutor_profile_id=series.tutor_profile_id,
        tutor_account_id=series.tutor_account_id,
        subject_name=series.subject_name,
    )


def only_terms(terms: SeriesTerms) -> SeriesTerms:
    """The terms alone, without what else the message said that brought them."""
    return SeriesTerms(**_only(SeriesTerms, terms))


def _shown(series: Series, contacts: Contacts, viewer: Side) -> dict[str, Any]:
    """Where they meet is shown to the two sides only."""
    hidden = dict.fromkeys(_MEETING) if viewer is Side.ADMIN else {}
    student = contacts.get(series.student_id) or Contact(f"Student {series.student_id}")
    tutor = contacts.get(series.tutor_account_id) or Contact(f"Tutor {series.tutor_profile_id}")
    return {
        **vars(series.terms),
        **hidden,
        "id": series.id,
        "student_id": series.student_id,
        "student_name": student.name,
        "tutor_name": tutor.name,
        "subject_name": series.subject_name,
        "status": series.status,
        "created_at": series.created_at,
        "updated_at": series.updated_at,
        "version": series.version,
    }


_MEETING = ("default_meeting_link", "default_meeting_id", "default_meeting_passcode")


def _made(item: Item) -> OccurrenceView:
    occurrence = item.occurrence
    return OccurrenceView(
        occurrence.index, occurrence.start_at, item.status, booking_id=item.booking_id, reason=item.reason
    )


def _only(shape: type[RecurrenceTerms], terms: RecurrenceTerms) -> dict[str, Any]:
    return {field.name: getattr(terms, field.name) for field in fields(shape)}
