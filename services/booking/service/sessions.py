"""Group sessions as a whole: announcing one, cancelling it, looking at them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from chassis.database import lock
from chassis.service import Service, answers
from chassis.unit import Unit
from contracts.bookable import Limits
from contracts.booking import (
    BookingStatus,
    CancelSession,
    CreateSession,
    GetSession,
    ListOwnSessions,
    ListSessions,
    SessionPage,
    SessionStatus,
    SessionView,
)
from contracts.catalog import CourseKind, Role
from contracts.errors import Denied, NotFound, Refusal, SlotTaken, StartInPast
from services.booking.domain import Booking, Meeting, Person, Plan, Session, Step
from services.booking.money import to_minor
from services.booking.offer import Course, Offer, offer_of_course, refused
from services.booking.service.queue import lock_sessions, move_up
from services.booking.service.slot import make_room
from services.booking.service.steps import advance, asker, new_join_url
from services.booking.sessions import session_cancelled, session_changed, session_view
from services.booking.store import (
    Accounts,
    Bookings,
    Courses,
    OpenHours,
    Policies,
    Sessions,
    Sought,
    Tutors,
)


class GroupSessions(Service):
    @answers(CreateSession)
    def announce(self, request: CreateSession, unit: Unit) -> SessionView:
        lock(unit.connection, f"tutor:{unit.actor.profile_id}")
        course, offer = _offered(request, unit)
        if reasons := [*offer.why_not(), *_against_start(request, unit)]:
            raise refused(reasons, "start_at")
        meeting = Meeting(
            request.meeting_provider,
            request.meeting_link or new_join_url(self.settings),
            request.meeting_id,
            request.meeting_passcode,
        )
        session_id = Sessions(unit.connection).next_id()
        session = Session(session_id, _plan(request, unit, course, offer, meeting), unit.now, unit.now)
        _add(session, unit)
        unit.tell(session_changed(session))
        return _seen(unit, [session])[0]

    @answers(CancelSession)
    def cancel_session(self, request: CancelSession, unit: Unit) -> SessionView:
        lock_sessions(unit, request.session_id)
        session = Sessions(unit.connection).get_own(request.session_id, unit.actor)
        return _seen(unit, [call_off(unit, session.id, asker(unit), request.reason)])[0]

    @answers(GetSession)
    def get_session(self, request: GetSession, unit: Unit) -> SessionView:
        return _seen(unit, [Sessions(unit.connection).get(request.session_id)])[0]

    @answers(ListSessions)
    def list_sessions(self, request: ListSessions, unit: Unit) -> SessionPage:
        sought = Sought(
            statuses=[SessionStatus.SCHEDULED],
            tutor_profile_id=request.tutor_profile_id,
            course_id=request.course_id,
            since=request.from_ or unit.now,
            until=request.to,
            page=request.page,
            page_size=request.page_size,
        )
        found, total = Sessions(unit.connection).of_approved(sought, unit.now)
        return SessionPage(_seen(unit, found), total, request.page, request.page_size)

    @answers(ListOwnSessions)
    def list_own_sessions(self, request: ListOwnSessions, unit: Unit) -> SessionPage:
        sought = Sought(
            statuses=request.status,
            tutor_profile_id=unit.actor.profile_id,
            course_id=request.course_id,
            since=request.from_,
            until=request.to,
            page=request.page,
            page_size=request.page_size,
        )
        found, total = Sessions(unit.connection).page(sought, unit.now)
        return SessionPage(_seen(unit, found), total, request.page, request.page_size)


def call_off(unit: Unit, session_id: int, by: Person, reason: str | None) -> Session:
    """Cancel a session whose lock is held, and with it every booking of it. Raises `WrongStatus`.

    Its bookings come first, since timers that end some of them after the start do not wait for that lock:
    they lock the bookings and change the session afterwards.
    """
    sessions = Sessions(unit.connection)
    booked = Bookings(unit.connection).of_session(session_id)
    sessions.save(sessions.get(session_id, to_change=True).cancel(by, unit.now, reason))
    advance(unit, *(ended(booking, by, unit, reason) for booking in booked))
    cancelled = move_up(unit, session_id).session
    unit.tell(session_cancelled(cancelled, by, [booking.student_id for booking in booked]))
    return cancelled


def ended(booking: Booking, by: Person, unit: Unit, reason: str | None = None) -> Step:
    """How somebody ends a booking before its time; one that has run out is over already."""
    if booking.status_at(unit.now) is BookingStatus.EXPIRED:
        return booking.expire(unit.now)
    return booking.cancel(by, unit.now, reason)


def _offered(request: CreateSession, unit: Unit) -> tuple[Course, Offer]:
    """The tutor's own course, and what is offered of it in groups. Raises `NotFound`, `Denied`."""
    course = Courses(unit.connection).find(request.course_id)
    tutor = Tutors(unit.connection).find(unit.actor.profile_id)
    if course is None or tutor is None:
        raise NotFound("There is no such course.")
    if course.tutor_profile_id != tutor.profile_id:
        raise Denied()
    terms = Policies(unit.connection).terms_for(tutor.profile_id, course.id)
    return course, offer_of_course(tutor, terms, course, CourseKind.GROUP)


def _against_start(request: CreateSession, unit: Unit) -> Iterator[type[Refusal]]:
    if request.start_at <= unit.now:
        yield StartInPast


def _plan(request: CreateSession, unit: Unit, course: Course, offer: Offer, meeting: Meeting) -> Plan:
    minutes = request.duration_minutes or course.duration_minutes
    price = offer.price(minutes).net if request.seat_price is None else to_minor(request.seat_price)
    return Plan(
        tutor_profile_id=offer.tutor.profile_id,
        tutor_account_id=offer.tutor.account_id,
        timezone=OpenHours(unit.connection).zone_of(offer.tutor.profile_id),
        course_id=course.id,
        course_title=course.title,
        subject_id=course.subject_id,
        subject_name=course.subject_name,
        start_at=request.start_at,
        duration_minutes=minutes,
        blocked=Limits.of(offer.terms).blocked(request.start_at, minutes),
        capacity=request.capacity,
        seat_price=price,
        currency=offer.tutor.currency,
        meeting=meeting,
    )


def _add(session: Session, unit: Unit) -> None:
    """What has run out makes room for it, and at last the database may refuse. Raises `SlotTaken`."""
    tutor_id = session.plan.tutor_profile_id
    make_room(unit, tutor_profile_id=tutor_id)
    try:
        Sessions(unit.connection).add(session)
    except SlotTaken as refusal:
        raise refused([SlotTaken], "start_at") from refusal


def _seen(unit: Unit, sessions: Sequence[Session]) -> list[SessionView]:
    """The sessions as whoever asks may see them."""
    entered = _entered(unit, sessions)
    contacts = Accounts(unit.connection).contacts(session.plan.tutor_account_id for session in sessions)
    names = {account_id: contact.name for account_id, contact in contacts.items()}
    return [
        session_view(session, names.get(session.plan.tutor_account_id), session.id in entered, unit.now)
        for session in sessions
    ]


def _entered(unit: Unit, sessions: Sequence[Session]) -> set[int]:
    """To which of the sessions whoever asks may know the way in."""
    actor, ids = unit.actor, {session.id for session in sessions}
    if actor.is_admin:
        return ids
    if actor.role == Role.STUDENT:
        return Bookings(unit.connection).confirmed_sessions(actor.id, ids)
    own = actor.tutor_profile_id
    return {session.id for session in sessions if session.plan.tutor_profile_id == own}
