"""What the database itself keeps apart, tutors' terms, copies of others' facts, and telling all again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from chassis.connections import driver_url
from chassis.context import Actor
from contracts.booking import (
    BookingCompleted,
    BookingConfirmed,
    BookingRequested,
    BookingView,
    CancelBooking,
    CompleteBooking,
    DeclineBooking,
    GetBooking,
    GetPolicy,
    PolicyChanged,
    PolicyTerms,
    RefundTier,
    ReliabilityChanged,
    RemovePolicy,
    ReplacePolicy,
)
from contracts.errors import (
    Denied,
    Invalid,
    NotFound,
    NotOpen,
    Refusal,
    SlotTaken,
    Stale,
    StudentBusy,
    SubjectNotTaught,
)
from contracts.operations import Resync
from services.booking.store import Bookings
from tests.builders import a_course_change, an_account_change
from tests.stack import Stack
from tests.subject import Subject, TestClock
from tests.teaching import ADMIN, Teaching, copying
from tests.waiting import eventually

_POSTED = "booking_id, kind, account, amount, currency"
_LINE = f"INSERT INTO ledger (at, {_POSTED})"
_nobody = count(70_000_000).__next__
TUTOR_OVERLAP, STUDENT_OVERLAP = "ex_blocks_tutor", "ex_bookings_student"


@pytest.fixture
def teaching(booking: Subject) -> Teaching:
    return Teaching(booking)


# --- whatever path they come by ---------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["HELD", "PENDING", "CONFIRMED"])
def test_the_database_refuses_a_second_active_block_of_a_tutor(
    booking: Subject, teaching: Teaching, status: str
) -> None:
    view = teaching.book()
    for minutes in (-59, -30, 0, 30, 59):
        with pytest.raises(IntegrityError, match=TUTOR_OVERLAP):
            _copy(booking, view, minutes, status, student_id=_nobody())
    for minutes in (-60, 60):
        _copy(booking, view, minutes, status, student_id=_nobody())


@pytest.mark.parametrize("status", ["HELD", "PENDING", "CONFIRMED"])
def test_the_database_refuses_a_second_active_booking_of_a_student(
    booking: Subject, teaching: Teaching, status: str
) -> None:
    view = teaching.book()
    with pytest.raises(IntegrityError, match=STUDENT_OVERLAP):
        _copy(booking, view, 30, status, tutor_profile_id=_nobody())
    _copy(booking, view, 60, status, tutor_profile_id=_nobody())


def test_what_has_ended_blocks_nobody(booking: Subject, teaching: Teaching) -> None:
    view = teaching.book()
    _copy(booking, view, 0, "COMPLETED")
    booking.ask(CancelBooking(view.id), teaching.student)
    _copy(booking, view, 0, "CONFIRMED")


def test_buffers_are_part_of_what_the_database_keeps_apart(booking: Subject, teaching: Teaching) -> None:
    teaching.terms(buffer_before_minutes=10, buffer_after_minutes=20)
    view = teaching.book(11)
    with pytest.raises(IntegrityError, match=TUTOR_OVERLAP):
        _copy(booking, view, 89, "PENDING", student_id=_nobody())
    _copy(booking, view, 90, "PENDING", student_id=_nobody())


def test_an_active_booking_can_not_be_moved_or_woken_into_another(
    booking: Subject, teaching: Teaching
) -> None:
    first, second = teaching.book(10), teaching.book(11, by=teaching.another_student())
    earlier = "start_at - interval '30 minutes'"
    with pytest.raises(IntegrityError, match=TUTOR_OVERLAP):
        booking.sql(
            f"UPDATE bookings SET start_at = {earlier}, end_at = start_at + interval '30 minutes',"
            f" blocked_from = {earlier} WHERE id = :id",
            id=second.id,
        )
    booking.ask(DeclineBooking(first.id), teaching.tutor)
    teaching.book(10, by=teaching.another_student())
    with pytest.raises(IntegrityError, match=TUTOR_OVERLAP):
        booking.sql(
            "UPDATE bookings SET status = 'PENDING', expires_at = start_at WHERE id = :id", id=first.id
        )


@pytest.mark.parametrize(
    ("others", "refusal"), [({"student_id": 70}, SlotTaken), ({"tutor_profile_id": 71}, StudentBusy)]
)
def test_a_rival_whom_only_the_database_sees_is_refused_like_any_other(
    booking: Subject, teaching: Teaching, stack: Stack, others: dict[str, int], refusal: type[Refusal]
) -> None:
    view = teaching.book(10)
    rival = copying(booking, view, 120, "CONFIRMED", **others)
    engine = sa.create_engine(driver_url(stack.servers.migration_url("booking")), poolclass=sa.NullPool)
    with ThreadPoolExecutor(1) as pool, engine.connect() as connection:
        connection.execute(sa.text(rival))
        request = pool.submit(teaching.book, 12)
        eventually(lambda: booking.waiting() > 0)
        connection.commit()
        with pytest.raises(refusal) as refused:
            request.result(10)
    assert refused.value.data["alternatives"][0].startswith(teaching.at(11).isoformat()[:16])


def test_a_payment_is_written_while_its_booking_is_being_changed(
    booking: Subject, teaching: Teaching, stack: Stack
) -> None:
    view = teaching.book(10)
    engine = sa.create_engine(driver_url(stack.servers.migration_url("booking")), poolclass=sa.NullPool)
    with engine.connect() as changing, engine.connect() as paying:
        assert Bookings(changing).lock(view.id)
        paying.execute(sa.text("SET lock_timeout = '2s'"))
        for _ in range(2):  # what is written again in one transaction has its references checked
            paying.execute(
                sa.text("UPDATE payments SET attempts = attempts + 1 WHERE booking_id = :id"), {"id": view.id}
            )
        paying.commit()
    assert [
        row.attempts for row in booking.sql("SELECT * FROM payments WHERE booking_id = :id", id=view.id)
    ] > [1]


@pytest.mark.parametrize(
    ("statement", "complaint"),
    [
        ("UPDATE ledger SET amount = amount + 1 WHERE booking_id = :id", "append-only"),
        ("DELETE FROM ledger WHERE booking_id = :id", "append-only"),
        ("DELETE FROM bookings WHERE id = :id", "fk_"),
        (f"{_LINE} VALUES (now(), :id, 'refund', 'student:1', -100, 'EUR')", "does not add up"),
        (f"{_LINE} SELECT now(), {_POSTED} FROM ledger WHERE booking_id = :id", "uq_ledger"),
    ],
)
def test_the_books_can_only_grow_by_balanced_postings_and_none_twice(
    booking: Subject, teaching: Teaching, statement: str, complaint: str
) -> None:
    view = teaching.book()
    with pytest.raises(IntegrityError, match=complaint):
        booking.sql(statement, id=view.id)


# --- terms --------------------------------------------------------------------------------------------------


def test_terms_are_the_courses_else_the_tutors_else_the_defaults(
    booking: Subject, teaching: Teaching
) -> None:
    course_id = _course(booking, teaching)
    for asked in (GetPolicy(), GetPolicy(course_id)):
        view = booking.ask(asked, teaching.tutor)
        assert (view.version, view.booking_window_days) == (0, 14)
    booking.ask(ReplacePolicy(booking_window_days=20), teaching.tutor)
    assert booking.ask(GetPolicy(course_id), teaching.tutor).booking_window_days == 20
    booking.ask(ReplacePolicy(booking_window_days=30, course_id=course_id), teaching.tutor)
    assert booking.ask(GetPolicy(course_id), teaching.tutor).booking_window_days == 30
    assert booking.ask(GetPolicy(), teaching.tutor).booking_window_days == 20
    booking.ask(RemovePolicy(course_id), teaching.tutor)
    assert booking.ask(GetPolicy(course_id), teaching.tutor).booking_window_days == 20
    booking.ask(RemovePolicy(), teaching.tutor)
    assert booking.ask(GetPolicy(), teaching.tutor).booking_window_days == 14


def test_the_versions_of_terms_go_on_over_their_removal(booking: Subject, teaching: Teaching) -> None:
    booking.ask(ReplacePolicy(min_notice_hours=0.5), teaching.tutor)
    booking.ask(RemovePolicy(), teaching.tutor)
    booking.ask(RemovePolicy(), teaching.tutor)
    booking.ask(ReplacePolicy(), teaching.tutor)
    told = booking.told(PolicyChanged, tutor_profile_id=teaching.profile_id)
    assert [event.version for event in told] == [1, 2, 3]
    assert [event.terms and event.terms.min_notice_hours for event in told] == [0.5, None, 24]


def test_a_stale_replacement_is_refused(booking: Subject, teaching: Teaching) -> None:
    assert booking.ask(ReplacePolicy(expected_version=0), teaching.tutor).version == 1
    for expected in (0, 2):
        with pytest.raises(Stale):
            booking.ask(ReplacePolicy(expected_version=expected), teaching.tutor)
    assert booking.ask(ReplacePolicy(expected_version=1), teaching.tutor).version == 2


def test_terms_that_repeat_themselves_are_pointed_at(booking: Subject, teaching: Teaching) -> None:
    with pytest.raises(Invalid) as refused:
        booking.ask(
            ReplacePolicy(durations_minutes=[30, 30], refund_tiers=[RefundTier(1, 1), RefundTier(1, 2)]),
            teaching.tutor,
        )
    pointers = [error["pointer"] for error in refused.value.errors]
    assert pointers == ["/durations_minutes/1", "/refund_tiers/1/hours_before"]


@pytest.mark.parametrize(
    "request_of", [GetPolicy, lambda course: ReplacePolicy(course_id=course), RemovePolicy]
)
def test_only_own_courses_have_terms(booking: Subject, teaching: Teaching, request_of: Any) -> None:
    others = _course(booking, Teaching(booking))
    with pytest.raises(Denied):
        booking.ask(request_of(others), teaching.tutor)
    with pytest.raises(NotFound):
        booking.ask(request_of(999_999_999), teaching.tutor)
    with pytest.raises(Denied):
        booking.ask(request_of(None), teaching.student)


# --- copies and telling again ---------------------------------------------------------------------


def test_of_each_fact_the_newest_is_known_in_whatever_order_it_came(
    booking: Subject, teaching: Teaching
) -> None:
    teaching.learn_tutor(version=7)
    teaching.learn_tutor(version=6, subjects=[])
    teaching.open(12, 13, version=3)
    teaching.open(9, 17, version=2)
    with pytest.raises(NotOpen):
        teaching.book(10)
    view = teaching.book(12)
    for version, name in ((5, "New"), (4, "Old")):
        changed = {"account_id": teaching.student.id, "name": name, "version": version}
        booking.hear(an_account_change(**changed))
    assert booking.ask(GetBooking(view.id), teaching.student).student_name == "New"


def test_what_is_no_longer_taught_is_not_booked(booking: Subject, teaching: Teaching) -> None:
    teaching.learn_tutor(version=2, subjects=[])
    with pytest.raises(SubjectNotTaught):
        teaching.book()
    course_id = _course(booking, teaching)
    teaching.book(subject_id=None, course_id=course_id, duration_minutes=50)
    _course(booking, teaching, active=False, version=2)
    with pytest.raises(SubjectNotTaught):
        teaching.book(12, subject_id=None, course_id=course_id)


def test_a_student_whose_name_is_not_known_yet_can_book(booking: Subject, teaching: Teaching) -> None:
    stranger = Actor(88_000_000 + teaching.profile_id, "student")
    assert teaching.book(by=stranger).student_name == f"Student {stranger.id}"


def test_the_present_state_is_told_again(booking: Subject, teaching: Teaching, clock: TestClock) -> None:
    teaching.terms(max_bookings_per_day=5)
    views = [teaching.book(9), teaching.book_confirmed(10, 2), teaching.book_confirmed(11)]
    clock.set(views[1].end_time + timedelta(minutes=1))
    booking.ask(CompleteBooking(views[1].id), teaching.tutor)
    before = len(booking.sql("SELECT 1 FROM outbox"))
    told = booking.ask(Resync(), ADMIN).told
    assert len(booking.sql("SELECT 1 FROM outbox")) == before + told
    for kind, view in zip((BookingRequested, BookingCompleted, BookingConfirmed), views, strict=True):
        events = [event for event in booking.told(kind) if event.booking.id == view.id]
        assert [event.booking for event in events[-2:]] == [events[-1].booking] * 2
        assert events[-1].from_status is None
    terms = PolicyTerms(max_bookings_per_day=5)
    assert [event.terms for event in booking.told(PolicyChanged, tutor_profile_id=teaching.profile_id)] == [
        terms
    ] * 2
    records = booking.told(ReliabilityChanged, tutor_profile_id=teaching.profile_id)
    assert [(record.reliability, record.version) for record in records] == [(1, 1)] * 2


def _course(booking: Subject, teaching: Teaching, **changes: Any) -> int:
    course_id = teaching.profile_id
    booking.hear(a_course_change(course_id=course_id, tutor_profile_id=teaching.profile_id, **changes))
    return course_id


def _copy(booking: Subject, view: BookingView, minutes: int, status: str, **changes: int) -> None:
    """Insert, past the service, a booking like this one, so many minutes later."""
    booking.sql(copying(booking, view, minutes, status, **changes))
