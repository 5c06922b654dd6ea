"""A session, and a place in its waitlist, as somebody sees them and as the bus carries them.

How to get in is shown to those only who take part; nothing of it travels by events.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from contracts.booking import (
    EntryStatus,
    SessionCancelled,
    SessionChanged,
    SessionState,
    SessionView,
    WaitlistAccepted,
    WaitlistEntryView,
    WaitlistEvent,
    WaitlistExpired,
    WaitlistOffered,
    WaitlistState,
)
from contracts.catalog import Role
from services.booking.domain import Entry, Person, Session
from services.booking.money import to_decimal


def session_view(session: Session, tutor_name: str | None, shows_meeting: bool, now: datetime) -> SessionView:
    """The session as it stands now."""
    plan, ended = session.plan, session.cancellation
    return SessionView(
        id=session.id,
        tutor_profile_id=plan.tutor_profile_id,
        tutor_name=tutor_name or f"Tutor {plan.tutor_profile_id}",
        course_id=plan.course_id,
        course_title=plan.course_title,
        subject_id=plan.subject_id,
        subject_name=plan.subject_name,
        start_at=plan.start_at,
        end_at=plan.end_at,
        duration_minutes=plan.duration_minutes,
        timezone_snapshot=plan.timezone,
        capacity=plan.capacity,
        seats_taken=session.seats_taken,
        seats_left=session.seats_left,
        seat_price=to_decimal(plan.seat_price),
        currency=plan.currency,
        status=session.status_at(now),
        created_at=session.created_at,
        updated_at=session.updated_at,
        version=session.version,
        cancelled_at=ended.at if ended else None,
        cancel_reason=ended.reason if ended else None,
        **_meeting(session, shows_meeting),
    )


def entry_view(entry: Entry, session: Session, position: int | None, now: datetime) -> WaitlistEntryView:
    """The place in the waitlist as it stands now; how many wait before it matters only while it waits."""
    status = entry.status_at(now)
    return WaitlistEntryView(
        id=entry.id,
        session_id=entry.session_id,
        status=status,
        course_title=session.plan.course_title,
        start_at=session.start_at,
        joined_at=entry.joined_at,
        version=entry.version,
        position=position if status is EntryStatus.WAITING else None,
        offered_at=entry.offered_at,
        offer_expires_at=entry.expires_at if status is EntryStatus.OFFERED else None,
    )


def session_changed(session: Session) -> SessionChanged:
    """The event that tells how the session stands."""
    return SessionChanged(state_of(session))


def session_cancelled(session: Session, by: Person, students: Sequence[int]) -> SessionCancelled:
    """The event that tells of the session's end, and whose bookings ended with it."""
    assert session.cancellation is not None, "it was cancelled"
    return SessionCancelled(
        state_of(session),
        cancelled_by=Role(by.side),
        reason=session.cancellation.reason,
        student_ids=list(students),
    )


def entry_event(entry: Entry, session: Session, was: EntryStatus) -> WaitlistEvent:
    """The event that tells of an offer or of its end."""
    kind = _EVENTS[entry.status]
    return kind(_entry_state(entry), state_of(session), from_status=was)


def entry_accepted(entry: Entry, session: Session, booking_id: int) -> WaitlistAccepted:
    """The event that tells which booking became of an offer."""
    return WaitlistAccepted(
        _entry_state(entry), state_of(session), from_status=EntryStatus.OFFERED, booking_id=booking_id
    )


def state_of(session: Session) -> SessionState:
    """The session as the bus carries it."""
    plan = session.plan
    return SessionState(
        id=session.id,
        tutor_profile_id=plan.tutor_profile_id,
        tutor_account_id=plan.tutor_account_id,
        course_id=plan.course_id,
        course_title=plan.course_title,
        subject_id=plan.subject_id,
        subject_name=plan.subject_name,
        start_at=plan.start_at,
        end_at=plan.end_at,
        blocked_from=plan.blocked.start,
        blocked_to=plan.blocked.end,
        timezone_snapshot=plan.timezone,
        capacity=plan.capacity,
        seats_taken=session.seats_taken,
        seats_held=session.seats_held,
        seat_price=to_decimal(plan.seat_price),
        currency=plan.currency,
        status=session.status,
        version=session.version,
    )


_EVENTS: dict[EntryStatus, type[WaitlistEvent]] = {
    EntryStatus.OFFERED: WaitlistOffered,
    EntryStatus.EXPIRED: WaitlistExpired,
}


def _meeting(session: Session, shown: bool) -> dict[str, Any]:
    meeting = session.plan.meeting
    if not shown:
        return {"meeting_provider": meeting.provider}
    return {
        "meeting_provider": meeting.provider,
        "meeting_link": meeting.link,
        "meeting_id": meeting.id,
        "meeting_passcode": meeting.passcode,
    }


def _entry_state(entry: Entry) -> WaitlistState:
    return WaitlistState(
        id=entry.id,
        session_id=entry.session_id,
        student_id=entry.student_id,
        status=entry.status,
        joined_at=entry.joined_at,
        version=entry.version,
        offered_at=entry.offered_at,
        offer_expires_at=entry.expires_at if entry.status is EntryStatus.OFFERED else None,
    )
