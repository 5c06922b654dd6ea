"""Group sessions: announced, taken seat by seat, cancelled, over; and who learns how to get in."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from chassis.context import Actor
from contracts.booking import (
    BookingStatus,
    BookingType,
    CancelSession,
    CompleteBooking,
    ConfirmBooking,
    DeclineBooking,
    GetBooking,
    GetSession,
    ListBookings,
    ListOwnSessions,
    ListPackages,
    ListSessions,
    MarkNoShowStudent,
    Means,
    MeetingProvider,
    PreviewCancellation,
    RefundTier,
    RescheduleBooking,
    SessionCancelled,
    SessionChanged,
    SessionStatus,
    SessionView,
)
from contracts.catalog import CourseKind, TutorStatus
from contracts.errors import (
    AlreadyBooked,
    AlreadyStarted,
    DayFull,
    Denied,
    NoCredit,
    NotFound,
    Refusal,
    SeatNotMovable,
    SessionFull,
    SlotTaken,
    StartInPast,
    StudentBusy,
    SubjectNotTaught,
    TutorNotApproved,
    WrongStatus,
)
from contracts.operations import Resync
from tests.groups import Groups
from tests.stack import eventually
from tests.subject import Subject, TestClock
from tests.teaching import ADMIN, Teaching

HOUR = timedelta(hours=1)


@pytest.fixture
def groups(booking: Subject) -> Groups:
    return Groups(booking)


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


# --- taking seats ------------------------------------------------------------------------------------------


def test_seats_are_confirmed_at_once_for_their_price_and_the_fee(booking: Subject, groups: Groups) -> None:
    session = groups.announce()
    view = groups.seat(session, seats=3, notes_student="Three of us.")
    assert (view.status, view.booking_type, view.session_id) == (
        BookingStatus.CONFIRMED,
        BookingType.GROUP_SESSION,
        session.id,
    )
    assert (view.seats_reserved, view.total_amount, view.platform_fee) == (
        3,
        Decimal("69.00"),
        Decimal("9.00"),
    )
    assert (view.start_time, view.end_time, view.course_id) == (
        session.start_at,
        session.end_at,
        groups.course_id,
    )
    assert (view.join_url, view.notes_student) == (session.meeting_link, "Three of us.")
    now = booking.ask(GetSession(session.id))
    assert (now.seats_taken, now.seats_left) == (3, 2)
    assert booking.told(SessionChanged)[-1].session.seats_taken == 3


def test_where_the_terms_ask_approval_the_tutor_decides_on_each_booking(
    booking: Subject, groups: Groups
) -> None:
    groups.terms(course_id=groups.course_id, requires_approval_for_group=True)
    session = groups.announce()
    first, second = groups.seat(session), groups.seat(session, groups.another_student(), seats=2)
    assert (first.status, first.join_url) == (BookingStatus.PENDING, None)
    confirmed = booking.ask(ConfirmBooking(first.id), groups.tutor)
    assert (confirmed.status, confirmed.join_url) == (BookingStatus.CONFIRMED, session.meeting_link)
    booking.ask(DeclineBooking(second.id), groups.tutor)
    assert booking.ask(GetSession(session.id)).seats_taken == 1


def test_no_more_seats_are_had_than_there_are(groups: Groups) -> None:
    session = groups.announce(capacity=4)
    groups.seat(session, seats=2)
    with pytest.raises(SessionFull) as refused:
        groups.seat(session, groups.another_student(), seats=3)
    assert refused.value.data["seats_left"] == 2
    groups.seat(session, groups.another_student(), seats=2)
    with pytest.raises(SessionFull):
        groups.seat(session, groups.another_student())


def test_a_student_has_one_booking_a_session_and_is_in_one_place_at_a_time(groups: Groups) -> None:
    session = groups.announce(15, 3)
    view = groups.seat(session)
    with pytest.raises(AlreadyBooked):
        groups.seat(session)
    elsewhere = Groups(groups.booking)
    with pytest.raises(StudentBusy):
        elsewhere.seat(elsewhere.announce(16, 3), groups.student)
    with pytest.raises(StudentBusy):
        elsewhere.book(14.5, by=groups.student)
    groups.give_up(view, groups.student)
    elsewhere.book(14.5, by=groups.student)


def test_seats_are_had_until_the_start_and_not_of_a_cancelled_session(
    booking: Subject, groups: Groups, clock: TestClock
) -> None:
    cancelled, session = groups.announce(12, 2), groups.announce(15, 2)
    booking.ask(CancelSession(cancelled.id), groups.tutor)
    with pytest.raises(WrongStatus):
        groups.seat(cancelled)
    clock.set(session.start_at - timedelta(seconds=20))
    groups.seat(session)
    clock.set(session.start_at)
    with pytest.raises(AlreadyStarted):
        groups.seat(session, groups.another_student())
    with pytest.raises(NotFound):
        groups.booking.ask(GetSession(999_999_999))


def test_nobody_books_with_a_suspended_tutor(groups: Groups) -> None:
    session = groups.announce()
    groups.learn_tutor(status=TutorStatus.SUSPENDED, version=2)
    with pytest.raises(TutorNotApproved):
        groups.seat(session)


# --- the life of a seat ---------------------------------------------------------------------------------


def test_a_seat_is_not_moved(booking: Subject, groups: Groups) -> None:
    view = groups.seat(groups.announce())
    with pytest.raises(SeatNotMovable):
        booking.ask(RescheduleBooking(view.id, groups.at(10, 6)), groups.student)


def test_a_seat_is_refunded_by_the_terms_of_its_making(
    booking: Subject, groups: Groups, clock: TestClock
) -> None:
    groups.terms(refund_tiers=[RefundTier(24, 100), RefundTier(1, 50)])
    session = groups.announce(15, 2)
    early, late = groups.seat(session), groups.seat(session, groups.another_student(), seats=2)
    groups.terms(refund_tiers=[])
    groups.give_up(early, groups.student)
    assert _balance(booking, early.id, "student") == 0
    clock.set(session.start_at - 1.5 * HOUR)
    student = Actor(late.student_id, "student")
    assert booking.ask(PreviewCancellation(late.id), student).refund_amount == Decimal("23.00")
    groups.give_up(late, student)
    assert _balance(booking, late.id, "student") == 2300
    assert _balance(booking, late.id, "tutor") == -2000
    assert booking.ask(GetSession(session.id)).seats_left == 5


def test_seats_are_paid_with_a_credit_each_that_comes_back_with_them(
    booking: Subject, groups: Groups
) -> None:
    package = groups.a_package(groups.student, credits_=3)
    session = groups.announce()
    view = groups.seat(session, seats=2, use_package_id=package.id)
    assert view.paid_with is Means.CREDIT
    assert _credits_left(booking, groups.student) == 1
    assert _balance(booking, view.id, "student") == 0
    groups.give_up(view, groups.student)
    assert _credits_left(booking, groups.student) == 3
    assert _balance(booking, view.id, "prepaid") == 0
    for seats, payer in ((4, groups.student), (1, groups.another_student())):
        with pytest.raises(NoCredit):
            groups.seat(session, payer, seats, use_package_id=package.id)
    assert booking.ask(GetSession(session.id)).seats_taken == 0


def test_each_seat_ends_by_itself_when_the_session_is_over(
    booking: Subject, groups: Groups, clock: TestClock
) -> None:
    session = groups.announce(15, 1)
    held, missed, unsaid = (groups.seat(session, student) for student in groups.students(3))
    clock.set(session.start_at + HOUR / 2)
    booking.ask(MarkNoShowStudent(missed.id), groups.tutor)
    clock.set(session.end_at)
    assert booking.ask(CompleteBooking(held.id), groups.tutor).status is BookingStatus.COMPLETED
    eventually(lambda: _last(booking, session).status is SessionStatus.COMPLETED)
    clock.set(session.start_at + 24 * HOUR + timedelta(seconds=1))
    eventually(lambda: _status(booking, unsaid.id) is BookingStatus.COMPLETED, within=10)
    assert _status(booking, missed.id) is BookingStatus.NO_SHOW_STUDENT
    assert _balance(booking, unsaid.id, "escrow") == 0
    assert booking.ask(GetSession(session.id)).seats_taken == 0


def test_a_request_for_a_seat_that_nobody_answered_ends_at_the_start(
    booking: Subject, groups: Groups, clock: TestClock
) -> None:
    groups.terms(requires_approval_for_group=True)
    session = groups.announce(15, 1)
    view = groups.seat(session)
    clock.set(session.start_at + timedelta(seconds=1))
    eventually(lambda: _status(booking, view.id) is BookingStatus.EXPIRED, within=10)
    eventually(lambda: _balance(booking, view.id, "student") == 0)
    assert _last(booking, session).seats_taken == 0


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
        assert _balance(booking, taken.id, "student") == 0
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
    assert _status(booking, asked.id) is BookingStatus.EXPIRED
    assert _status(booking, confirmed.id) is BookingStatus.CANCELLED_BY_TUTOR


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
    before = _last(booking, session)
    booking.ask(Resync(), ADMIN)
    again = [event for event in booking.told(SessionChanged) if event.session.id == session.id]
    assert [event.session for event in again[-2:]] == [before, before]


def _listed(booking: Subject, **asked: Any) -> list[int]:
    return [session.id for session in booking.ask(ListSessions(**asked)).items]


def _last(booking: Subject, session: SessionView) -> Any:
    return [event for event in booking.told(SessionChanged) if event.session.id == session.id][-1].session


def _status(booking: Subject, booking_id: int) -> BookingStatus:
    return booking.ask(GetBooking(booking_id), ADMIN).status


def _credits_left(booking: Subject, student: Actor) -> int:
    [package] = booking.ask(ListPackages(), student).items
    return package.credits_left


def _balance(booking: Subject, booking_id: int, kind: str) -> int:
    """What the booking has moved on accounts of that kind."""
    rows = booking.sql(
        "SELECT coalesce(sum(amount), 0) AS sum FROM ledger WHERE booking_id = :id AND account LIKE :kind",
        id=booking_id,
        kind=f"{kind}%",
    )
    return int(rows[0].sum)
