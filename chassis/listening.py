"""Taking one event: its effect once, its failure never lost and never in the way of others.

A failed event goes to a delay queue and comes back after 1 s, 10 s, 1 min, 10 min, 1 h;
after that, or at once where no retry can help, it is buried among the dead letters. While
the database or the broker is out of order an event is delayed but never buried. The delivery
is acked only after the broker has confirmed the copy that replaces it.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import Connection

from chassis import inbox, metrics, wire
from chassis.broker import Link
from chassis.clock import Clock
from chassis.context import SYSTEM
from chassis.database import Database, retrying
from chassis.unit import Unit
from contracts.errors import Refusal, Unavailable
from contracts.message import Event, name_of

log = structlog.get_logger()

_ERROR_LENGTH = 500
_TAKEN = ("ok", "duplicate")
_QUEUE = re.compile(r"[A-Za-z0-9.-]{1,200}")


@dataclass(frozen=True)
class Delivered:
    """An event as it arrived, unread."""

    body: bytes
    headers: dict[str, Any]
    message_id: str

    @property
    def attempts(self) -> int:
        """How often it was tried before; whatever a stranger put there counts as never."""
        attempts = self.headers.get("attempts")
        return attempts if isinstance(attempts, int) and 0 <= attempts <= 100 else 0

    @property
    def report_to(self) -> str | None:
        """Who waits to hear that it was taken."""
        queue = self.headers.get("report_to")
        return queue if isinstance(queue, str) and _QUEUE.fullmatch(queue) else None


class Delays:
    """Where deliveries go that could not be taken: to wait, or to the dead letters."""

    def __init__(self, link: Link, service: str, seconds: Sequence[float]) -> None:
        self._link, self._service, self._seconds = link, service, seconds

    def wait(self, queue: str, delivered: Delivered) -> None:
        """Have it come back a little later, without counting the attempt. Raises `Unavailable`."""
        self._delay(queue, delivered, delivered.attempts, self._seconds[0])

    def retry(self, queue: str, delivered: Delivered) -> bool:
        """Have it come back later, unless it did so often enough; says whether. Raises `Unavailable`."""
        if delivered.attempts >= len(self._seconds):
            return False
        self._delay(queue, delivered, delivered.attempts + 1, self._seconds[delivered.attempts])
        return True

    def bury(self, queue: str, delivered: Delivered, error: Exception) -> None:
        """Put it among the dead letters. Raises `Unavailable`."""
        reason = f"{type(error).__name__}: {error}"[:_ERROR_LENGTH]
        headers = {"handler": queue, "attempts": delivered.attempts, "error": reason}
        self._pass_on(wire.dead_exchange(self._service), queue, delivered, headers)

    def _delay(self, queue: str, delivered: Delivered, attempts: int, seconds: float) -> None:
        headers = {"attempts": attempts, "stage": f"{seconds:g}s"}
        self._pass_on(wire.retry_exchange(self._service), queue, delivered, headers)

    def _pass_on(self, exchange: str, queue: str, delivered: Delivered, headers: dict[str, Any]) -> None:
        copy = wire.Outgoing(
            exchange,
            queue,
            delivered.body,
            headers,
            content_type=wire.EVENT_CONTENT_TYPE,
            message_id=delivered.message_id,
            mandatory=True,
        )
        self._link.publish(copy)


class Listener:
    """The door of one method, `service.method`, that consumes events of some kinds from its own queue."""

    def __init__(
        self,
        name: str,
        events: tuple[type[Event], ...],
        method: Callable[[Any, Unit], None],
        database: Database,
        clock: Clock,
        delays: Delays,
    ) -> None:
        self.name, self.events = name, events
        self.queue = wire.handler_queue(name)
        self._kinds = {name_of(kind): kind for kind in events}
        self._method, self._database, self._clock, self._delays = method, database, clock, delays

    def take(self, delivered: Delivered) -> bool:
        """Whether it has had its effect, now or before; else it was delayed or buried.

        Raises `Unavailable` where not even that can be done.
        """
        began = time.monotonic()
        outcome = self._outcome(delivered)
        seconds = time.monotonic() - began
        metrics.record_door(self.name, outcome, seconds)
        log.info("consumed", door=self.name, outcome=outcome, seconds=round(seconds, 4))
        return outcome in _TAKEN

    def _outcome(self, delivered: Delivered) -> str:
        try:
            told = wire.read_event(delivered.body, self._kinds)
            structlog.contextvars.bind_contextvars(correlation_id=told.correlation_id)
            return self._effect(told)
        except Unavailable:
            self._delays.wait(self.queue, delivered)  # what is out of order will be mended
            return "unavailable"
        except (wire.Malformed, Refusal) as error:
            return self._bury(delivered, error)  # what is wrong stays wrong
        except Exception as error:
            log.exception("handler_failed", door=self.name, attempts=delivered.attempts)
            if not self._delays.retry(self.queue, delivered):
                return self._bury(delivered, error)
            metrics.record_retry(self.name)
            return "retry"

    def _effect(self, told: wire.Told) -> str:
        def work(connection: Connection) -> str:
            unit = Unit(connection, self._clock.now(), SYSTEM, told.correlation_id, told)
            if not inbox.take(connection, self.name, told.id, unit.now):
                return "duplicate"
            self._method(told.event, unit)
            return "ok"

        return retrying(self._database, work)

    def _bury(self, delivered: Delivered, error: Exception) -> str:
        self._delays.bury(self.queue, delivered, error)
        metrics.record_dead_letter(self.name)
        log.error("dead_letter", door=self.name, message_id=delivered.message_id, error=type(error).__name__)
        return "dead"
