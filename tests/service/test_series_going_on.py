"""Recurring series go on by themselves, are paused and resumed, and are seen by their two sides."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from chassis.context import Actor
from contracts.booking import (
    BookingStatus,
    CancelSeries,
    GenerateSessions,
    GetHistory,
    GetSeries,
    ListSeries,
    PauseSeries,
    ResumeSeries,
    SeriesChanged,
    SeriesStatus,
)
from contracts.errors import Denied, NotFound, Refusal, WrongStatus
from contracts.operations import Resync
from tests.recurring import AT_ONCE, WEEK, Recurring, outcomes, starts
from tests.subject import Subject, TestClock
from tests.teaching import ADMIN
from tests.waiting import eventually

S = BookingStatus


# --- going on ---------------------------------------------------------------------------------------


def test_it_goes_on_by_itself_as_time_passes(
    booking: Subject, recurring: Recurring, clock: TestClock
) -> None:
    recurring.terms(**AT_ONCE)
    series = recurring.agree(occurrence_count=8)
    clock.advance(days=7)
    eventually(lambda: len(recurring.seen(series).occurrences) == 7, within=10)
    clock.advance(days=21)
    eventually(lambda: len(recurring.seen(series).occurrences) == 8, within=10)
    assert starts(recurring.seen(series)) == [recurring.at(10, 2) + week * WEEK for week in range(8)]
    assert recurring.seen(series).status is SeriesStatus.ACTIVE
    clock.set(recurring.at(11, 2) + 7 * WEEK)
    eventually(lambda: recurring.seen(series).status is SeriesStatus.COMPLETED, within=10)
    assert booking.told(SeriesChanged, id=series.id)[-1].status is SeriesStatus.COMPLETED
    with pytest.raises(WrongStatus):
        booking.ask(CancelSeries(series.id), recurring.student)


@pytest.mark.parametrize(
    "begins", [datetime(2027, 3, 1, 8, tzinfo=UTC), datetime(2027, 10, 4, 8, tzinfo=UTC)]
)
def test_what_is_booked_stays_at_six_in_london_through_a_change_of_clocks(
    booking: Subject, clock: TestClock, begins: datetime
) -> None:
    clock.set(begins)
    recurring = Recurring(booking)
    recurring.open(9, 20, version=2)
    london = ZoneInfo("Europe/London")
    series = recurring.agree(timezone="Europe/London", start_time="18:00")
    local = [view.start_time.astimezone(london) for view in series.upcoming]
    assert len(local) == 6
    assert {(start.isoweekday(), start.time()) for start in local} == {(local[0].isoweekday(), time(18))}
    assert len({start.utcoffset() for start in local}) == 2


def test_an_admin_has_it_made_further_and_twice_makes_nothing_twice(recurring: Recurring) -> None:
    series = recurring.agree()
    first, second = recurring.generate(8, series), recurring.generate(8, series)
    assert len(recurring.seen(series).occurrences) == 8
    assert (first.series, first.booked, first.skipped) == (1, 2, 0)
    assert (second.series, second.booked, second.skipped) == (0, 0, 0)


def test_nothing_is_judged_beyond_what_is_known_of_the_hours(
    booking: Subject, recurring: Recurring, clock: TestClock
) -> None:
    series = recurring.agree()
    recurring.generate(52, series)
    assert len(recurring.seen(series).occurrences) == 17
    assert recurring.seen(series).occurrences[-1].start_at == recurring.at(10, 114)
    assert outcomes(recurring.seen(series).occurrences) == ["booked"] * 14 + ["not_open"] * 3


def test_only_an_admin_and_the_platform_have_it_made(booking: Subject, recurring: Recurring) -> None:
    for actor in (recurring.student, recurring.tutor, Actor(role="system")):
        with pytest.raises(Denied if actor.account_id else Refusal):
            booking.ask(GenerateSessions(6), actor)


# --- pausing ----------------------------------------------------------------------------------------


def test_while_it_is_paused_nothing_is_made_and_what_is_made_stays(
    booking: Subject, recurring: Recurring, clock: TestClock
) -> None:
    recurring.terms(**AT_ONCE)
    series = recurring.agree()
    paused = booking.ask(PauseSeries(series.id), recurring.tutor)
    assert (paused.status, paused.version, len(paused.upcoming)) == (SeriesStatus.PAUSED, 2, 6)
    with pytest.raises(WrongStatus):
        booking.ask(PauseSeries(series.id), recurring.student)
    clock.set(recurring.at(12, 56))
    recurring.generate(6, series)
    assert len(recurring.seen(series).occurrences) == 6
    resumed = booking.ask(ResumeSeries(series.id), recurring.student)
    assert outcomes(resumed.occurrences) == ["booked"] * 6 + ["paused"] * 2 + ["booked"] * 6
    assert (resumed.status, resumed.version) == (SeriesStatus.ACTIVE, 3)
    assert starts(resumed) == [recurring.at(10, 2) + week * WEEK for week in range(14)]
    with pytest.raises(WrongStatus):
        booking.ask(ResumeSeries(series.id), recurring.student)
    last = booking.told(SeriesChanged, id=series.id)[-1]
    assert (last.from_status, last.changed_by) == (SeriesStatus.PAUSED, "student")


# --- looking ----------------------------------------------------------------------------------------


def test_both_sides_see_it_with_the_next_ten_and_nobody_else_does(
    booking: Subject, recurring: Recurring
) -> None:
    days: dict[str, Any] = {"days_of_week": [1, 2, 3, 4, 5, 6, 7]}
    daily, weekly = recurring.agree(hour=9, **days), recurring.agree(hour=12)
    for actor in (recurring.student, recurring.tutor):
        page = booking.ask(ListSeries(), actor)
        assert [view.id for view in page.items] == [weekly.id, daily.id]
        assert [len(view.upcoming) for view in page.items] == [6, 10]
        assert [view.occurrence_index for view in page.items[1].upcoming] == list(range(1, 11))
    stranger = Recurring(booking)
    for actor in (stranger.student, stranger.tutor):
        assert booking.ask(ListSeries(), actor).items == []
        for request in (GetSeries, PauseSeries, ResumeSeries, CancelSeries):
            with pytest.raises(Denied):
                booking.ask(request(daily.id), actor)
    with pytest.raises(NotFound):
        booking.ask(GetSeries(999_999_999), recurring.student)
    booking.ask(PauseSeries(daily.id), ADMIN)
    paused = booking.ask(ListSeries(status=[SeriesStatus.PAUSED]), recurring.student)
    assert [view.id for view in paused.items] == [daily.id]


def test_who_made_it_is_the_student_who_agreed(booking: Subject, recurring: Recurring) -> None:
    series = recurring.agree(occurrence_count=8)
    recurring.generate(12, series)
    last = recurring.seen(series).occurrences[-1].booking_id
    assert last is not None
    [step] = booking.ask(GetHistory(last), recurring.tutor).items
    assert (step.by, step.to_status) == ("student", S.PENDING)


def test_its_present_state_is_told_again(booking: Subject, recurring: Recurring) -> None:
    series = recurring.agree()
    booking.ask(Resync(), ADMIN)
    told = booking.told(SeriesChanged, id=series.id)
    assert told[0] == told[1]
