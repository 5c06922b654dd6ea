"""Seats in group sessions: taken one by one, approved, paid and refunded, given up, over."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from chassis.context import Actor
from contracts.booking import (
    BookingStatus,
    BookingType,
    CancelSession,
    CompleteBooking,
    ConfirmBooking,
    DeclineBooking,
    GetSession,
    ListPackages,
    MarkNoShowStudent,
    Means,
    PreviewCancellation,
    RefundTier,
    RescheduleBooking,
    SessionChanged,
    SessionStatus,
)
from contracts.catalog import TutorStatus
from contracts.errors import (
    AlreadyBooked,
    AlreadyStarted,
    NoCredit,
    NotFound,
    SeatNotMovable,
    SessionFull,
    StudentBusy,
    TutorNotApproved,
    WrongStatus,
)
from tests.groups import Groups, balance, last_told, status_of
from tests.subject import Subject, TestClock
from tests.waiting import eventually

HOUR = timedelta(hours=1)


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
    assert balance(booking, early.id, "student") == 0
    clock.set(session.start_at - 1.5 * HOUR)
    student = Actor(late.student_id, "student")
    assert booking.ask(PreviewCancellation(late.id), student).refund_amount == Decimal("23.00")
    groups.give_up(late, student)
    assert balance(booking, late.id, "student") == 2300
    assert balance(booking, late.id, "tutor") == -2000
    assert booking.ask(GetSession(session.id)).seats_left == 5


def test_seats_are_paid_with_a_credit_each_that_comes_back_with_them(
    booking: Subject, groups: Groups
) -> None:
    package = groups.a_package(groups.student, credits_=3)
    session = groups.announce()
    view = groups.seat(session, seats=2, use_package_id=package.id)
    assert view.paid_with is Means.CREDIT
    assert _credits_left(booking, groups.student) == 1
    assert balance(booking, view.id, "student") == 0
    groups.give_up(view, groups.student)
    assert _credits_left(booking, groups.student) == 3
    assert balance(booking, view.id, "prepaid") == 0
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
    eventually(lambda: last_told(booking, session).status is SessionStatus.COMPLETED)
    clock.set(session.start_at + 24 * HOUR + timedelta(seconds=1))
    eventually(lambda: status_of(booking, unsaid.id) is BookingStatus.COMPLETED, within=10)
    assert status_of(booking, missed.id) is BookingStatus.NO_SHOW_STUDENT
    assert balance(booking, unsaid.id, "escrow") == 0
    assert booking.ask(GetSession(session.id)).seats_taken == 0


def test_a_request_for_a_seat_that_nobody_answered_ends_at_the_start(
    booking: Subject, groups: Groups, clock: TestClock
) -> None:
    groups.terms(requires_approval_for_group=True)
    session = groups.announce(15, 1)
    view = groups.seat(session)
    clock.set(session.start_at + timedelta(seconds=1))
    eventually(lambda: status_of(booking, view.id) is BookingStatus.EXPIRED, within=10)
    eventually(lambda: balance(booking, view.id, "student") == 0)
    assert last_told(booking, session).seats_taken == 0


def _credits_left(booking: Subject, student: Actor) -> int:
    [package] = booking.ask(ListPackages(), student).items
    return package.credits_left
