"""Hearing of events as hints: every process that listens hears them, at most once and while it is there.

Meant for waking whoever waits, and for what is known a little longer than it should be where a hint is lost.
What a hint is about is asked of its owner, and whoever waits looks again now and then by itself.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any, Generic, TypeVar

import kombu
import structlog

from chassis import wire
from chassis.broker import Link
from contracts.message import Event, name_of, owner_of

log = structlog.get_logger()

E = TypeVar("E", bound=Event)

_MOST_WAITING = 1000  # in the broker; the oldest are dropped


class Hints(Generic[E]):
    """`heard(event)` is called for each event of the kind, `missed()` whenever some may have been missed."""

    def __init__(
        self,
        broker_url: str,
        name: str,
        kind: type[E],
        heard: Callable[[E], None],
        missed: Callable[[], None] = lambda: None,
    ) -> None:
        self._name, self._kind, self._heard, self._missed = name, kind, heard, missed
        self._link = Link(broker_url, name.replace(".", "-"), self._listen)

    def start(self) -> None:
        """Begin to connect; returns at once."""
        self._link.start()

    def stop(self) -> None:
        self._link.stop()

    def _listen(self, channel: Any) -> None:
        told = kombu.Exchange(
            wire.events_exchange(owner_of(self._kind)), type="topic", durable=True, no_declare=True
        )
        queue = kombu.Queue(
            f"{self._name}.{uuid.uuid4()}",
            told,
            routing_key=name_of(self._kind),
            exclusive=True,
            auto_delete=True,
            durable=False,
            queue_arguments={"x-max-length": _MOST_WAITING},
        )
        kombu.Consumer(channel, queues=[queue], no_ack=True, on_message=self._on_message).consume()
        self._missed()

    def _on_message(self, message: Any) -> None:
        try:
            event: Any = wire.read_event(message.body, {name_of(self._kind): self._kind}).event
        except wire.Malformed:
            log.warning("hint_malformed", name=self._name)
        else:
            self._heard(event)
