"""The life of a booking in the running service: who may do what, money, time, and who sees it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from chassis.context import Actor
from contracts.booking import (
    BookingCancelled,
    BookingCompleted,
    BookingDeclined,
    BookingEvent,
    BookingExpired,
    BookingNoShow,
    BookingStatus,
    BookingView,
    CancelBooking,
    CompleteBooking,
    ConfirmBooking,
    DeclineBooking,
    GetBooking,
    GetHistory,
    ListBookings,
    ListLedger,
    MarkNoShowStudent,
    MarkNoShowTutor,
    PreviewCancellation,
    RefundTier,
    ReliabilityChanged,
    RescheduleBooking,
)
from contracts.catalog import Role
from contracts.errors import (
    AlreadyStarted,
    Denied,
    NotFound,
    NotYetOver,
    TooEarlyForNoShow,
    TooLateForNoShow,
    WrongStatus,
)
from tests.subject import Subject, TestClock
from tests.teaching import ADMIN, Teaching
from tests.waiting import eventually

S = BookingStatus
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def teaching(booking: Subject) -> Teaching:
    return Teaching(booking)


@pytest.fixture
def status_of(booking: Subject) -> Callable[[BookingView], str]:
    """The status as it is recorded, seen from another connection."""
    return lambda view: booking.sql("SELECT status FROM bookings WHERE id = :id", id=view.id)[0].status


# --- steps --------------------------------------------------------------------------------------------


def test_a_confirmation_makes_the_place_to_meet_and_shows_the_addresses(
    booking: Subject, teaching: Teaching
) -> None:
    asked = teaching.book()
    assert (asked.tutor_email, asked.student_email) == (None, f"student{teaching.student.id}@example.com")
    view = booking.ask(ConfirmBooking(asked.id, "Bring paper."), teaching.tutor)
    assert (view.status, view.notes_tutor, view.decided_by) == (
        S.CONFIRMED,
        "Bring paper.",
        teaching.account_id,
    )
    assert view.student_email == f"student{teaching.student.id}@example.com"
    seen = booking.ask(GetBooking(asked.id), teaching.student)
    assert (seen.tutor_email, seen.join_url) == (f"tutor{teaching.account_id}@example.com", view.join_url)
    assert booking.ask(GetBooking(asked.id), ADMIN).join_url is None


def test_a_refusal_is_told_with_its_reason_and_pays_back(booking: Subject, teaching: Teaching) -> None:
    view = booking.ask(DeclineBooking(teaching.book().id, "Away."), teaching.tutor)
    assert (view.status, view.decision_reason) == (S.DECLINED, "Away.")
    assert booking.told(BookingDeclined)[-1].booking.id == view.id
    assert _balances(booking, view) == {}
    assert teaching.book(by=teaching.another_student()).start_time == view.start_time


@pytest.mark.parametrize(
    ("minutes_before", "refund"), [(12 * 60 + 1, "51.75"), (11 * 60 + 59, "25.88"), (3 * 60 - 1, "0.00")]
)
def test_a_preview_says_what_the_cancellation_then_does(
    booking: Subject, teaching: Teaching, clock: TestClock, minutes_before: int, refund: str
) -> None:
    teaching.terms(refund_tiers=[RefundTier(12, 100), RefundTier(3, 50)])
    view = teaching.book_confirmed()
    clock.set(view.start_time - minutes_before * MINUTE)
    preview = booking.ask(PreviewCancellation(view.id), teaching.student)
    cancelled = booking.ask(CancelBooking(view.id, "Ill."), teaching.student)
    event = booking.told(BookingCancelled)[-1]
    assert preview.refund_amount == event.refund_amount == Decimal(refund)
    assert (event.cancelled_by, event.from_status) == (Role.STUDENT, S.CONFIRMED)
    assert (cancelled.status, cancelled.cancel_reason) == (S.CANCELLED_BY_STUDENT, "Ill.")
    kept = Decimal("51.75") - Decimal(refund)
    assert _balances(booking, view).get(f"student:{teaching.student.id}", 0) == kept


def test_a_preview_refuses_as_the_cancellation_would(
    booking: Subject, teaching: Teaching, clock: TestClock
) -> None:
    started, ended = (
        teaching.book_confirmed(10),
        booking.ask(CancelBooking(teaching.book(12).id), teaching.student),
    )
    clock.set(started.start_time + MINUTE)
    for request in (PreviewCancellation, CancelBooking):
        with pytest.raises(AlreadyStarted):
            booking.ask(request(started.id), teaching.student)
        with pytest.raises(WrongStatus):
            booking.ask(request(ended.id), teaching.student)
        with pytest.raises(Denied):
            booking.ask(request(started.id), teaching.another_student())


def test_tutor_and_admin_cancel_even_later_and_everything_comes_back(
    booking: Subject, teaching: Teaching, clock: TestClock
) -> None:
    views = {
        S.CANCELLED_BY_TUTOR: teaching.book_confirmed(10),
        S.CANCELLED_BY_ADMIN: teaching.book_confirmed(12),
    }
    clock.set(views[S.CANCELLED_BY_ADMIN].start_time + MINUTE)
    for by, (status, view) in zip((teaching.tutor, ADMIN), views.items(), strict=True):
        assert booking.ask(PreviewCancellation(view.id), by).refund_amount == Decimal("51.75")
        assert booking.ask(CancelBooking(view.id), by).status is status
        assert _balances(booking, view) == {}


def test_a_lesson_is_held_between_start_and_end_and_completed_after(
    booking: Subject, teaching: Teaching, clock: TestClock
) -> None:
    view = teaching.book_confirmed()
    clock.set(view.start_time + MINUTE)
    assert booking.ask(GetBooking(view.id), teaching.tutor).in_progress
    with pytest.raises(NotYetOver):
        booking.ask(CompleteBooking(view.id), teaching.tutor)
    clock.set(view.end_time + MINUTE)
    assert not booking.ask(GetBooking(view.id), teaching.tutor).in_progress
    assert booking.ask(CompleteBooking(view.id), teaching.tutor).status is S.COMPLETED
    assert _balances(booking, view) == _paid_out(teaching)


def test_whoever_came_says_that_the_other_did_not(
    booking: Subject, teaching: Teaching, clock: TestClock
) -> None:
    missed, deserted = teaching.book_confirmed(10), teaching.book_confirmed(11)
    clock.set(missed.start_time + 9 * MINUTE)
    with pytest.raises(TooEarlyForNoShow):
        booking.ask(MarkNoShowStudent(missed.id), teaching.tutor)
    clock.set(deserted.start_time + 11 * MINUTE)
    view = booking.ask(MarkNoShowStudent(missed.id, "Nobody there."), teaching.tutor)
    assert (view.status, view.notes_tutor) == (S.NO_SHOW_STUDENT, "Nobody there.")
    assert _balances(booking, missed) == _paid_out(teaching)
    view = booking.ask(MarkNoShowTutor(deserted.id, "I waited."), teaching.student)
    assert (view.status, _balances(booking, deserted)) == (S.NO_SHOW_TUTOR, {})
    assert booking.ask(GetHistory(deserted.id), teaching.student).items[-1].reason == "I waited."
    told = booking.told(BookingNoShow)[-2:]
    assert [event.booking.status for event in told] == [S.NO_SHOW_STUDENT, S.NO_SHOW_TUTOR]


def test_a_no_show_can_be_reported_for_a_day(booking: Subject, teaching: Teaching, clock: TestClock) -> None:
    view = teaching.book_confirmed()
    clock.set(view.start_time + 24 * HOUR - timedelta(seconds=5))
    assert booking.ask(MarkNoShowTutor(view.id), teaching.student).status is S.NO_SHOW_TUTOR
    late = Teaching(booking).book_confirmed()
    clock.set(late.start_time + 24 * HOUR + timedelta(seconds=1))
    with pytest.raises((TooLateForNoShow, WrongStatus)):  # by then time may have completed it
        booking.ask(MarkNoShowTutor(late.id), Actor(late.student_id, "student"))


def test_the_tutors_record_is_told_when_it_changes(
    booking: Subject, teaching: Teaching, clock: TestClock
) -> None:
    views = [teaching.book_confirmed(hour) for hour in (9, 10, 11, 12)]
    clock.set(views[3].start_time - 2 * HOUR)
    booking.ask(CancelBooking(views[3].id), teaching.tutor)  # late
    clock.set(views[2].end_time)
    booking.ask(CompleteBooking(views[0].id), teaching.tutor)
    booking.ask(CompleteBooking(views[1].id), teaching.tutor)
    booking.ask(MarkNoShowTutor(views[2].id), teaching.student)
    told = booking.told(ReliabilityChanged, tutor_profile_id=teaching.profile_id)
    assert [(event.reliability, event.version) for event in told] == [(0, 1), (0.5, 2), (0.6667, 3), (0.5, 4)]


# --- time ---------------------------------------------------------------------------------------------


def test_what_nobody_answered_expires_at_its_start(
    booking: Subject, teaching: Teaching, clock: TestClock, status_of: Callable[[BookingView], str]
) -> None:
    view = teaching.book()
    clock.set(view.start_time + timedelta(seconds=1))
    with pytest.raises(WrongStatus):
        booking.ask(ConfirmBooking(view.id), teaching.tutor)
    eventually(lambda: status_of(view) == "EXPIRED", within=10)
    assert _told_of(booking, BookingExpired, view).from_status is S.PENDING
    assert booking.ask(GetHistory(view.id), teaching.student).items[-1].by == "system"
    assert _balances(booking, view) == {}


def test_weeks_later_everything_is_as_if_the_timers_had_run_all_the_time(
    booking: Subject, teaching: Teaching, clock: TestClock, status_of: Callable[[BookingView], str]
) -> None:
    asked = [teaching.book(hour, 4) for hour in (9, 10, 11)]
    confirmed = [teaching.book_confirmed(hour, 5) for hour in (9, 10, 11)]
    held = teaching.book(14, 5, hold=True)
    clock.advance(weeks=6)
    for view in (*asked, held):
        eventually(lambda: status_of(view) == "EXPIRED", within=10)  # noqa: B023
    for view in confirmed:
        eventually(lambda: status_of(view) == "COMPLETED", within=10)  # noqa: B023
        assert _told_of(booking, BookingCompleted, view).booking.version == 3
        assert _balances(booking, view) == _paid_out(teaching)
    assert booking.sql("SELECT 1 FROM blocks WHERE tutor_profile_id = :id", id=teaching.profile_id) == []


# --- who sees what -----------------------------------------------------------------------------------


def test_a_booking_is_shown_to_its_two_sides_and_admins_only(booking: Subject, teaching: Teaching) -> None:
    view, strangers = teaching.book(), Teaching(booking)
    requests: list[Any] = [GetBooking, GetHistory, PreviewCancellation, CancelBooking]
    for request in requests:
        for stranger in (strangers.student, strangers.tutor):
            with pytest.raises(Denied):
                booking.ask(request(view.id), stranger)
        with pytest.raises(NotFound):
            booking.ask(request(999_999_999), stranger)
    for request in (ConfirmBooking, DeclineBooking, CompleteBooking, MarkNoShowStudent):
        with pytest.raises(Denied):
            booking.ask(request(view.id), strangers.tutor)
        with pytest.raises(Denied):
            booking.ask(request(view.id), teaching.student)
    for actor in (teaching.student, teaching.tutor, ADMIN):
        assert booking.ask(GetBooking(view.id), actor).id == view.id


def test_lists_are_of_the_own_side_and_filtered(booking: Subject, teaching: Teaching) -> None:
    other = Teaching(booking)
    first, second = teaching.book_confirmed(9), teaching.book(11)
    third = other.book(13, by=teaching.student)

    def ids(by: Actor, **filters: Any) -> list[int]:
        page = booking.ask(ListBookings(**filters), by)
        assert page.total == len(page.items)
        return [view.id for view in page.items]

    assert ids(teaching.student) == [third.id, second.id, first.id]
    assert ids(teaching.tutor) == [second.id, first.id]
    assert ids(other.tutor) == [third.id]
    assert ids(other.student) == []
    assert ids(teaching.student, status=[S.CONFIRMED, S.HELD]) == [first.id]
    assert ids(teaching.student, from_=second.start_time, to=third.start_time) == [second.id]
    assert ids(teaching.student, tutor_profile_id=other.profile_id) == [third.id]
    assert ids(teaching.student, role=Role.STUDENT) == ids(teaching.student)
    assert ids(teaching.student, role=Role.TUTOR) == []
    assert ids(other.student, student_id=teaching.student.id) == []
    assert ids(ADMIN, student_id=teaching.student.id) == [third.id, second.id, first.id]


def test_pages_have_a_true_total(booking: Subject, teaching: Teaching) -> None:
    views = [teaching.book(9 + hour) for hour in range(5)]
    pages = [booking.ask(ListBookings(page=page, page_size=2), teaching.student) for page in (1, 2, 3, 4)]
    assert [page.total for page in pages] == [5] * 4
    assert [view.id for page in pages for view in page.items] == [view.id for view in reversed(views)]


def test_a_list_goes_by_what_holds_now(booking: Subject, teaching: Teaching, clock: TestClock) -> None:
    view = teaching.book()
    clock.set(view.start_time)
    for status, total in ((S.PENDING, 0), (S.EXPIRED, 1)):
        assert booking.ask(ListBookings(status=[status]), teaching.student).total == total


def test_the_history_tells_every_step(booking: Subject, teaching: Teaching) -> None:
    view = teaching.book(hold=False)
    booking.ask(ConfirmBooking(view.id), teaching.tutor)
    booking.ask(RescheduleBooking(view.id, teaching.at(12)), teaching.student)
    booking.ask(CancelBooking(view.id, "Over."), ADMIN)
    page = booking.ask(GetHistory(view.id, page_size=3), teaching.student)
    steps = [(item.by, item.from_status, item.to_status) for item in page.items]
    assert steps == [
        ("student", None, S.PENDING),
        ("tutor", S.PENDING, S.CONFIRMED),
        ("student", S.CONFIRMED, S.CONFIRMED),
    ]
    [last] = booking.ask(GetHistory(view.id, page=2, page_size=3), teaching.tutor).items
    assert (last.by, last.to_status, last.reason, page.total) == ("admin", S.CANCELLED_BY_ADMIN, "Over.", 4)


def test_admins_read_the_ledger(booking: Subject, teaching: Teaching) -> None:
    view = booking.ask(DeclineBooking(teaching.book().id), teaching.tutor)
    page = booking.ask(ListLedger(booking_id=view.id, page_size=3), ADMIN)
    assert (page.total, len(page.items)) == (4, 3)
    assert [(item.kind, item.account) for item in page.items[:2]] == [
        ("refund", f"student:{teaching.student.id}"),
        ("refund", "escrow"),
    ]
    with pytest.raises(Denied):
        booking.ask(ListLedger(), teaching.tutor)


def _told_of(booking: Subject, kind: type[BookingEvent], view: BookingView) -> Any:
    [event] = [event for event in booking.told(kind) if event.booking.id == view.id]
    return event


def _balances(booking: Subject, view: BookingView) -> dict[str, Decimal]:
    """What the booking has left on each account, in major units; accounts that are even are left out."""
    sums = "SELECT account, sum(amount) / 100 AS balance FROM ledger WHERE booking_id = :id GROUP BY account"
    return {row.account: row.balance for row in booking.sql(sums, id=view.id) if row.balance}


def _paid_out(teaching: Teaching) -> dict[str, Decimal]:
    student, tutor = f"student:{teaching.student.id}", f"tutor:{teaching.profile_id}"
    return {student: Decimal("51.75"), tutor: Decimal("-45.00"), "platform": Decimal("-6.75")}
