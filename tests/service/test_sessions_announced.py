"""Group sessions: announced, in the way of other lessons, cancelled as a whole; who learns how to get in."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from chassis.context import Actor
from contracts.booking import (
    BookingStatus,
    CancelSession,
    ConfirmBooking,
    GetBooking,
    GetSession,
    ListBookings,
    ListOwnSessions,
    ListSessions,
    MeetingProvider,
    SessionCancelled,
    SessionChanged,
    SessionStatus,
)
from contracts.catalog import CourseKind, TutorStatus
from contracts.errors import (
    DayFull,
    Denied,
    NotFound,
    Refusal,
    SlotTaken,
    StartInPast,
    SubjectNotTaught,
    TutorNotApproved,
    WrongStatus,
)
from contracts.operations import Resync
from tests.groups import Groups, balance, last_told, status_of
from tests.subject import Subject, TestClock
from tests.teaching import ADMIN, Teaching

HOUR = timedelta(hours=1)


# --- announcing -----------------------------------------------------------------------------------------


def test_a_session_takes_after_its_course_what_is_not_said(booking: Subject, groups: Groups) -> None:
    session = groups.announce(capacity=8)
    assert (session.duration_minutes, session.seat_price, session.currency) == (90, Decimal("20.00"), "EUR")
    assert (session.course_title, session.subject_name) == ("Geometry together", "Mathematics")
    assert (session.status, session.timezone_snapshot) == (SessionStatus.SCHEDULED, "UTC")
    assert (session.capacity, session.seats_taken, session.seats_left) == (8, 0, 8)
    assert session.tutor_name == f"tutor {groups.account_id}"
    assert (session.meeting_provider, session.meeting_id) == (MeetingProvider.CUSTOM, None)
    assert session.meeting_link
    [told] = booking.told(SessionChanged)[-1:]
    assert (told.session.id, told.session.version, told.session.course_title) == (
        session.id,
        1,
        "Geometry together",
    )


def test_a_session_is_as_it_was_announced(groups: Groups) -> None:
    meeting = {
        "meeting_provider": MeetingProvider.ZOOM,
        "meeting_link": "https://zoom.example/j/8",
        "meeting_id": "812 345",
        "meeting_passcode": "pythagoras",
    }
    session = groups.announce(duration_minutes=45, seat_price=Decimal("12.50"), **meeting)
    assert (session.duration_minutes, session.seat_price) == (45, Decimal("12.50"))
    assert {name: getattr(session, name) for name in meeting} == meeting


def test_without_a_price_of_the_course_a_seat_costs_the_tutors_rate(groups: Groups) -> None:
    groups.learn_course(price=None, version=2)
    assert groups.announce().seat_price == Decimal("67.50")


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"course_id": 999_999_999}, NotFound),
        ({"day": -1}, StartInPast),
    ],
)
def test_what_does_not_fit_is_not_announced(
    groups: Groups, changes: dict[str, Any], refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal) as refused:
        groups.announce(**changes)
    assert type(refused.value) is refusal


def test_only_own_active_group_courses_are_announced(booking: Subject, groups: Groups) -> None:
    with pytest.raises(Denied):
        groups.announce(course_id=Groups(booking).course_id)
    groups.learn_course(kind=CourseKind.ONE_ON_ONE, version=2)
    with pytest.raises(SubjectNotTaught):
        groups.announce()
    groups.learn_course(active=False, version=3)
    with pytest.raises(SubjectNotTaught):
        groups.announce()
    groups.learn_course(version=4)
    groups.learn_tutor(status=TutorStatus.SUSPENDED, version=2)
    with pytest.raises(TutorNotApproved):
        groups.announce()


# --- it blocks its tutor ----------------------------------------------------------------------------------


def test_a_session_and_lessons_keep_one_another_out_with_the_buffers_of_both(groups: Groups) -> None:
    groups.terms(buffer_before_minutes=15, buffer_after_minutes=30)
    groups.announce(11, 3)
    for hour in (10, 12.5):
        with pytest.raises(SlotTaken) as refused:
            groups.book(hour)
        assert refused.value.data["alternatives"]
    groups.book(13.5)
    for hour in (9.5, 12.5, 14):
        with pytest.raises(SlotTaken):
            groups.announce(hour, 3)
    groups.announce(15.5, 3)


def test_a_hold_that_has_run_out_is_in_no_sessions_way(groups: Groups, clock: TestClock) -> None:
    groups.book(10, hold=True)
    clock.advance(minutes=10, seconds=1)
    groups.announce(10, 3)


def test_a_cancelled_session_frees_its_time(booking: Subject, groups: Groups) -> None:
    session = groups.announce(10, 3)
    booking.ask(CancelSession(session.id), groups.tutor)
    groups.book(10)


def test_a_session_is_one_lesson_of_its_day_however_many_take_part(groups: Groups) -> None:
    groups.terms(max_bookings_per_day=2)
    session = groups.announce(18, 3)
    groups.fill(session)
    groups.book(9)
    with pytest.raises(DayFull):
        groups.book(11)


# --- cancelling the whole ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("side", "status"),
    [("tutor", BookingStatus.CANCELLED_BY_TUTOR), ("admin", BookingStatus.CANCELLED_BY_ADMIN)],
)
def test_a_cancelled_session_cancels_and_refunds_all_its_bookings(
    booking: Subject, groups: Groups, side: str, status: BookingStatus
) -> None:
    session = groups.announce()
    booked = groups.fill(session)
    by = groups.tutor if side == "tutor" else ADMIN
    view = booking.ask(CancelSession(session.id, "I am ill."), by)
    assert (view.status, view.cancel_reason, view.seats_taken) == (SessionStatus.CANCELLED, "I am ill.", 0)
    for student, taken in booked:
        seen = booking.ask(GetBooking(taken.id), student)
        assert (seen.status, seen.cancel_reason, seen.cancelled_by) == (status, "I am ill.", by.id)
        assert balance(booking, taken.id, "student") == 0
    [told] = booking.told(SessionCancelled)[-1:]
    assert (told.cancelled_by, told.reason, told.session.seats_taken) == (side, "I am ill.", 0)
    assert sorted(told.student_ids) == sorted(student.id for student, _ in booked)


def test_a_session_is_cancelled_once_by_its_own_tutor_and_not_when_it_is_over(
    booking: Subject, groups: Groups, clock: TestClock
) -> None:
    first, second = groups.announce(12, 1), groups.announce(15, 1)
    with pytest.raises(Denied):
        booking.ask(CancelSession(first.id), Teaching(booking).tutor)
    with pytest.raises(Denied):
        booking.ask(CancelSession(first.id), groups.student)
    booking.ask(CancelSession(first.id), groups.tutor)
    with pytest.raises(WrongStatus):
        booking.ask(CancelSession(first.id), groups.tutor)
    clock.set(second.end_at)
    with pytest.raises(WrongStatus):
        booking.ask(CancelSession(second.id), groups.tutor)


def test_a_running_session_is_cancelled_with_requests_that_nobody_answered(
    booking: Subject, groups: Groups, clock: TestClock
) -> None:
    groups.terms(requires_approval_for_group=True)
    session = groups.announce(15, 1)
    asked, confirmed = groups.seat(session), groups.seat(session, groups.another_student())
    booking.ask(ConfirmBooking(confirmed.id), groups.tutor)
    clock.set(session.start_at + HOUR / 2)
    booking.ask(CancelSession(session.id), groups.tutor)
    assert status_of(booking, asked.id) is BookingStatus.EXPIRED
    assert status_of(booking, confirmed.id) is BookingStatus.CANCELLED_BY_TUTOR


# --- who sees what ------------------------------------------------------------------------------------------


def test_only_who_takes_part_learns_how_to_get_in(booking: Subject, groups: Groups) -> None:
    groups.terms(requires_approval_for_group=True)
    session = groups.announce(meeting_passcode="pythagoras")
    pending, confirmed = groups.students(2)
    groups.seat(session, pending)
    booking.ask(ConfirmBooking(groups.seat(session, confirmed).id), groups.tutor)

    def ways(by: Actor) -> tuple[Any, ...]:
        one = booking.ask(GetSession(session.id), by)
        [listed] = booking.ask(ListSessions(course_id=groups.course_id), by).items
        assert listed == one
        return (one.meeting_link, one.meeting_passcode)

    known = (session.meeting_link, "pythagoras")
    assert ways(groups.tutor) == ways(ADMIN) == ways(confirmed) == known
    for stranger in (pending, groups.another_student(), Teaching(booking).tutor, Actor()):
        assert ways(stranger) == (None, None)


def test_the_public_list_has_what_is_to_come(booking: Subject, groups: Groups, clock: TestClock) -> None:
    days = [groups.announce(18, day) for day in (1, 2, 3)]
    booking.ask(CancelSession(days[1].id), groups.tutor)
    assert _listed(booking, course_id=groups.course_id) == [days[0].id, days[2].id]
    assert _listed(booking, tutor_profile_id=groups.profile_id, from_=groups.at(0, 2)) == [days[2].id]
    assert _listed(booking, tutor_profile_id=groups.profile_id, to=groups.at(0, 2)) == [days[0].id]
    clock.set(days[0].start_at + HOUR)
    assert _listed(booking, course_id=groups.course_id) == [days[2].id]
    assert _listed(booking, course_id=groups.course_id, from_=groups.at(0, 1)) == [days[0].id, days[2].id]
    groups.learn_tutor(status=TutorStatus.SUSPENDED, version=2)
    assert _listed(booking, course_id=groups.course_id) == []


def test_a_tutors_own_list_has_them_all_by_status(booking: Subject, groups: Groups, clock: TestClock) -> None:
    days = [groups.announce(18, day) for day in (1, 2, 3)]
    booking.ask(CancelSession(days[1].id), groups.tutor)
    clock.set(days[0].end_at)

    def own(**asked: Any) -> list[int]:
        return [session.id for session in booking.ask(ListOwnSessions(**asked), groups.tutor).items]

    assert own() == [session.id for session in reversed(days)]
    assert own(status=[SessionStatus.COMPLETED]) == [days[0].id]
    assert own(status=[SessionStatus.SCHEDULED, SessionStatus.CANCELLED]) == [days[2].id, days[1].id]
    assert own(page=2, page_size=1) == [days[1].id]
    assert booking.ask(ListOwnSessions(), Groups(booking).tutor).total == 0


def test_a_tutor_sees_who_takes_part(booking: Subject, groups: Groups) -> None:
    session = groups.announce()
    students = [student.id for student, _ in groups.fill(session)]
    groups.seat(groups.announce(21), groups.another_student())
    listed = booking.ask(ListBookings(session_id=session.id), groups.tutor).items
    assert sorted(view.student_id for view in listed) == students
    assert booking.ask(ListBookings(session_id=session.id), Groups(booking).tutor).total == 0


def test_the_sessions_are_told_again(booking: Subject, groups: Groups) -> None:
    session = groups.announce()
    groups.seat(session)
    before = last_told(booking, session)
    booking.ask(Resync(), ADMIN)
    again = [event for event in booking.told(SessionChanged) if event.session.id == session.id]
    assert [event.session for event in again[-2:]] == [before, before]


def _listed(booking: Subject, **asked: Any) -> list[int]:
    return [session.id for session in booking.ask(ListSessions(**asked)).items]
