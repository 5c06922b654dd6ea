"""Waiting until those who keep copies have heard of what a command has changed, before its answer goes on.

Whoever gets the answer may ask another service next, and is to find there what has just been done. Each
handler that has taken an event says so to whoever asked for it. By that it is learned who hears events of a
kind: the first of a kind is waited for until nobody new says so, the next ones until all have who did so in
time before. Whoever is down or behind is not waited for twice.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field

PATIENCE_SECONDS = 1.0
_PAUSE = 0.25  # of the patience, after which nobody new is expected
_MOST_REMEMBERED = 5000


@dataclass
class _Told:
    """An event of a command's, and who has heard it."""

    kind: str = ""  # known with the answer, which may come after the first who has heard
    since: float = field(default_factory=time.monotonic)
    by: set[str] = field(default_factory=set)
    awaited: frozenset[str] = frozenset()
    heard: threading.Event = field(default_factory=threading.Event)

    def look(self) -> None:
        if self.awaited <= self.by:
            self.heard.set()


class Hearing:
    """What an asker knows of who hears what."""

    def __init__(self, patience: float = PATIENCE_SECONDS) -> None:
        self._patience = patience
        self._hearers: dict[str, set[str]] = {}
        self._told: OrderedDict[str, _Told] = OrderedDict()
        self._lock = threading.Lock()

    def note(self, event_id: str, handler: str) -> None:
        """The handler has taken the event."""
        with self._lock:
            told = self._of(event_id)
            told.by.add(handler)
            told.look()
            if told.kind in self._hearers and self._left(told) > 0:
                self._hearers[told.kind].add(handler)

    def wait(self, told: Mapping[str, str]) -> None:
        """Until these events, each the id of its kind, were heard; not beyond patience, which begins now."""
        for each in [self._begin(kind, event_id) for kind, event_id in told.items()]:
            if each.kind in self._hearers:
                each.heard.wait(max(self._left(each), 0))
            else:
                self._hear_out(each)
            self._learn(each)

    def _hear_out(self, told: _Told) -> None:
        """Wait until there are some, and no others."""
        known = 0
        while self._left(told) > 0 and (known == 0 or len(told.by) > known):
            known = len(told.by)
            time.sleep(self._patience * _PAUSE)

    def _begin(self, kind: str, event_id: str) -> _Told:
        with self._lock:
            told = self._of(event_id)
            told.kind, told.since = kind, time.monotonic()
            told.awaited = frozenset(self._hearers.get(kind, ()))
            told.heard.clear()
            told.look()
            return told

    def _learn(self, told: _Told) -> None:
        with self._lock:
            hearers = self._hearers.setdefault(told.kind, set())
            hearers -= told.awaited - told.by
            hearers |= told.by

    def _left(self, told: _Told) -> float:
        return told.since + self._patience - time.monotonic()

    def _of(self, event_id: str) -> _Told:
        told = self._told.setdefault(event_id, _Told())
        if len(self._told) > _MOST_REMEMBERED:
            self._told.popitem(last=False)
        return told
