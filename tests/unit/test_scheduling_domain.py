"""What a tutor may say of a schedule."""

from __future__ import annotations

import pytest

from contracts.errors import Invalid, Stale
from contracts.scheduling import DayWindow, ReplaceAvailability, WeeklyWindow
from services.scheduling.domain import (
    MOST_COMING,
    MOST_WINDOWS,
    Schedule,
    check_order,
    check_room,
    check_windows,
)


def test_a_replaced_schedule_has_the_next_version() -> None:
    weekly = [WeeklyWindow(1, "09:00", "12:00")]
    replaced = Schedule(10).replaced(ReplaceAvailability("Europe/London", weekly, expected_version=0))
    assert replaced == Schedule(10, "Europe/London", (WeeklyWindow(1, "09:00", "12:00"),), version=1)


def test_a_schedule_is_not_replaced_by_who_has_read_an_older_one() -> None:
    with pytest.raises(Stale):
        Schedule(10, version=2).replaced(ReplaceAvailability("UTC", [], expected_version=1))


def test_windows_may_overlap_and_touch_and_last_to_midnight() -> None:
    check_windows(
        [DayWindow("09:00", "12:00"), DayWindow("11:00", "13:00"), DayWindow("13:00", "24:00")], "/x"
    )


def test_every_window_that_ends_before_it_starts_is_pointed_out() -> None:
    windows = [DayWindow("09:00", "09:00"), DayWindow("09:00", "10:00"), DayWindow("22:00", "02:00")]
    with pytest.raises(Invalid) as refusal:
        check_windows(windows, "/intervals")
    assert [error["pointer"] for error in refusal.value.errors] == ["/intervals/0", "/intervals/2"]


def test_there_are_only_so_many_windows() -> None:
    windows = [DayWindow("09:00", "10:00")] * MOST_WINDOWS
    check_windows(windows, "/intervals")
    with pytest.raises(Invalid):
        check_windows([*windows, windows[0]], "/intervals")


def test_there_is_room_for_only_so_many_exceptions_to_come() -> None:
    check_room(MOST_COMING - 1)
    with pytest.raises(Invalid):
        check_room(MOST_COMING)


def test_what_ends_before_it_starts_is_pointed_out() -> None:
    check_order(True, "/end")
    with pytest.raises(Invalid) as refusal:
        check_order(False, "/end")
    assert refusal.value.errors[0]["pointer"] == "/end"
