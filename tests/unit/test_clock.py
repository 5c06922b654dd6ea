"""The clock that a file moves through time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chassis.clock import Clock


class Stopwatch:
    """A monotonic clock that moves only when told."""

    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def stopwatch() -> Stopwatch:
    return Stopwatch()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "clock"


def ahead(clock: Clock) -> timedelta:
    """How far the clock is ahead of the system's, to the minute."""
    return timedelta(minutes=round((clock.now() - datetime.now(UTC)) / timedelta(minutes=1)))


def test_without_a_file_it_tells_the_systems_time_in_utc() -> None:
    clock = Clock()
    assert ahead(clock) == timedelta()
    assert clock.now().tzinfo is UTC


@pytest.mark.parametrize("seconds", ["3600", "3600.25\n", "  3600 ", "3.6e3"])
def test_the_seconds_in_the_file_are_added(file: Path, seconds: str) -> None:
    file.write_text(seconds)
    assert ahead(Clock(file)) == timedelta(hours=1)


def test_it_can_be_set_back(file: Path) -> None:
    file.write_text("-86400")
    assert ahead(Clock(file)) == timedelta(days=-1)


def test_the_file_is_read_again_after_a_tenth_of_a_second_and_not_before(
    file: Path, stopwatch: Stopwatch
) -> None:
    file.write_text("3600")
    clock = Clock(file, stopwatch)
    clock.now()
    file.write_text("7200")
    stopwatch.seconds = 0.09
    assert ahead(clock) == timedelta(hours=1)
    stopwatch.seconds = 0.1
    assert ahead(clock) == timedelta(hours=2)


def test_a_missing_file_moves_nothing_until_it_is_there(file: Path, stopwatch: Stopwatch) -> None:
    clock = Clock(file, stopwatch)
    assert ahead(clock) == timedelta()
    file.write_text("3600")
    stopwatch.seconds = 0.1
    assert ahead(clock) == timedelta(hours=1)


@pytest.mark.parametrize("garbage", [b"", b"soon", b"nan", b"inf", b"1e300", b"-9e12", b"\xff\xfe", b"1 2"])
def test_garbage_leaves_the_last_good_offset(file: Path, stopwatch: Stopwatch, garbage: bytes) -> None:
    file.write_text("3600")
    clock = Clock(file, stopwatch)
    clock.now()
    file.write_bytes(garbage)
    stopwatch.seconds = 0.1
    assert ahead(clock) == timedelta(hours=1)


def test_a_file_that_is_a_folder_moves_nothing(tmp_path: Path) -> None:
    assert ahead(Clock(tmp_path)) == timedelta()
