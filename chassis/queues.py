"""What a service declares on the broker: its request queue, its handlers' queues, and those behind failures.

Everything is durable, and its name ends in a version, since a queue's type can not be changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import kombu

from chassis import wire
from contracts.message import Event, name_of, owner_of


def failures(service: str, retry_seconds: Iterable[float]) -> Iterator[Any]:
    """The exchanges and queues behind failing handlers: delays, returns and dead letters."""
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


def asked(service: str, names: Iterable[str]) -> kombu.Queue:
    """The queue of all requests to the service, bound to each that it answers."""
    requests = _shared(wire.REQUESTS, "topic")
    bindings = [kombu.binding(requests, routing_key=f"{service}.{name}") for name in names]
    return kombu.Queue(wire.request_queue(service), bindings=bindings, durable=True)


def told(queue: str, events: Iterable[type[Event]], service: str) -> kombu.Queue:
    """The handler's queue, bound to each of its events and to what comes back to it."""
    news = [
        kombu.binding(_shared(wire.events_exchange(owner_of(kind)), "topic"), routing_key=name_of(kind))
        for kind in events
    ]
    back = kombu.binding(_shared(wire.returns_exchange(service), "direct"), routing_key=queue)
    return kombu.Queue(queue, bindings=[*news, back], durable=True)


def _shared(name: str, kind: str) -> kombu.Exchange:
    """An exchange that exists already: the deployment's, or declared before."""
    return kombu.Exchange(name, type=kind, durable=True, no_declare=True)
