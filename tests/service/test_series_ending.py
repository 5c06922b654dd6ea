"""Recurring series end, wholly or from a lesson on; one lesson that is cancelled or moved ends nothing."""

from __future__ import annotations

from decimal import Decimal

import pytest

from contracts.booking import (
    BookingCancelled,
    BookingStatus,
    CancelBooking,
    CancelSeries,
    GetBooking,
    RescheduleBooking,
    SeriesStatus,
)
from contracts.errors import Invalid
from tests.recurring import AT_ONCE, WEEK, Recurring, starts
from tests.subject import Subject, TestClock

S = BookingStatus


def test_the_end_of_a_series_cancels_what_is_to_come_and_leaves_what_was(
    booking: Subject, recurring: Recurring, clock: TestClock
) -> None:
    recurring.terms(**AT_ONCE)
    series = recurring.agree(occurrence_count=6)
    clock.set(recurring.at(10.5, 9))
    ended = booking.ask(CancelSeries(series.id, reason="Moving away."), recurring.student)
    assert (ended.status, ended.upcoming) == (SeriesStatus.CANCELLED, [])
    views = [booking.ask(GetBooking(view.id), recurring.student) for view in series.upcoming]
    assert [view.status for view in views[2:]] == [S.CANCELLED_BY_STUDENT] * 4
    assert {view.status for view in views[:2]} <= {S.CONFIRMED, S.COMPLETED}
    assert views[2].cancel_reason == "Moving away."
    cancelled = [event for event in booking.told(BookingCancelled) if event.booking.series_id == series.id]
    assert [event.refund_amount for event in cancelled] == [Decimal("51.75")] * 4
    recurring.generate(12, series)
    assert len(recurring.seen(series).occurrences) == 6


def test_each_lesson_is_refunded_by_its_own_terms(
    booking: Subject, recurring: Recurring, clock: TestClock
) -> None:
    recurring.terms(**AT_ONCE)
    series = recurring.agree(occurrence_count=3)
    clock.set(recurring.at(0, 2))
    booking.ask(CancelSeries(series.id), recurring.student)
    cancelled = [event for event in booking.told(BookingCancelled) if event.booking.series_id == series.id]
    assert [event.refund_amount for event in cancelled] == [0, Decimal("51.75"), Decimal("51.75")]


def test_what_has_begun_goes_only_where_that_is_meant_and_may_be(
    booking: Subject, recurring: Recurring, clock: TestClock
) -> None:
    recurring.terms(**AT_ONCE)
    series, others = recurring.agree(hour=10), recurring.agree(hour=14, by=recurring.another_student())
    clock.set(recurring.at(14.5, 2))
    booking.ask(CancelSeries(series.id, future_only=False), recurring.student)
    booking.ask(CancelSeries(others.id, future_only=False), recurring.tutor)
    first, other = series.upcoming[0].id, others.upcoming[0].id
    assert booking.ask(GetBooking(first), recurring.student).status is S.CONFIRMED
    assert booking.ask(GetBooking(other), recurring.tutor).status is S.CANCELLED_BY_TUTOR


def test_this_and_following_leaves_what_comes_before(booking: Subject, recurring: Recurring) -> None:
    series = recurring.agree()
    cut = booking.ask(CancelSeries(series.id, from_occurrence=4), recurring.student)
    assert (cut.status, [view.occurrence_index for view in cut.upcoming]) == (
        SeriesStatus.CANCELLED,
        [1, 2, 3],
    )
    rest = booking.ask(CancelSeries(series.id), recurring.student)
    assert rest.upcoming == []


def test_cut_off_beyond_what_was_made_it_goes_on_until_there(booking: Subject, recurring: Recurring) -> None:
    series = recurring.agree()
    cut = booking.ask(CancelSeries(series.id, from_occurrence=9), recurring.tutor)
    assert (cut.status, cut.occurrence_count, len(cut.upcoming)) == (SeriesStatus.ACTIVE, 8, 6)
    recurring.generate(16, series)
    assert len(recurring.seen(series).occurrences) == 8
    with pytest.raises(Invalid):
        booking.ask(CancelSeries(series.id, from_occurrence=9), recurring.tutor)


def test_one_lesson_that_is_cancelled_is_not_made_again(booking: Subject, recurring: Recurring) -> None:
    series = recurring.agree()
    booking.ask(CancelBooking(series.upcoming[2].id), recurring.student)
    recurring.generate(8, series)
    seen = recurring.seen(series)
    assert [view.occurrence_index for view in seen.upcoming] == [1, 2, 4, 5, 6, 7, 8]
    assert seen.occurrences[2].booking_id == series.upcoming[2].id


def test_one_lesson_that_is_moved_moves_no_other(booking: Subject, recurring: Recurring) -> None:
    series = recurring.agree()
    booking.ask(RescheduleBooking(series.upcoming[1].id, recurring.at(14, 10)), recurring.student)
    recurring.generate(8, series)
    seen = recurring.seen(series)
    expected = [recurring.at(10, 2) + week * WEEK for week in range(8)]
    assert starts(seen) == expected
    expected[1] = recurring.at(14, 10)
    assert [view.start_time for view in seen.upcoming] == expected
    moved = booking.ask(GetBooking(series.upcoming[1].id), recurring.student)
    assert (moved.series_id, moved.occurrence_index) == (series.id, 2)
