"""Every step of a booking by everybody, allowed and refused, and each edge of time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from contracts.booking import ACTIVE, BookingStatus, PolicyTerms
from contracts.errors import (
    AlreadyStarted,
    NotYetOver,
    Refusal,
    TooEarlyForNoShow,
    TooLateForNoShow,
    TooLateToReschedule,
    WrongStatus,
)
from services.booking.domain import SYSTEM, Booking, Mark, Person, Side, Step, hold, take
from tests.builders import a_booking, a_lesson

START = datetime(2025, 10, 25, 14, tzinfo=UTC)
END = START + timedelta(hours=1)
MADE = datetime(2025, 10, 21, 10, tzinfo=UTC)
INSTANT = timedelta.resolution
HOUR = timedelta(hours=1)

STUDENT, TUTOR, ADMIN = Person(Side.STUDENT, 42), Person(Side.TUTOR, 50), Person(Side.ADMIN, 1)
URL = "https://meet.example/xyz"
AT_ONCE = PolicyTerms(requires_approval_for_one_on_one=False)

Act = Callable[[Booking, Person, datetime], Step]

ACTS: dict[str, Act] = {
    "check out": lambda booking, by, now: booking.check_out(by, now, URL),
    "confirm": lambda booking, by, now: booking.confirm(by, now, URL, None),
    "decline": lambda booking, by, now: booking.decline(by, now, None),
    "cancel": lambda booking, by, now: booking.cancel(by, now, None),
    "move": lambda booking, by, now: booking.move(by, now, START + HOUR, "Europe/London"),
    "complete": lambda booking, by, now: booking.complete(by, now),
    "no-show": lambda booking, by, now: booking.mark_no_show(by, now, None),
}
S = BookingStatus

# Who does what to a booking in which status, and what becomes of it. Whatever is not here is refused.
ALLOWED = {
    ("check out", Side.STUDENT, S.HELD): S.PENDING,
    ("confirm", Side.TUTOR, S.PENDING): S.CONFIRMED,
    ("decline", Side.TUTOR, S.PENDING): S.DECLINED,
    ("cancel", Side.STUDENT, S.HELD): S.CANCELLED_BY_STUDENT,
    ("cancel", Side.STUDENT, S.PENDING): S.CANCELLED_BY_STUDENT,
    ("cancel", Side.STUDENT, S.CONFIRMED): S.CANCELLED_BY_STUDENT,
    ("cancel", Side.TUTOR, S.HELD): S.CANCELLED_BY_TUTOR,
    ("cancel", Side.TUTOR, S.PENDING): S.CANCELLED_BY_TUTOR,
    ("cancel", Side.TUTOR, S.CONFIRMED): S.CANCELLED_BY_TUTOR,
    ("cancel", Side.ADMIN, S.HELD): S.CANCELLED_BY_ADMIN,
    ("cancel", Side.ADMIN, S.PENDING): S.CANCELLED_BY_ADMIN,
    ("cancel", Side.ADMIN, S.CONFIRMED): S.CANCELLED_BY_ADMIN,
    ("move", Side.STUDENT, S.PENDING): S.PENDING,
    ("move", Side.STUDENT, S.CONFIRMED): S.CONFIRMED,
    ("complete", Side.TUTOR, S.CONFIRMED): S.COMPLETED,
    ("no-show", Side.TUTOR, S.CONFIRMED): S.NO_SHOW_STUDENT,
    ("no-show", Side.STUDENT, S.CONFIRMED): S.NO_SHOW_TUTOR,
}
# When each can be done, where the status allows it.
GOOD_TIMES = {"complete": END, "no-show": START + HOUR}


@pytest.mark.parametrize("status", BookingStatus)
@pytest.mark.parametrize("by", [STUDENT, TUTOR, ADMIN], ids=lambda by: by.side)
@pytest.mark.parametrize("act", ACTS)
def test_only_the_steps_of_the_table_are_taken(act: str, by: Person, status: BookingStatus) -> None:
    expected = ALLOWED.get((act, by.side, status))
    booking, now = a_booking(status), GOOD_TIMES.get(act, MADE)
    if expected is None:
        with pytest.raises(WrongStatus):
            ACTS[act](booking, by, now)
    else:
        assert ACTS[act](booking, by, now).booking.status is expected


@pytest.mark.parametrize("status", BookingStatus)
def test_the_platform_calls_off_what_is_active_and_gives_everything_back(status: BookingStatus) -> None:
    booking = a_booking(status)
    if status not in ACTIVE:
        with pytest.raises(WrongStatus):
            booking.cancel(SYSTEM, START, "It was not paid.")
    else:
        step = booking.cancel(SYSTEM, START, "It was not paid.")
        assert step.booking.status is S.CANCELLED_BY_ADMIN
        assert step.refund is not None
        assert step.refund.percent == 100


@pytest.mark.parametrize("status", BookingStatus)
def test_time_itself_expires_and_completes_and_nothing_else(status: BookingStatus) -> None:
    long_after = START + timedelta(weeks=5)
    booking = a_booking(status)
    assert _outcome(lambda: booking.expire(long_after)) == (
        S.EXPIRED if status in (S.HELD, S.PENDING) else WrongStatus
    )
    assert _outcome(lambda: booking.complete(SYSTEM, long_after)) == (
        S.COMPLETED if status is S.CONFIRMED else WrongStatus
    )


@pytest.mark.parametrize("act", ACTS)
def test_what_has_run_out_takes_no_step_even_before_a_timer_has_noticed(act: str) -> None:
    for status, over in ((S.HELD, MADE + timedelta(minutes=10)), (S.PENDING, START)):
        booking = a_booking(status)
        for by in (STUDENT, TUTOR):
            with pytest.raises(WrongStatus):
                ACTS[act](booking, by, over)
        assert booking.status_at(over - INSTANT) is status
        assert booking.status_at(over) is S.EXPIRED


@pytest.mark.parametrize(
    ("act", "by", "now", "outcome"),
    [
        ("cancel", STUDENT, START - INSTANT, S.CANCELLED_BY_STUDENT),
        ("cancel", STUDENT, START, AlreadyStarted),
        ("cancel", STUDENT, END + HOUR, AlreadyStarted),
        ("cancel", TUTOR, END + HOUR, S.CANCELLED_BY_TUTOR),
        ("cancel", ADMIN, END + HOUR, S.CANCELLED_BY_ADMIN),
        ("move", STUDENT, START - 12 * HOUR, S.CONFIRMED),
        ("move", STUDENT, START - 12 * HOUR + INSTANT, TooLateToReschedule),
        ("move", STUDENT, END, TooLateToReschedule),
        ("complete", TUTOR, END - INSTANT, NotYetOver),
        ("complete", TUTOR, END, S.COMPLETED),
        ("complete", TUTOR, START + 30 * HOUR, S.COMPLETED),
        ("complete", SYSTEM, START + 24 * HOUR, NotYetOver),
        ("complete", SYSTEM, START + 24 * HOUR + INSTANT, S.COMPLETED),
        ("no-show", TUTOR, START + timedelta(minutes=10) - INSTANT, TooEarlyForNoShow),
        ("no-show", TUTOR, START + timedelta(minutes=10), S.NO_SHOW_STUDENT),
        ("no-show", TUTOR, START + 24 * HOUR, S.NO_SHOW_STUDENT),
        ("no-show", TUTOR, START + 24 * HOUR + INSTANT, TooLateForNoShow),
        ("no-show", STUDENT, START + timedelta(minutes=10) - INSTANT, TooEarlyForNoShow),
        ("no-show", STUDENT, START + timedelta(minutes=10), S.NO_SHOW_TUTOR),
        ("no-show", STUDENT, START + 24 * HOUR, S.NO_SHOW_TUTOR),
        ("no-show", STUDENT, START + 24 * HOUR + INSTANT, TooLateForNoShow),
    ],
)
def test_each_step_has_its_time(
    act: str, by: Person, now: datetime, outcome: BookingStatus | type[Refusal]
) -> None:
    assert _outcome(lambda: ACTS[act](a_booking(), by, now)) == outcome


def test_no_lesson_counts_as_held_before_its_end_however_long_it_is() -> None:
    two_days = a_booking(duration_minutes=2880)
    assert _outcome(lambda: two_days.complete(SYSTEM, START + 48 * HOUR)) is NotYetOver
    assert _outcome(lambda: two_days.complete(SYSTEM, START + 48 * HOUR + INSTANT)) is S.COMPLETED


def test_a_new_booking_waits_for_the_tutor_until_its_start() -> None:
    booking = take(7, a_lesson(), STUDENT, MADE, URL).booking
    assert (booking.status, booking.expires_at, booking.join_url) == (S.PENDING, START, None)
    assert booking.decision is None


def test_where_the_terms_ask_no_approval_it_is_confirmed_at_once_by_nobody() -> None:
    booking = take(7, a_lesson(terms=AT_ONCE), STUDENT, MADE, URL).booking
    assert (booking.status, booking.expires_at, booking.join_url) == (S.CONFIRMED, None, URL)
    assert booking.decision == Mark(None, MADE)


def test_a_hold_lasts_ten_minutes_but_never_past_the_start() -> None:
    assert hold(7, a_lesson(), STUDENT, MADE).booking.expires_at == MADE + timedelta(minutes=10)
    late = START - timedelta(minutes=4)
    assert hold(7, a_lesson(), STUDENT, late).booking.expires_at == START


def test_a_checkout_makes_of_a_hold_what_a_booking_would_have_been() -> None:
    for terms in (PolicyTerms(), AT_ONCE):
        held = hold(7, a_lesson(terms=terms), STUDENT, MADE).booking
        taken = take(7, a_lesson(terms=terms), STUDENT, MADE, URL).booking
        assert held.check_out(STUDENT, MADE, URL).booking == replace(taken, version=2)


@pytest.mark.parametrize("by", [TUTOR, ADMIN, SYSTEM])
def test_only_students_take_times(by: Person) -> None:
    with pytest.raises(WrongStatus):
        take(7, a_lesson(), by, MADE, URL)
    with pytest.raises(WrongStatus):
        hold(7, a_lesson(), by, MADE)


def test_a_confirmation_leaves_its_mark_and_the_notes() -> None:
    booking = a_booking(S.PENDING).confirm(TUTOR, MADE + HOUR, URL, "Bring paper.").booking
    assert (booking.decision, booking.notes_tutor) == (Mark(50, MADE + HOUR), "Bring paper.")
    assert (booking.join_url, booking.expires_at) == (URL, None)


def test_a_refusal_leaves_its_reason_and_gives_everything_back() -> None:
    step = a_booking(S.PENDING).decline(TUTOR, MADE, "Away.")
    assert step.booking.decision == Mark(50, MADE, "Away.")
    assert step.booking.refunded == 5175


def test_a_move_keeps_all_but_the_time() -> None:
    before = a_booking(S.PENDING)
    after = before.move(STUDENT, MADE, START + 3 * HOUR, "Europe/Paris").booking
    lesson = replace(before.lesson, start_at=START + 3 * HOUR, tutor_timezone="Europe/Paris")
    assert after == replace(before, lesson=lesson, expires_at=START + 3 * HOUR, version=2)


def test_a_missed_lesson_keeps_what_the_tutor_wrote_unless_there_is_more_to_say() -> None:
    booking = a_booking(notes_tutor="Bring paper.")
    assert booking.mark_no_show(TUTOR, END, None).booking.notes_tutor == "Bring paper."
    assert booking.mark_no_show(TUTOR, END, "Nobody there.").booking.notes_tutor == "Nobody there."
    assert booking.mark_no_show(STUDENT, END, "Nobody there.").booking.notes_tutor == "Bring paper."


@pytest.mark.parametrize(
    ("by", "now", "refunded"),
    [
        (STUDENT, START - 12 * HOUR, 5175),
        (STUDENT, START - 12 * HOUR + INSTANT, 0),
        (TUTOR, START - INSTANT, 5175),
        (TUTOR, END, 5175),
        (ADMIN, END, 5175),
    ],
)
def test_what_comes_back_depends_on_who_cancels_and_when(by: Person, now: datetime, refunded: int) -> None:
    assert a_booking().cancel(by, now, None).booking.refunded == refunded


def test_of_a_hold_nothing_comes_back_since_nothing_was_paid() -> None:
    step = a_booking(S.HELD).cancel(STUDENT, MADE, None)
    assert step.refund is not None
    assert (step.refund.percent, step.refund.amount) == (100, 0)
    assert a_booking(S.HELD).expire(START).booking.refunded == 0


@pytest.mark.parametrize("act", ACTS)
def test_each_step_makes_the_next_version_and_leaves_the_booking_it_was_made_from(act: str) -> None:
    for name, side, status in ALLOWED:
        if name == act:
            before, now = a_booking(status, version=6), GOOD_TIMES.get(act, MADE)
            by = {Side.STUDENT: STUDENT, Side.TUTOR: TUTOR, Side.ADMIN: ADMIN}[side]
            step = ACTS[act](before, by, now)
            assert (step.before, step.booking.version, step.booking.updated_at) == (before, 7, now)


@pytest.mark.parametrize("status", BookingStatus)
def test_only_what_is_held_or_asked_for_can_run_out(status: BookingStatus) -> None:
    for act, side, before in ALLOWED:
        by = {Side.STUDENT: STUDENT, Side.TUTOR: TUTOR, Side.ADMIN: ADMIN}[side]
        if before is status:
            after = ACTS[act](a_booking(status), by, GOOD_TIMES.get(act, MADE)).booking
            assert (after.expires_at is not None) == (after.status in (S.HELD, S.PENDING))
            assert after.is_active == (after.status in ACTIVE)


def test_it_is_in_progress_from_the_start_until_just_before_the_end() -> None:
    booking = a_booking()
    times = [START - INSTANT, START, END - INSTANT, END]
    assert [booking.in_progress(now) for now in times] == [False, True, True, False]
    assert not a_booking(S.COMPLETED).in_progress(START)


def _outcome(act: Callable[[], Step]) -> BookingStatus | type[Refusal]:
    try:
        return act().booking.status
    except Refusal as refusal:
        return type(refusal)
