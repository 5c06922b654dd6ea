"""Taking messages off the broker: each is given to a worker of the door that it is for."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import kombu
import structlog

from chassis import queues
from chassis.broker import Link
from chassis.settings import Settings

log = structlog.get_logger()

EVENTS_AT_ONCE = 2  # per handler's queue


class Post:
    """Takes messages off the broker and gives each to a worker of its door."""

    def __init__(self, settings: Settings) -> None:
        self._service, self._workers = settings.service, settings.max_workers
        self._failures = list(queues.failures(settings.service, settings.retry_seconds))
        self.link: Link
        self._requests: dict[str, Callable[[Any], None]] = {}
        self._queues: list[tuple[kombu.Queue, Callable[[Any], None]]] = []
        self._tags: list[str] = []
        self._closed = False

    def take_requests(self, name: str, spawn: Callable[[Any], None]) -> None:
        """Give requests of this name to `spawn`."""
        self._requests[name] = spawn

    def take_queue(self, queue: kombu.Queue, spawn: Callable[[Any], None]) -> None:
        """Give everything in this queue to `spawn`."""
        self._queues.append((queue, spawn))

    def close(self) -> None:
        """Take nothing further; what was delivered and not begun goes back to the broker."""
        if not self._closed:
            self._closed = True
            self.link.cancel(self._tags)

    def open(self, channel: Any) -> None:
        """Declare what is ours and consume it."""
        self._tags = []
        for entity in self._failures:
            entity(channel).declare()
        self._consume(channel, queues.asked(self._service, self._requests), self._take_request, self._workers)
        for queue, spawn in self._queues:
            self._consume(channel, queue, self._guarded(spawn), EVENTS_AT_ONCE)

    def _consume(self, channel: Any, queue: kombu.Queue, take: Callable[[Any], None], at_once: int) -> None:
        channel.basic_qos(0, at_once, False)
        tag = f"{queue.name}-{uuid.uuid4()}"
        declared = queue(channel)
        declared.declare()
        declared.consume(tag, callback=lambda message: take(channel.message_to_python(message)))
        self._tags.append(tag)

    def _take_request(self, message: Any) -> None:
        name = str(message.delivery_info.get("routing_key")).rpartition(".")[2]
        spawn = self._requests.get(name)
        if spawn is None:
            log.warning("unknown_request", name=name[:100])
            self.link.settle(message.ack)
        else:
            self._guarded(spawn)(message)

    def _guarded(self, spawn: Callable[[Any], None]) -> Callable[[Any], None]:
        def take(message: Any) -> None:
            if not self._closed:
                spawn(message)

        return take
