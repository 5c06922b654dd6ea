"""One service process: its doors opened on the broker, run by nameko's container and its workers.

nameko gives the lifecycle (entrypoints stop first, workers finish, the rest stops after) and
the pool of worker greenlets. Consuming, answering and publishing are the chassis' own, because
stock nameko acks before the transaction is known to have committed, loses what a handler
raises, and dies of a malformed message.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import kombu
import structlog
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from nameko.containers import ServiceContainer
from nameko.extensions import DependencyProvider, Entrypoint

from chassis import wire
from chassis.answering import Answerer, Asked
from chassis.broker import Link
from chassis.clock import Clock
from chassis.database import Database, create_database, retrying
from chassis.listening import Delays, Delivered, Listener
from chassis.operations import Operations, file_dead_letter
from chassis.outbox import Relay
from chassis.service import Answers, Consumes, Every, Service, doors_of
from chassis.settings import EVENT_WORKERS, Settings
from chassis.timers import Timer
from contracts.errors import Unavailable
from contracts.message import name_of, owner_of

log = structlog.get_logger()

_EVENTS_AT_ONCE = 2  # per handler's queue
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


class Post:
    """Takes messages off the broker and gives each to a worker of its door."""

    def __init__(self, settings: Settings) -> None:
        self._service, self._workers = settings.service, settings.max_workers
        self._topology = list(_topology(settings.service, settings.retry_seconds))
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
        for entity in self._topology:
            entity(channel).declare()
        self._consume(channel, _asked(self._service, self._requests), self._take_request, self._workers)
        for queue, spawn in self._queues:
            self._consume(channel, queue, self._guarded(spawn), _EVENTS_AT_ONCE)

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

    def stop(self) -> None:
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
    database = create_database(settings)
    post = Post(settings)
    inbound = post.link = Link(settings.broker_url, f"{service.name}-inbound", post.open)
    outbound = Link(settings.broker_url, f"{service.name}-outbound")
    parts = Parts(service, database, clock, inbound, outbound, Relay(database, outbound, clock), post)
    doors = list(_doors(parts))
    attributes = {"name": service.name, "lifecycle": Lifecycle(parts), **dict(doors)}
    workers = settings.max_workers + _EVENTS_AT_ONCE * len(doors) + 1
    return Container(type(service.name, (), attributes), {"max_workers": workers}), parts


def _doors(parts: Parts) -> Iterator[tuple[str, Any]]:
    """Every door as a nameko method: those of the service, of its operators, and the grave's."""
    public_key = load_pem_public_key(parts.service.settings.gateway_public_key.encode())
    event_workers = threading.Semaphore(EVENT_WORKERS)
    for owner in (parts.service, Operations(parts.service)):
        for name, door in doors_of(type(owner)):
            method = getattr(owner, name)
            if isinstance(door, Answers):
                answerer = Answerer(door.request, method, parts.database, parts.clock, public_key)
                yield name, _request_door(parts, answerer)
            elif isinstance(door, Consumes):
                listener = _listener(parts, name, door, method)
                yield name, _event_door(parts, listener, event_workers)
            elif isinstance(door, Every):
                timer = Timer(f"{parts.service.name}.{name}", door, method, parts.database, parts.clock)
                yield name, _timer_door(parts, timer)
    yield "file_dead_letters", _dead_letter_door(parts)


def _listener(parts: Parts, name: str, door: Consumes, method: Callable[[Any, Any], None]) -> Listener:
    settings = parts.service.settings
    delays = Delays(parts.outbound, settings.service, settings.retry_seconds)
    return Listener(f"{settings.service}.{name}", door.events, method, parts.database, parts.clock, delays)


def _request_door(parts: Parts, answerer: Answerer) -> Any:
    def answer(_: Any, message: Any) -> None:
        structlog.contextvars.clear_contextvars()
        reply = answerer.answer(Asked(_body(message), _headers(message)))
        reply_to, correlation_id = (
            message.properties.get("reply_to"),
            message.properties.get("correlation_id"),
        )
        try:
            if reply is not None and isinstance(reply_to, str) and isinstance(correlation_id, str):
                parts.outbound.send(
                    wire.Outgoing(wire.REPLIES, reply_to, reply, durable=False, correlation_id=correlation_id)
                )
        except Unavailable:
            log.warning("reply_not_sent", door=answerer.name)
        parts.inbound.settle(message.ack)
        parts.relay.nudge()

    def open_door(door: Door) -> None:
        parts.post.take_requests(name_of(answerer.request), door.spawn)

    return Door.decorator(open_door, parts.post.close)(answer)


def _event_door(parts: Parts, listener: Listener, event_workers: threading.Semaphore) -> Any:
    def consume(_: Any, message: Any) -> None:
        structlog.contextvars.clear_contextvars()
        delivered = Delivered(_body(message), _headers(message), str(message.properties.get("message_id")))
        try:
            with event_workers:
                listener.take(delivered)
            parts.inbound.settle(message.ack)
        except Unavailable:
            _try_again_later(parts, message)
        parts.relay.nudge()

    def open_door(door: Door) -> None:
        parts.post.take_queue(_bound(listener, parts.service.name), door.spawn)

    return Door.decorator(open_door, parts.post.close)(consume)


def _timer_door(parts: Parts, timer: Timer) -> Any:
    def fire(_: Any, done: threading.Event) -> None:
        structlog.contextvars.clear_contextvars()
        try:
            timer.fire()
        finally:
            done.set()
        parts.relay.nudge()

    def open_door(door: Door) -> None:
        def run_once() -> None:
            done = threading.Event()
            door.spawn(done)
            done.wait()

        threading.Thread(target=timer.run, args=(run_once,), name=timer.name, daemon=True).start()

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


def _topology(service: str, retry_seconds: Iterable[float]) -> Iterator[Any]:
    """The exchanges and queues behind failing handlers."""
    dead = kombu.Exchange(wire.dead_exchange(service), type="fanout", durable=True)
    retry = kombu.Exchange(wire.retry_exchange(service), type="headers", durable=True)
    yield kombu.Exchange(wire.returns_exchange(service), type="direct", durable=True)
    yield retry
    yield dead
    yield kombu.Queue(wire.dead_queue(service), dead, durable=True)
    for seconds in retry_seconds:
        back = {
            "x-message-ttl": int(seconds * 1000),
            "x-dead-letter-exchange": wire.returns_exchange(service),
        }
        yield kombu.Queue(
            wire.retry_queue(service, seconds),
            retry,
            binding_arguments={"x-match": "all", "stage": f"{seconds:g}s"},
            queue_arguments=back,
            durable=True,
        )


def _asked(service: str, names: Iterable[str]) -> kombu.Queue:
    """The queue of all requests to the service, bound to each that it answers."""
    requests = _shared(wire.REQUESTS, "topic")
    bindings = [kombu.binding(requests, routing_key=f"{service}.{name}") for name in names]
    return kombu.Queue(wire.request_queue(service), bindings=bindings, durable=True)


def _bound(listener: Listener, service: str) -> kombu.Queue:
    """The handler's queue, bound to each of its events and to what comes back to it."""
    told = [
        kombu.binding(_shared(wire.events_exchange(owner_of(kind)), "topic"), routing_key=name_of(kind))
        for kind in listener.events
    ]
    back = kombu.binding(_shared(wire.returns_exchange(service), "direct"), routing_key=listener.queue)
    return kombu.Queue(listener.queue, bindings=[*told, back], durable=True)


def _shared(name: str, kind: str) -> kombu.Exchange:
    """An exchange that exists already: the deployment's, or declared before."""
    return kombu.Exchange(name, type=kind, durable=True, no_declare=True)


def _body(message: Any) -> bytes:
    body = message.body
    return body if isinstance(body, bytes) else str(body).encode("utf-8", "surrogatepass")


def _headers(message: Any) -> dict[str, Any]:
    return message.headers if isinstance(message.headers, dict) else {}
