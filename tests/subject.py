"""One service under test, as a real process: asked, told events, looked at from a second connection."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import sqlalchemy as sa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from chassis import wire
from chassis.broker import Link
from chassis.connections import driver_url
from chassis.context import ANONYMOUS, Actor
from chassis.database import lock
from chassis.rpc import Asker
from chassis.service import Consumes, doors_of, service_class
from contracts.message import Event, Request, load, name_of, owner_of, reply_of
from contracts.operations import Ping
from tests.stack import AHEAD, Stack
from tests.waiting import eventually

R = TypeVar("R")

WAITING = "SELECT FROM pg_locks WHERE locktype = :kind AND NOT granted"
RAN_AHEAD = "SELECT name, ran_at FROM timers WHERE ran_at > :now"
TRIED_AGAIN = 40  # seconds, after which a timer that could not run is tried again for certain


class TestClock:
    """Moves the clock of all processes; returns once they have noticed."""

    __test__ = False

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._offset = AHEAD
        self.watchers: list[Subject] = []

    def now(self) -> datetime:
        return datetime.now(UTC) + self._offset

    def advance(self, **by: float) -> None:
        """Move on by days, hours, minutes, seconds."""
        self._move(self._offset + timedelta(**by))

    def set(self, instant: datetime) -> None:
        """Move to an instant."""
        self._move(instant - datetime.now(UTC))

    def reset(self) -> None:
        """Back to where all began; returns once whatever ran in a time to come has run again."""
        if self._offset != AHEAD:
            self._move(AHEAD)
            for subject in self.watchers:
                eventually(subject.all_timers_are_here, within=TRIED_AGAIN)

    def _move(self, offset: timedelta) -> None:
        self._offset = offset
        self._stack.set_clock(offset)
        for subject in self.watchers:
            eventually(lambda: abs(subject.now() - self.now()) < timedelta(seconds=2))  # noqa: B023


class Subject:
    """A running service."""

    def __init__(self, stack: Stack, name: str, clock: TestClock) -> None:
        self.name, self.clock, self.stack = name, clock, stack
        credentials = stack.servers.credentials
        self._asker = Asker(
            stack.servers.broker_url("gateway"), load_pem_private_key(credentials.signing_key.encode(), None)
        )
        owner = driver_url(stack.servers.migration_url(name))
        self._engine = sa.create_engine(owner, isolation_level="AUTOCOMMIT", pool_pre_ping=True)
        self._owners: dict[str, Link] = {}
        self._doors = list(doors_of(service_class(name)))

    def start(self, **overrides: str) -> None:
        """Have it run, with empty tables and queues."""
        self.stack.empty(self.name)
        self.stack.have(self.name, **overrides)
        self._asker.start()
        assert self._asker.wait_until_ready(10)
        self.clock.watchers.append(self)

    def stop(self) -> None:
        """Leave it; it goes on running for whoever comes next."""
        self.clock.watchers.remove(self)
        for link in self._owners.values():
            link.stop()
        self._asker.stop()
        self._engine.dispose()

    def now(self) -> datetime:
        """The time in the service."""
        return self.ask(Ping()).at

    def ask(
        self, request: Request[R], by: Actor = ANONYMOUS, key: str | None = None, timeout: float = 10
    ) -> R:
        """The view that the service answers with. Raises its refusal."""
        answer = self._asker.ask(request, by, key=key, timeout=timeout, to=self.name)
        view: R = load(reply_of(type(request)), answer.view)
        return view

    def hear(self, event: Event, event_id: str | None = None, at: datetime | None = None) -> str:
        """Tell the event as its owner would, and wait until every handler has taken it; returns its id."""
        event_id = self.tell(event, event_id, at)
        handlers = [
            name for name, door in self._doors if isinstance(door, Consumes) and type(event) in door.events
        ]
        for handler in handlers:
            eventually(lambda: self._has_taken(f"{self.name}.{handler}", event_id), within=10)  # noqa: B023
        return event_id

    def tell(self, event: Event, event_id: str | None = None, at: datetime | None = None) -> str:
        """Tell the event as its owner would, now or as of then, without waiting; returns its id."""
        event_id = event_id or str(uuid.uuid4())
        body = wire.encode(wire.cloud_event(event, event_id, at or self.clock.now(), event_id))
        self.tell_raw(owner_of(type(event)), name_of(type(event)), body, event_id)
        return event_id

    def tell_raw(self, owner: str, name: str, body: bytes, message_id: str = "raw") -> None:
        """Publish any bytes under an event's name."""
        message = wire.Outgoing(
            wire.events_exchange(owner),
            name,
            body,
            content_type=wire.EVENT_CONTENT_TYPE,
            message_id=message_id,
        )
        self._link(owner).publish(message, 10)

    def told(self, kind: type[Event], **fields: Any) -> list[Any]:
        """Every event of that kind the service has told with these fields, in order."""
        rows = self.sql(
            "SELECT body FROM outbox WHERE routing_key = :name ORDER BY position", name=name_of(kind)
        )
        events = [load(kind, wire.decode(bytes(row.body))["data"]) for row in rows]
        return [
            event for event in events if all(getattr(event, name) == value for name, value in fields.items())
        ]

    def sql(self, statement: str, **values: Any) -> list[Any]:
        """Look, or meddle, from a connection of one's own."""
        with self._engine.connect() as connection:
            result = connection.execute(sa.text(statement), values)
            return list(result) if result.returns_rows else []

    def all_timers_are_here(self) -> None:
        """None ran last in a time to come."""
        assert self.sql(RAN_AHEAD, now=self.clock.now() + timedelta(seconds=1)) == []

    @contextmanager
    def holding(self, *names: str) -> Iterator[None]:
        """Hold what the service locks by these names, so that it waits."""
        with self._engine.execution_options(isolation_level="READ COMMITTED").begin() as connection:
            lock(connection, *names)
            yield

    def waiting(self, kind: str = "transactionid") -> int:
        """How many wait for another's transaction to end, or for a name ("advisory") that it holds."""
        return len(self.sql(WAITING, kind=kind))

    def _has_taken(self, handler: str, event_id: str) -> bool:
        taken = self.sql(
            "SELECT 1 FROM inbox WHERE handler = :handler AND event_id = :id", handler=handler, id=event_id
        )
        dead = self.sql("SELECT 1 FROM dead_letters WHERE message_id = :id", id=event_id)
        return bool(taken or dead)

    def _link(self, owner: str) -> Link:
        if owner not in self._owners:
            self._owners[owner] = Link(self.stack.servers.broker_url(owner), f"test-{owner}")
            self._owners[owner].start()
        return self._owners[owner]
