"""What a timer leaves for afterwards: slow work outside any transaction, then its result in one of its own.

An errand runs in a thread of its own, with all that follow from it one after another, so that
none waits for another's slowness; how many run at once in a process is bounded.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable

import structlog

from chassis.unit import Errand
from contracts.errors import Unavailable

log = structlog.get_logger()

Settle = Callable[[Errand, object], list[Errand]]

_SETTLING_AT_ONCE = 2  # each needs a connection of the pool
_STOP_SECONDS = 4.0


class Errands:
    """Those of one timer. `settle` takes a result in and returns the errands that follow from it."""

    def __init__(self, name: str, at_once: int, settle: Settle) -> None:
        self._name, self._settle = name, settle
        self._at_once = self._room = at_once
        self._settling = threading.BoundedSemaphore(_SETTLING_AT_ONCE)
        self._changed = threading.Condition()
        self._stopping = threading.Event()

    @property
    def room(self) -> int:
        """How many more may be begun now."""
        return self._room

    def begin(self, errands: Iterable[Errand]) -> None:
        """Have them run beside this thread."""
        for errand in errands:
            with self._changed:
                self._room -= 1
            threading.Thread(target=self._follow, args=(errand,), name=self._name, daemon=True).start()

    def stop(self) -> None:
        """Begin no further; wait a little for those that run."""
        self._stopping.set()
        with self._changed:
            self._changed.wait_for(lambda: self._room == self._at_once, _STOP_SECONDS)

    def _follow(self, first: Errand) -> None:
        waiting = deque([first])
        try:
            while waiting and not self._stopping.is_set():
                errand = waiting.popleft()
                result = errand.run()
                with self._settling:
                    waiting.extend(self._settle(errand, result))
        except Unavailable:
            log.warning("errand_unavailable", door=self._name)
        except Exception:
            log.exception("errand_failed", door=self._name)
        finally:
            with self._changed:
                self._room += 1
                self._changed.notify_all()
