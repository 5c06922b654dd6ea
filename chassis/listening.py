"""Taking one event: its effect once, its failure never lost and never in the way of others.

A failed event goes to a delay queue and comes back after 1 s, 10 s, 1 min, 10 min, 1 h;
after that, or at once where no retry can help, it is buried among the dead letters. While
the database or the broker is out of order an event is delayed but never buried. The delivery
is acked only after the broker has confirmed the copy that replaces it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
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


class Listener:
    """The door of one method that consumes some kinds of events from a queue of its own."""

    def __init__(
        self,
        service: str,
        method_name: str,
        events: tuple[type[Event], ...],
        method: Callable[[Any, Unit], None],
        database: Database,
        clock: Clock,
        link: Link,
    ) -> None:
        self.name = f"{service}.{method_name}"
        self.queue = wire.handler_queue(service, method_name)
        self.events = events
        self._service, self._method = service, method
        self._kinds = {name_of(kind): kind for kind in events}
        self._database, self._clock, self._link = database, clock, link

    def take(self, delivered: Delivered) -> None:
        """Have its effect, or pass it on to a delay or a grave. Raises `Unavailable` where not even that can be done."""
        began = time.monotonic()
        try:
            told = wire.read_event(delivered.body, self._kinds)
            structlog.contextvars.bind_contextvars(correlation_id=told.correlation_id)
            outcome = self._effect(told)
        except (wire.Malformed, Refusal) as error:
            outcome = self._wait_or_bury(delivered, error)
        except Exception as error:
            log.exception("handler_failed", door=self.name, attempts=delivered.attempts)
            outcome = self._retry(delivered, error)
        seconds = time.monotonic() - began
        metrics.record_door(self.name, outcome, seconds)
        log.info("consumed", door=self.name, outcome=outcome, seconds=round(seconds, 4))

    def _effect(self, told: wire.Told) -> str:
        def work(connection: Connection) -> str:
            unit = Unit(connection, self._clock.now(), SYSTEM, told.correlation_id)
            if not inbox.take(connection, self.name, told.id, unit.now):
                return "duplicate"
            self._method(told.event, unit)
            return "ok"

        return retrying(self._database, work)

    def _wait_or_bury(self, delivered: Delivered, error: Exception) -> str:
        """What is out of order will be mended; what is wrong stays wrong."""
        if isinstance(error, Unavailable):
            self._delay(delivered, delivered.attempts, min(delivered.attempts, 1))
            return "unavailable"
        self._bury(delivered, error)
        return "dead"

    def _retry(self, delivered: Delivered, error: Exception) -> str:
        if delivered.attempts >= len(wire.RETRY_SECONDS):
            self._bury(delivered, error)
            return "dead"
        self._delay(delivered, delivered.attempts + 1, delivered.attempts)
        return "retry"

    def _delay(self, delivered: Delivered, attempts: int, stage: int) -> None:
        metrics.record_retry(self.name)
        headers = {"attempts": attempts, "stage": wire.RETRY_SECONDS[stage]}
        self._pass_on(wire.retry_exchange(self._service), delivered, headers)

    def _bury(self, delivered: Delivered, error: Exception) -> None:
        metrics.record_dead_letter(self.name)
        log.error("dead_letter", door=self.name, message_id=delivered.message_id, error=type(error).__name__)
        headers = {
            "handler": self.queue,
            "attempts": delivered.attempts,
            "error": f"{type(error).__name__}: {error}"[:_ERROR_LENGTH],
        }
        self._pass_on(wire.dead_exchange(self._service), delivered, headers)

    def _pass_on(self, exchange: str, delivered: Delivered, headers: dict[str, Any]) -> None:
        self._link.publish(
            wire.Outgoing(
                exchange,
                self.queue,
                delivered.body,
                headers,
                content_type=wire.EVENT_CONTENT_TYPE,
                message_id=delivered.message_id,
                mandatory=True,
            )
        )
