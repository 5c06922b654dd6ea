"""Moving the clock of a running system, and putting it back whatever happens.

    with journey(clock) as trip:
        trip.go_to(instant)

Where the clock stood before is kept in a file beside it, so that even what a killed journey left
behind is put right: by the next journey, or by the next `make run`. What to do in another time is
the traveller's concern.
"""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from chassis.clock import REREAD_SECONDS, read_offset
from deploy.interruption import undisturbed


class ClockInUse(Exception):
    """Somebody else is moving this clock."""


class Journey:
    """A clock that is ours to move."""

    def __init__(self, clock: Path, notice: float) -> None:
        self._clock, self._notice = clock, notice
        self._offset = read_offset(clock)

    def now(self) -> datetime:
        """The time in the system."""
        return datetime.now(UTC) + self._offset

    def go_to(self, instant: datetime) -> None:
        """Move the whole system there; returns once no process can tell another time."""
        self._offset = instant - datetime.now(UTC)
        draft = self._clock.with_name(f"{self._clock.name}.draft")
        draft.write_text(str(self._offset.total_seconds()))
        draft.replace(self._clock)
        time.sleep(self._notice)


@contextmanager
def journey(clock: Path, notice: float = REREAD_SECONDS) -> Iterator[Journey]:
    """Have the clock for ourselves, and at the end as it was before. Raises `ClockInUse`.

    After `notice` seconds every process has looked at the clock again.
    """
    with _alone(clock):
        put_back(clock)
        _note_home(clock)
        trip = Journey(clock, notice)
        try:
            yield trip
        finally:
            with undisturbed():
                put_back(clock)
                time.sleep(notice)


def put_back(clock: Path) -> None:
    """Undo what a journey did that did not end by itself; a clock that was never set stands at 0."""
    home = _home_of(clock)
    if home.exists():
        home.replace(clock)
    elif not clock.exists():
        clock.write_text("0")


def _note_home(clock: Path) -> None:
    draft = clock.with_name(f"{clock.name}.draft")
    draft.write_text(clock.read_text())
    draft.replace(_home_of(clock))


def _home_of(clock: Path) -> Path:
    return clock.with_name(f"{clock.name}.home")


@contextmanager
def _alone(clock: Path) -> Iterator[None]:
    with clock.with_name(f"{clock.name}.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ClockInUse("the clock is being moved by somebody else; try again later") from None
        yield
