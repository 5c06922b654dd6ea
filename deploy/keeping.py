"""Keeping things running: what ends is started again, after growing pauses where it ends again and again."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

SHORTEST_PAUSE, LONGEST_PAUSE = 0.2, 30.0  # seconds
STEADY = 30.0  # seconds that something has run after which its failures are forgotten


class Kept(Protocol):
    """Something that runs until it ends, and can be started again."""

    @property
    def running(self) -> bool: ...

    @property
    def returncode(self) -> int | None: ...

    def start(self) -> None: ...


@dataclass
class _Watched:
    kept: Kept
    started_at: float
    pause: float = 0.0
    due_at: float | None = None  # when it is started again; None while it runs


class Keeper:
    """Looks after things by their names, all of which have been started."""

    def __init__(self, kept: Mapping[str, Kept], clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._watched = {name: _Watched(each, clock()) for name, each in kept.items()}

    def look(self) -> dict[str, int | None]:
        """Start again what has ended and has paused; how each of them had ended, by its name."""
        due = {name: watched for name, watched in self._watched.items() if self._is_due(watched)}
        codes = {name: watched.kept.returncode for name, watched in due.items()}
        for watched in due.values():
            watched.kept.start()
            watched.started_at, watched.due_at = self._clock(), None
        return codes

    def _is_due(self, watched: _Watched) -> bool:
        if watched.kept.running:
            return False
        if watched.due_at is None:
            watched.pause = self._next_pause(watched)
            watched.due_at = self._clock() + watched.pause
        return self._clock() >= watched.due_at

    def _next_pause(self, watched: _Watched) -> float:
        if self._clock() - watched.started_at >= STEADY:
            return 0.0
        return min(max(watched.pause * 2, SHORTEST_PAUSE), LONGEST_PAUSE)
