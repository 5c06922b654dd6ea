"""The clock's file is moved by one traveller at a time, and is afterwards as it was, whatever happened."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chassis.clock import Clock
from deploy.journey import ClockInUse, journey, put_back

SOME_DAY = datetime(2031, 5, 6, 7, tzinfo=UTC)


@pytest.fixture
def clock(tmp_path: Path) -> Path:
    """A clock that somebody has set before."""
    file = tmp_path / "clock"
    file.write_text("3600.25\n")
    return file


def test_every_clock_tells_the_time_of_the_journey(clock: Path) -> None:
    with journey(clock, notice=0) as trip:
        trip.go_to(SOME_DAY)
        for now in (trip.now(), Clock(clock).now()):
            assert abs(now - SOME_DAY) < timedelta(seconds=5)


def test_a_journey_begins_at_the_time_that_the_clock_tells(clock: Path) -> None:
    with journey(clock, notice=0) as trip:
        assert abs(trip.now() - Clock(clock).now()) < timedelta(seconds=1)


def test_afterwards_the_clock_is_as_it_was_to_the_letter(clock: Path) -> None:
    with journey(clock, notice=0) as trip:
        trip.go_to(SOME_DAY)
    assert clock.read_text() == "3600.25\n"


def test_a_journey_that_fails_ends_at_home(clock: Path) -> None:
    with pytest.raises(OverflowError), journey(clock, notice=0) as trip:
        trip.go_to(SOME_DAY + timedelta.max)
    assert clock.read_text() == "3600.25\n"


def test_what_a_killed_journey_left_is_put_right_by_the_next(clock: Path) -> None:
    killed(clock)
    with journey(clock, notice=0):
        pass
    assert clock.read_text() == "3600.25\n"


def test_what_a_killed_journey_left_can_be_put_right_without_another(clock: Path) -> None:
    killed(clock)
    put_back(clock)
    put_back(clock)
    assert clock.read_text() == "3600.25\n"


def test_a_clock_that_was_never_set_stands_at_zero(tmp_path: Path) -> None:
    with journey(tmp_path / "clock", notice=0) as trip:
        trip.go_to(SOME_DAY)
    assert (tmp_path / "clock").read_text() == "0"


def test_two_can_not_move_one_clock(clock: Path) -> None:
    with journey(clock, notice=0), pytest.raises(ClockInUse), journey(clock, notice=0):
        pass


def killed(clock: Path) -> None:
    """Leave the files as a process leaves them that is killed on its journey."""
    travelling = journey(clock, notice=0)
    travelling.__enter__().go_to(SOME_DAY)
    left = {file: file.read_text() for file in clock.parent.iterdir()}
    travelling.__exit__(None, None, None)
    for file, text in left.items():
        file.write_text(text)
