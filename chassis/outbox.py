"""What is to be told, written in the transaction of the change and relayed after it.

Promise: a committed change is told, an uncommitted one never. The rows of one thing are
written under its lock and therefore in the order of its versions; the relay publishes by
position and marks a row only once the broker has confirmed it. It is woken by the commits of
its own process and looks by itself for what another has left. Whatever the number of replicas,
an advisory lock lets one relay at a time send.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import Connection, Row, bindparam, func, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from chassis import metrics, wire
from chassis.broker import Link
from chassis.clock import Clock
from chassis.database import Database, tell_after_commit, try_lock
from chassis.tables import outbox
from contracts.errors import Unavailable
from contracts.message import Event, name_of, owner_of

log = structlog.get_logger()

BATCH = 200
# Made once, since they are part of every event's way.
_ADD = insert(outbox)
_UNSENT = select(outbox).where(outbox.c.sent_at.is_(None)).order_by(outbox.c.position).limit(BATCH)
_MARK = update(outbox).where(outbox.c.position.in_(bindparam("positions", expanding=True)))

_IDLE_SECONDS = 2.0  # until it is looked for what another process has left
_AGAIN_SECONDS = 1.0  # after a failure
_RIVAL_SECONDS = 0.02
_CONFIRM_SECONDS = 5.0


def write(
    connection: Connection, event: Event, now: datetime, headers: dict[str, str], again: bool = False
) -> str:
    """Have the event published if the transaction commits; its id."""
    event_id = str(uuid.uuid4())
    _add(
        connection,
        event_id=event_id,
        exchange=wire.events_exchange(owner_of(type(event))),
        routing_key=name_of(type(event)),
        body=wire.encode(wire.cloud_event(event, event_id, now, headers["correlation_id"], again)),
        headers=headers,
        created_at=now,
    )
    return event_id


def write_again(connection: Connection, message: wire.Outgoing, now: datetime) -> None:
    """Have a message that exists already (a dead letter) published if the transaction commits."""
    _add(
        connection,
        event_id=str(uuid.uuid4()),
        exchange=message.exchange,
        routing_key=message.routing_key,
        body=message.body,
        headers=message.headers,
        created_at=now,
    )


class Relay:
    """Publishes what was committed, in order."""

    def __init__(self, database: Database, link: Link, clock: Clock) -> None:
        self._database, self._link, self._clock = database, link, clock
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="outbox-relay", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, seconds: float = 3.0) -> None:
        """Send what is left, then end."""
        self._stopping.set()
        self._database.told.set()
        if self._thread.is_alive():
            self._thread.join(seconds)

    def _run(self) -> None:
        while True:
            stopping = self._stopping.is_set()
            self._database.told.clear()
            pause = self._send_all()
            if stopping:
                return
            self._database.told.wait(pause)

    def _send_all(self) -> float:
        """Send until nothing is left; returns how long to wait for more."""
        try:
            while True:
                sent = self._send_batch()
                if sent is None:
                    return _RIVAL_SECONDS
                if sent < BATCH:
                    return _IDLE_SECONDS
        except (Unavailable, SQLAlchemyError) as error:
            metrics.publish_failed()
            log.warning("relay_failed", error=type(error).__name__)
            return _AGAIN_SECONDS

    def _send_batch(self) -> int | None:
        """How many were sent, or None where another replica is sending."""
        with self._database.transaction() as connection:
            if not try_lock(connection, "outbox"):
                return None
            rows = _unsent(connection)
            left = _count_unsent(connection) if len(rows) == BATCH else len(rows)
            self._measure(rows, left)  # before they are sent, which may fail again and again
            if rows:
                self._publish(rows)
                _mark_sent(connection, rows, self._clock.now())
                self._measure((), left - len(rows))
            return len(rows)

    def _publish(self, rows: Sequence[Row[Any]]) -> None:
        confirms = [self._link.send(_outgoing(row)) for row in rows]
        for confirm in confirms:
            confirm.wait(_CONFIRM_SECONDS)

    def _measure(self, rows: Sequence[Row[Any]], left: int) -> None:
        lag = (self._clock.now() - rows[0].created_at).total_seconds() if rows else 0.0
        metrics.outbox_measured(unsent=left, lag_seconds=max(lag, 0.0))


def _add(connection: Connection, **message: Any) -> None:
    connection.execute(_ADD, message)
    tell_after_commit(connection)


def _unsent(connection: Connection) -> Sequence[Row[Any]]:
    return connection.execute(_UNSENT).all()


def _count_unsent(connection: Connection) -> int:
    return connection.scalar(select(func.count()).select_from(outbox).where(outbox.c.sent_at.is_(None))) or 0


def _mark_sent(connection: Connection, rows: Sequence[Row[Any]], now: datetime) -> None:
    connection.execute(_MARK, {"positions": [row.position for row in rows], "sent_at": now})


def _outgoing(row: Row[Any]) -> wire.Outgoing:
    return wire.Outgoing(
        row.exchange,
        row.routing_key,
        bytes(row.body),
        row.headers,
        content_type=wire.EVENT_CONTENT_TYPE,
        message_id=str(row.event_id),
    )
