"""Doing things by the clock: each timer runs once an interval, in one replica of the service.

When it ran last stands in the database, beside the work and in its transaction; an advisory
lock keeps the replicas apart. Most runs find nothing to do, so one statement asks for all of that.
The interval is of the chassis' clock, looked at five times a second, so that a clock moved from
outside moves the timers with it. Errands that a method leaves for afterwards are run outside the
transaction and the lock, by the replica that ran it; while there is no room for more of them, it
does not run it again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection, Text, bindparam, or_, select
from sqlalchemy.dialects.postgresql import insert

from chassis import metrics
from chassis.clock import Clock
from chassis.context import SYSTEM
from chassis.database import Database, Instant, obtained, retrying
from chassis.errands import Errands
from chassis.service import Every
from chassis.tables import timers
from chassis.unit import Errand, Round
from contracts.errors import Unavailable

log = structlog.get_logger()

_FREE = select(bindparam("name", type_=Text), bindparam("now", type_=Instant)).where(
    obtained(bindparam("lock"))
)
_IS_DUE = or_(
    timers.c.ran_at > bindparam("now"), timers.c.ran_at <= bindparam("before")
)  # a clock may go back
_NOTE = insert(timers).from_select(["name", "ran_at"], _FREE)
_CLAIM = _NOTE.on_conflict_do_update(
    index_elements=["name"], set_={"ran_at": bindparam("now")}, where=_IS_DUE
).returning(timers.c.name)

_LOOK_SECONDS = 0.2
_LONGEST_PAUSE = timedelta(seconds=30)  # after a failure; shorter for short intervals


class Timer:
    """The door of one method that runs once an interval."""

    def __init__(
        self,
        name: str,
        door: Every,
        method: Callable[[Round], None],
        database: Database,
        clock: Clock,
    ) -> None:
        self.name, self._interval, self._method = name, door.interval, method
        self._database, self._clock = database, clock
        self._errands = Errands(name, door.at_once, self._settle)
        self._due: datetime | None = None
        self._seen: datetime | None = None
        self._fires = self._stopped = False

    def stop(self) -> None:
        """Fire no more; wait a little for errands that run."""
        self._stopped = True
        self._errands.stop()

    def begin(self) -> bool:
        """Whether it is time to `fire`, which has to follow."""
        if self._fires or self._stopped or self._errands.room <= 0 or not self._is_due():
            return False
        self._fires = True
        return True

    def fire(self) -> None:
        """Run the method if no replica did within the interval."""
        began = time.monotonic()
        now = self._clock.now()
        try:
            outcome, self._due, errands = retrying(self._database, lambda held: self._attempt(held, now))
            self._errands.begin(errands)
        except Exception as error:
            self._due = now + min(self._interval, _LONGEST_PAUSE)
            outcome = "unavailable" if isinstance(error, Unavailable) else "fault"
            reason = {"door": self.name, "error": type(error).__name__}
            log.warning("timer_failed", **reason, exc_info=outcome == "fault")
        self._fires = False
        metrics.record_door(self.name, outcome, time.monotonic() - began)

    def _is_due(self) -> bool:
        now = self._clock.now()
        went_back = self._seen is not None and now < self._seen
        self._seen = now
        return self._due is None or went_back or now >= self._due

    def _attempt(self, connection: Connection, now: datetime) -> tuple[str, datetime, list[Errand]]:
        if not self._claim(connection, now):
            return "not_due", now + min(self._interval, _LONGEST_PAUSE), []
        round_ = self._round(connection, now, self._errands.room)
        self._method(round_)
        return "ran", now + self._interval, round_.errands

    def _claim(self, connection: Connection, now: datetime) -> bool:
        """Note that it runs now, unless another replica is at it or did so within the interval."""
        told = {"name": self.name, "lock": f"timer:{self.name}", "now": now, "before": now - self._interval}
        return connection.execute(_CLAIM, told).first() is not None

    def _settle(self, errand: Errand, result: object) -> list[Errand]:
        def work(connection: Connection) -> list[Errand]:
            round_ = self._round(connection, self._clock.now(), room=1)
            errand.settle(result, round_)
            return round_.errands

        return retrying(self._database, work)

    def _round(self, connection: Connection, now: datetime, room: int) -> Round:
        return Round(connection, now, SYSTEM, f"timer-{self.name}-{now.isoformat()}", room=room)


class Timers:
    """All timers of a process, watched by one thread: most looks find that nothing is due."""

    def __init__(self) -> None:
        self._watched: list[tuple[Timer, Callable[[], None]]] = []
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="timers", daemon=True)

    def add(self, timer: Timer, spawn: Callable[[], None]) -> None:
        """Have `spawn` called, which is to `fire` it elsewhere, whenever the timer is due."""
        self._watched.append((timer, spawn))

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()

    def _watch(self) -> None:
        while not self._stopping.wait(_LOOK_SECONDS):
            for timer, spawn in self._watched:
                if timer.begin():
                    spawn()
