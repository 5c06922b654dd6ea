"""The one clock of a process. In the demo and in tests a file moves it through time from outside.

The file holds seconds, decimal and possibly negative, that are added to the system's time. It is
read again no more than ten times a second. Whether a file may be named at all is `chassis.settings`'
decision.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

REREAD_SECONDS = 0.1
FARTHEST = timedelta(days=100 * 365)
_LONGEST_TEXT = 64


class Clock:
    """Tells the time. An unreadable file leaves the last good offset, at first none, and never raises."""

    def __init__(
        self, offset_file: str | Path | None = None, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._file = Path(offset_file) if offset_file else None
        self._monotonic = monotonic
        self._offset = timedelta()
        self._read_at = float("-inf")

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        return datetime.now(UTC) + self._current_offset()

    def _current_offset(self) -> timedelta:
        if self._file is not None and self._monotonic() - self._read_at >= REREAD_SECONDS:
            self._read_at = self._monotonic()
            self._offset = read_offset(self._file, otherwise=self._offset)
        return self._offset


def read_offset(file: Path, otherwise: timedelta = timedelta()) -> timedelta:
    """What the file adds to the system's time, if that can be read."""
    try:
        with file.open() as opened:
            offset = timedelta(seconds=float(opened.read(_LONGEST_TEXT)))
    except (OSError, ValueError, OverflowError):
        return otherwise
    return offset if abs(offset) <= FARTHEST else otherwise
