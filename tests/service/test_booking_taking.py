"""Taking times: prices, terms, refusals with their alternatives, holds, moves, and rivals."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from chassis.context import Actor
from contracts.booking import (
    BookingCancelled,
    BookingConfirmed,
    BookingExpired,
    BookingHeld,
    BookingRequested,
    BookingRescheduled,
    BookingStatus,
    CancelBooking,
    CheckOutBooking,
    ConfirmBooking,
    GetBooking,
    GetHistory,
    RefundTier,
    RescheduleBooking,
)
from contracts.catalog import TutorStatus
from contracts.errors import (
    DayFull,
    Denied,
    DurationNotOffered,
    Invalid,
    NoCredit,
    NotFound,
    NotOpen,
    OffGrid,
    Refusal,
    SlotTaken,
    StartInPast,
    StudentBusy,
    SubjectNotTaught,
    TooFarAhead,
    TooLateToReschedule,
    TooLittleNotice,
    TooManyHolds,
    TutorNotApproved,
    WrongStatus,
)
from tests.builders import a_course_change
from tests.subject import Subject, TestClock
from tests.teaching import Teaching

HOUR = timedelta(hours=1)


@pytest.fixture
def teaching(booking: Subject) -> Teaching:
    return Teaching(booking)


def test_a_request_waits_for_the_tutor_with_price_terms_and_history(
    booking: Subject, teaching: Teaching
) -> None:
    view = teaching.book(notes_student="Calculus.")
    assert view.status is BookingStatus.PENDING
    assert (view.hourly_rate, view.platform_fee, view.total_amount) == (
        Decimal("45.00"),
        Decimal("6.75"),
        Decimal("51.75"),
    )
    assert (view.student_name, view.tutor_name) == (
        f"student {teaching.student.id}",
        f"tutor {teaching.account_id}",
    )
    assert (view.notes_student, view.join_url, view.expires_at) == ("Calculus.", None, view.start_time)
    [item] = booking.ask(GetHistory(view.id), teaching.student).items
    assert (item.by, item.to_status, item.to_start) == ("student", BookingStatus.PENDING, view.start_time)
    [event] = booking.told(BookingRequested)[-1:]
    assert (event.booking.id, event.booking.status, event.from_status) == (
        view.id,
        BookingStatus.PENDING,
        None,
    )


def test_without_approval_it_is_confirmed_at_once_with_a_place_to_meet(
    booking: Subject, teaching: Teaching
) -> None:
    teaching.terms(requires_approval_for_one_on_one=False)
    view = teaching.book()
    assert view.status is BookingStatus.CONFIRMED
    assert view.join_url is not None
    assert view.join_url != teaching.book(12).join_url
    assert booking.told(BookingConfirmed)[-2].booking.join_url == view.join_url


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"hour": 10, "day": -1}, StartInPast),
        ({"duration_minutes": 50}, DurationNotOffered),
        ({"subject_id": 6}, SubjectNotTaught),
        ({"subject_id": None, "course_id": 8_000_000}, SubjectNotTaught),
        ({"notice": 23.9 * HOUR}, TooLittleNotice),
        ({"day": 15}, TooFarAhead),
        ({"hour": 16.5}, NotOpen),
        ({"hour": 8}, NotOpen),
        ({"hour": 10.25}, OffGrid),
        ({"tutor_profile_id": 999_999_999}, NotFound),
        ({"subject_id": None}, Invalid),
        ({"course_id": 3}, Invalid),
        ({"use_package_id": 3}, NoCredit),
    ],
)
def test_what_does_not_fit_is_refused_by_its_name(
    teaching: Teaching, changes: dict[str, Any], refusal: type[Refusal]
) -> None:
    if "notice" in changes:
        changes = {"start_at": teaching.now + changes["notice"]}
    with pytest.raises(refusal) as refused:
        teaching.book(**changes)
    assert type(refused.value) is refusal


def test_a_tutor_who_is_not_approved_is_not_booked(teaching: Teaching) -> None:
    teaching.learn_tutor(status=TutorStatus.SUSPENDED, version=2)
    with pytest.raises(TutorNotApproved):
        teaching.book()


def test_a_refusal_tells_every_reason_and_is_named_by_the_first(teaching: Teaching) -> None:
    teaching.book(10)
    with pytest.raises(DurationNotOffered) as refused:
        teaching.book(10.25, duration_minutes=50, subject_id=6)
    codes = [error["code"] for error in refused.value.errors]
    assert codes == ["duration_not_offered", "subject_not_taught", "off_grid", "slot_taken", "student_busy"]


def test_a_taken_slot_offers_the_nearest_free_starts(booking: Subject, teaching: Teaching) -> None:
    teaching.book(10)
    with pytest.raises(SlotTaken) as refused:
        teaching.book(10, by=teaching.another_student())
    nearest = [teaching.at(hour).isoformat().replace("+00:00", "Z") for hour in (9, 11, 11.5, 12, 12.5)]
    assert refused.value.data["alternatives"] == nearest
    for number, start in enumerate(nearest[:2]):
        hour = (9, 11)[number]
        assert teaching.book(hour).start_time.isoformat().startswith(start[:16])


def test_far_away_alternatives_are_found_as_well(teaching: Teaching) -> None:
    teaching.terms(max_bookings_per_day=1, booking_window_days=40, min_notice_hours=0)
    for day in range(1, 13):
        teaching.book(9, day)
    with pytest.raises(DayFull) as refused:
        teaching.book(12, 7)
    assert [start[:10] for start in refused.value.data["alternatives"]] == [
        str(teaching.at(0, 13).date())
    ] * 5


def test_buffers_of_both_sides_keep_their_distance(teaching: Teaching) -> None:
    teaching.terms(buffer_before_minutes=15, buffer_after_minutes=30)
    teaching.book(11)
    for hour in (9.5, 10, 12.5):
        with pytest.raises(SlotTaken):
            teaching.book(hour, by=teaching.another_student())
    teaching.book(13, by=teaching.another_student())
    teaching.book(9, by=teaching.another_student())


def test_a_student_is_in_one_place_at_a_time(booking: Subject, teaching: Teaching) -> None:
    other = Teaching(booking)
    teaching.book(10)
    with pytest.raises(StudentBusy) as refused:
        other.book(10.5, by=teaching.student)
    assert refused.value.data["alternatives"][0].startswith(teaching.at(11).isoformat()[:16])
    other.book(11, by=teaching.student)


def test_a_course_has_its_own_duration_price_and_terms(booking: Subject, teaching: Teaching) -> None:
    course_id = teaching.profile_id
    ids = {"course_id": course_id, "tutor_profile_id": teaching.profile_id}
    booking.hear(a_course_change(**ids, price=Decimal("30.00"), duration_minutes=50))
    teaching.terms(course_id=course_id, requires_approval_for_one_on_one=False, slot_step_minutes=10)
    view = teaching.book(9 + 1 / 6, subject_id=None, course_id=course_id, duration_minutes=50)
    assert (view.status, view.course_id, view.subject_id) == (BookingStatus.CONFIRMED, course_id, 5)
    assert (view.total_amount, view.hourly_rate) == (Decimal("34.50"), Decimal("36.00"))


def test_a_booking_keeps_the_terms_it_was_made_under(booking: Subject, teaching: Teaching) -> None:
    view = teaching.book_confirmed(day=6)
    teaching.terms(refund_tiers=[], reschedule_notice_hours=2000, durations_minutes=[30])
    moved = booking.ask(RescheduleBooking(view.id, teaching.at(12, 6)), teaching.student)
    assert moved.policy.refund_tiers == [RefundTier(12, 100)]
    booking.ask(CancelBooking(view.id), teaching.student)
    assert booking.told(BookingCancelled)[-1].refund_amount == Decimal("51.75")


# --- holds --------------------------------------------------------------------------------------------


def test_a_hold_blocks_the_time_until_it_is_checked_out(booking: Subject, teaching: Teaching) -> None:
    held = teaching.book(hold=True)
    assert (held.status, booking.told(BookingHeld)[-1].booking.id) == (BookingStatus.HELD, held.id)
    assert booking.sql("SELECT 1 FROM ledger WHERE booking_id = :id", id=held.id) == []
    with pytest.raises(SlotTaken):
        teaching.book(by=teaching.another_student())
    taken = booking.ask(CheckOutBooking(held.id), teaching.student)
    assert (taken.id, taken.status, taken.version) == (held.id, BookingStatus.PENDING, 2)
    with pytest.raises(WrongStatus):
        booking.ask(CheckOutBooking(held.id), teaching.student)


def test_a_hold_dies_after_ten_minutes_and_its_time_is_free_at_once(
    booking: Subject, teaching: Teaching, clock: TestClock
) -> None:
    held = teaching.book(hold=True)
    clock.advance(minutes=10, seconds=1)
    with pytest.raises(WrongStatus):
        booking.ask(CheckOutBooking(held.id), teaching.student)
    assert booking.ask(GetBooking(held.id), teaching.student).status is BookingStatus.EXPIRED
    assert teaching.book(by=teaching.another_student()).start_time == held.start_time
    [expired] = [event for event in booking.told(BookingExpired) if event.booking.id == held.id]
    assert expired.from_status is BookingStatus.HELD


def test_a_student_holds_three_times_at_most(teaching: Teaching) -> None:
    for hour in (9, 10, 11):
        teaching.book(hour, hold=True)
    with pytest.raises(TooManyHolds):
        teaching.book(12, hold=True)
    teaching.book(12)


# --- moving ---------------------------------------------------------------------------------------------


def test_a_move_keeps_everything_but_the_time_even_into_its_own(booking: Subject, teaching: Teaching) -> None:
    view = teaching.book_confirmed(10)
    moved = booking.ask(RescheduleBooking(view.id, teaching.at(10.5)), teaching.student)
    assert (moved.id, moved.status, moved.total_amount) == (
        view.id,
        BookingStatus.CONFIRMED,
        view.total_amount,
    )
    assert (moved.start_time, moved.join_url) == (teaching.at(10.5), view.join_url)
    assert booking.told(BookingRescheduled)[-1].previous_start_at == view.start_time
    item = booking.ask(GetHistory(view.id), teaching.student).items[-1]
    assert (item.from_start, item.to_start) == (view.start_time, moved.start_time)
    teaching.book(9.5, duration_minutes=60, by=teaching.another_student())


def test_moved_to_where_it_lies_it_stays(booking: Subject, teaching: Teaching) -> None:
    view = teaching.book()
    again = booking.ask(RescheduleBooking(view.id, view.start_time), teaching.student)
    assert (again.version, len(booking.ask(GetHistory(view.id), teaching.student).items)) == (1, 1)


def test_a_move_reaches_thirty_days_but_obeys_all_else(booking: Subject, teaching: Teaching) -> None:
    view = teaching.book()
    teaching.book(15, by=teaching.another_student())
    for start, refusal in (
        (teaching.at(10, 31), TooFarAhead),
        (teaching.at(20), NotOpen),
        (teaching.at(10.25), OffGrid),
        (teaching.at(15), SlotTaken),
        (teaching.at(10, -1), StartInPast),
    ):
        with pytest.raises(refusal):
            booking.ask(RescheduleBooking(view.id, start), teaching.student)
    assert booking.ask(RescheduleBooking(view.id, teaching.at(10, 30)), teaching.student).version == 2


def test_nothing_moves_shortly_before_its_start_or_to_a_suspended_tutor(
    booking: Subject, teaching: Teaching, clock: TestClock
) -> None:
    view = teaching.book_confirmed()
    teaching.learn_tutor(status=TutorStatus.SUSPENDED, version=2)
    with pytest.raises(TutorNotApproved):
        booking.ask(RescheduleBooking(view.id, teaching.at(12, 4)), teaching.student)
    clock.set(view.start_time - 11 * HOUR)
    with pytest.raises(TooLateToReschedule):
        booking.ask(RescheduleBooking(view.id, teaching.at(12, 4)), teaching.student)


def test_only_the_student_whose_it_is_moves_it(booking: Subject, teaching: Teaching) -> None:
    view = teaching.book()
    with pytest.raises(Denied):
        booking.ask(RescheduleBooking(view.id, teaching.at(12)), teaching.another_student())
    with pytest.raises(NotFound):
        booking.ask(RescheduleBooking(999_999_999, teaching.at(12)), teaching.student)


# --- rivals -----------------------------------------------------------------------------------------------


def test_of_thirty_rivals_one_gets_the_slot_and_the_others_an_alternative(
    booking: Subject, teaching: Teaching
) -> None:
    students = [teaching.another_student() for _ in range(30)]
    for hour in (9, 11, 13):
        outcomes, slowest = _race(teaching, students, hour)
        assert outcomes == {"booked": 1, "slot_taken": 29}
        assert slowest < 2


def test_a_student_who_asks_two_tutors_at_once_gets_one(booking: Subject, teaching: Teaching) -> None:
    rivals = [teaching, Teaching(booking)]
    for hour in (9, 11, 13, 15):
        with ThreadPoolExecutor(2) as pool:
            outcomes = list(pool.map(_outcome, rivals, [hour] * 2, [teaching.student] * 2))
        assert Counter(outcomes) == {"booked": 1, "student_busy": 1}


def test_two_moves_to_one_time_leave_one_where_it_was(booking: Subject, teaching: Teaching) -> None:
    students = [teaching.another_student() for _ in range(2)]
    views = [teaching.book(hour, by=student) for hour, student in zip((9, 15), students, strict=True)]

    def move(number: int) -> str:
        try:
            booking.ask(RescheduleBooking(views[number].id, teaching.at(12)), students[number])
        except SlotTaken:
            return "taken"
        return "moved"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(move, range(2))) == ["moved", "taken"]


def test_a_confirmation_and_a_cancellation_at_once_leave_one_truth(
    booking: Subject, teaching: Teaching
) -> None:
    for hour in (9, 11, 13):
        view = teaching.book(hour)
        acts = [(ConfirmBooking(view.id), teaching.tutor), (CancelBooking(view.id), teaching.student)]
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda act: _try(booking, *act), acts))
        history = booking.ask(GetHistory(view.id), teaching.student).items
        assert [item.from_status for item in history[1:]] == [item.to_status for item in history[:-1]]
        assert history[-1].to_status is BookingStatus.CANCELLED_BY_STUDENT


def _race(teaching: Teaching, students: list[Actor], hour: float) -> tuple[Counter[str], float]:
    def run(student: Actor) -> tuple[str, float]:
        began = time.monotonic()
        return _outcome(teaching, hour, student), time.monotonic() - began

    with ThreadPoolExecutor(len(students)) as pool:
        results = list(pool.map(run, students))
    return Counter(outcome for outcome, _ in results), max(took for _, took in results)


def _outcome(teaching: Teaching, hour: float, student: Actor) -> str:
    try:
        teaching.book(hour, by=student)
    except Refusal as refusal:
        return refusal.code if refusal.data.get("alternatives") else f"{refusal.code} without alternatives"
    return "booked"


def _try(booking: Subject, request: Any, by: Actor) -> None:
    with suppress(WrongStatus):
        booking.ask(request, by)
