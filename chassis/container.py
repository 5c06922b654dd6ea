"""One service process: its doors opened on the broker, run by nameko's container and its workers.

nameko gives the lifecycle (entrypoints stop first, workers finish, the rest stops after) and
the pool of worker greenlets. Consuming, answering and publishing are the chassis' own, because
stock nameko acks before the transaction is known to have committed, loses what a handler
raises, and dies of a malformed message.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

import kombu
import structlog
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from nameko.containers import ServiceContainer
from nameko.extensions import DependencyProvider, Entrypoint

from chassis import queues, wire
from chassis.answering import Answerer, Asked
from chassis.broker import Link
from chassis.clock import Clock
from chassis.database import Database, create_database, retrying
from chassis.listening import Delays, Delivered, Listener
from chassis.operations import Operations, file_dead_letter
from chassis.outbox import Relay
from chassis.post import EVENTS_AT_ONCE, Post
from chassis.service import Answers, Consumes, Every, Service, doors_of
from chassis.settings import EVENT_WORKERS, Settings
from chassis.timers import Timer, Timers
from chassis.unit import Unit
from contracts.errors import Unavailable
from contracts.message import name_of

log = structlog.get_logger()

_PAUSE_SECONDS = 1.0


@dataclass(frozen=True)
class Parts:
    """What a service process consists of, made once before any door opens."""

    service: Service
    database: Database
    clock: Clock
    inbound: Link
    outbound: Link
    relay: Relay
    post: Post
    timers: Timers


class Door(Entrypoint):
    """A nameko entrypoint whose method is a whole door: it reads, decides, replies and acks."""

    def __init__(
        self, open_door: Callable[[Door], None], close_door: Callable[[], None], **kwargs: Any
    ) -> None:
        self._open, self._close = open_door, close_door
        super().__init__(**kwargs)

    def setup(self) -> None:
        self._open(self)

    def stop(self) -> None:
        self._close()

    def spawn(self, *args: Any) -> None:
        """Run the door's method in a worker."""
        self.container.spawn_worker(self, args, {})


class Lifecycle(DependencyProvider):
    """Brings the parts up before and takes them down after the workers."""

    def __init__(self, parts: Parts, **kwargs: Any) -> None:
        self._parts = parts
        super().__init__(**kwargs)

    def start(self) -> None:
        self._parts.outbound.start()
        self._parts.inbound.start()
        self._parts.relay.start()
        self._parts.timers.start()

    def stop(self) -> None:
        self._parts.timers.stop()
        self._parts.relay.stop()
        self._parts.inbound.stop()
        self._parts.outbound.stop()
        self._parts.database.close()


class Container(ServiceContainer):
    """A container that a failing worker can not end."""

    def _handle_thread_exited(self, thread: Any) -> None:
        try:
            thread.wait()
        except Exception:
            log.exception("worker_failed")


def assemble(service_class: type[Service], settings: Settings) -> tuple[Container, Parts]:
    """The container of a service with all its doors, not started, and its parts for the health checks."""
    service, clock = service_class(settings), Clock(settings.clock_offset_file)
    post = Post(settings)
    inbound = post.link = Link(settings.broker_url, f"{service.name}-inbound", post.open)
    outbound = Link(settings.broker_url, f"{service.name}-outbound")
    database = create_database(settings, partial(_send_if_possible, outbound))
    relay, timers = Relay(database, outbound, clock), Timers()
    parts = Parts(service, database, clock, inbound, outbound, relay, post, timers)
    doors = list(_doors(parts))
    attributes = {"name": service.name, "lifecycle": Lifecycle(parts), **dict(doors)}
    workers = settings.max_workers + EVENTS_AT_ONCE * len(doors) + 1
    return Container(type(service.name, (), attributes), {"max_workers": workers}), parts


def _send_if_possible(outbound: Link, message: wire.Outgoing) -> None:
    """At once or not at all."""
    with suppress(Unavailable):
        outbound.send(message, patience=0)


def _doors(parts: Parts) -> Iterator[tuple[str, Any]]:
    """Every door as a nameko method: those of the service, of its operators, and the grave's."""
    public_key = load_pem_public_key(parts.service.settings.gateway_public_key.encode())
    event_workers = threading.Semaphore(EVENT_WORKERS)
    for owner in (parts.service, Operations(parts.service)):
        for name, door in doors_of(type(owner)):
            method = getattr(owner, name)
            if isinstance(door, Answers):
                answerer = Answerer(
                    door.request, _admitting(parts.service, method), parts.database, parts.clock, public_key
                )
                yield name, _request_door(parts, answerer)
            elif isinstance(door, Consumes):
                listener = _listener(parts, name, door, method)
                yield name, _event_door(parts, listener, event_workers)
            elif isinstance(door, Every):
                timer = Timer(f"{parts.service.name}.{name}", door, method, parts.database, parts.clock)
                yield name, _timer_door(parts, timer)
    yield "file_dead_letters", _dead_letter_door(parts)


def _admitting(service: Service, method: Callable[[Any, Unit], Any]) -> Callable[[Any, Unit], Any]:
    def admitted(request: Any, unit: Unit) -> Any:
        service.admit(unit)
        return method(request, unit)

    return admitted


def _listener(parts: Parts, name: str, door: Consumes, method: Callable[[Any, Any], None]) -> Listener:
    settings = parts.service.settings
    delays = Delays(parts.outbound, settings.service, settings.retry_seconds)
    return Listener(f"{settings.service}.{name}", door.events, method, parts.database, parts.clock, delays)


def _request_door(parts: Parts, answerer: Answerer) -> Any:
    def answer(_: Any, message: Any) -> None:
        structlog.contextvars.clear_contextvars()
        reply_to, correlation_id = (
            message.properties.get("reply_to"),
            message.properties.get("correlation_id"),
        )
        reply = answerer.answer(Asked(_body(message), _headers(message), reply_to))
        try:
            if reply is not None and isinstance(reply_to, str) and isinstance(correlation_id, str):
                parts.outbound.send(wire.reply(reply_to, reply, correlation_id))
        except Unavailable:
            log.warning("reply_not_sent", door=answerer.name)
        parts.inbound.settle(message.ack)

    def open_door(door: Door) -> None:
        parts.post.take_requests(name_of(answerer.request), door.spawn)

    return Door.decorator(open_door, parts.post.close)(answer)


def _event_door(parts: Parts, listener: Listener, event_workers: threading.Semaphore) -> Any:
    def consume(_: Any, message: Any) -> None:
        structlog.contextvars.clear_contextvars()
        delivered = Delivered(_body(message), _headers(message), str(message.properties.get("message_id")))
        try:
            with event_workers:
                taken = listener.take(delivered)
            if taken and delivered.report_to:
                _report(parts, listener, delivered, delivered.report_to)
            parts.inbound.settle(message.ack)
        except Unavailable:
            _try_again_later(parts, message)

    def open_door(door: Door) -> None:
        parts.post.take_queue(queues.told(listener.queue, listener.events, parts.service.name), door.spawn)

    return Door.decorator(open_door, parts.post.close)(consume)


def _report(parts: Parts, listener: Listener, delivered: Delivered, report_to: str) -> None:
    """Say who has taken it; if that gets lost, somebody has waited a little in vain."""
    _send_if_possible(parts.outbound, wire.report(report_to, listener.name, delivered.message_id))


def _timer_door(parts: Parts, timer: Timer) -> Any:
    def fire(_: Any) -> None:
        structlog.contextvars.clear_contextvars()
        timer.fire()

    def open_door(door: Door) -> None:
        parts.timers.add(timer, door.spawn)

    return Door.decorator(open_door, timer.stop)(fire)


def _dead_letter_door(parts: Parts) -> Any:
    def file(_: Any, message: Any) -> None:
        asked, message_id = (
            Asked(_body(message), _headers(message)),
            str(message.properties.get("message_id")),
        )
        try:
            now = parts.clock.now()
            retrying(parts.database, lambda connection: file_dead_letter(connection, asked, message_id, now))
            parts.inbound.settle(message.ack)
        except Unavailable:
            _try_again_later(parts, message)

    def open_door(door: Door) -> None:
        parts.post.take_queue(kombu.Queue(wire.dead_queue(parts.service.name)), door.spawn)

    return Door.decorator(open_door, parts.post.close)(file)


def _try_again_later(parts: Parts, message: Any) -> None:
    time.sleep(_PAUSE_SECONDS)
    parts.inbound.settle(message.requeue)


def _body(message: Any) -> bytes:
    body = message.body
    return body if isinstance(body, bytes) else str(body).encode("utf-8", "surrogatepass")


def _headers(message: Any) -> dict[str, Any]:
    return message.headers if isinstance(message.headers, dict) else {}
