"""Watching running services from outside: the events that are on their way, and what is said in logs."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import namedtuple_row

from chassis.service import Consumes, doors_of, service_class
from contracts.message import name_of, owner_of
from deploy.names import PROCESSES, SERVICES
from tests.stack import Stack
from tests.waiting import eventually

OUTBOX_DISORDER = 200  # rows that may commit after later ones


class Grapevine:
    """What all services have told, and who has yet to hear it."""

    def __init__(self, stack: Stack) -> None:
        self._told = {service: Told(stack, service) for service in SERVICES}

    def settle(self, within: float = 20) -> None:
        """Wait until every event told so far was taken by everybody who listens. No letter may die of it."""
        eventually(lambda: not sum(told.waiting(self._told) for told in self._told.values()), within)

    def skip(self) -> None:
        """Wait for nothing that was told before now."""
        for told in self._told.values():
            told.skip()

    def sql(self, service: str, statement: str, *values: Any) -> list[Any]:
        """Look into a service's tables from a connection of one's own."""
        return self._told[service].sql(statement, *values)

    def close(self) -> None:
        for told in self._told.values():
            told.close()


class Logs:
    """What all processes say."""

    def __init__(self, stack: Stack) -> None:
        self._logs = [Log(stack.folder / "logs" / f"{name}.log") for name in PROCESSES]

    def complaints(self) -> list[str]:
        """The errors that any process has logged since this was asked last."""
        lines = [line for log in self._logs for line in log.new_lines()]
        return [line for line in lines if '"level": "error"' in line or '"level": "critical"' in line]


class Told:
    """What a service has told, and who has yet to hear it."""

    def __init__(self, stack: Stack, service: str) -> None:
        self.service, self._url = service, stack.servers.migration_url(service)
        self._connection: psycopg.Connection[Any] | None = None
        self._read_to = 0
        self._known: set[str] = set()
        self._unheard: dict[tuple[str, str], set[str]] = {}

    def waiting(self, all_services: dict[str, Told]) -> int:
        """How many events have yet to be heard somewhere."""
        self._read()
        for (listener, handler), ids in self._unheard.items():
            ids -= all_services[listener].heard(handler, ids)
        return sum(len(ids) for ids in self._unheard.values())

    def skip(self) -> None:
        """Wait for nothing that was told before now."""
        self._read()
        self._unheard.clear()

    def heard(self, handler: str, ids: set[str]) -> set[str]:
        """Those of the events that the handler of this service has taken; none may have died."""
        if not ids:
            return set()
        dead = self.sql("SELECT handler, error FROM dead_letters WHERE message_id = ANY(%s)", list(ids))
        if dead:
            raise RuntimeError(f"events died: {dead}")
        found = self.sql(
            "SELECT event_id FROM inbox WHERE handler = %s AND event_id = ANY(%s)", handler, list(ids)
        )
        return {row[0] for row in found}

    def sql(self, statement: str, *values: Any) -> list[Any]:
        if self._connection is None:
            self._connection = psycopg.connect(self._url, autocommit=True, row_factory=namedtuple_row)
        cursor = self._connection.execute(statement, values or None)
        return cursor.fetchall() if cursor.description else []

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()

    def _read(self) -> None:
        rows = self.sql(
            "SELECT position, event_id, routing_key FROM outbox WHERE position > %s ORDER BY position",
            self._read_to - OUTBOX_DISORDER,
        )
        for position, event_id, name in rows:
            self._read_to = max(self._read_to, position)
            if str(event_id) not in self._known:
                self._known.add(str(event_id))
                for listener in listeners().get((self.service, name), ()):
                    self._unheard.setdefault(listener, set()).add(str(event_id))


class Log:
    """What a process says, read on from where it was read last."""

    def __init__(self, file: Path) -> None:
        self._file, self._position = file, 0

    def new_lines(self) -> list[str]:
        if not self._file.exists():
            return []
        with self._file.open("rb") as file:
            file.seek(self._position)
            whole = file.read().rpartition(b"\n")[0]
        self._position += len(whole) + bool(whole)
        return whole.decode(errors="replace").splitlines()


@cache
def listeners() -> dict[tuple[str, str], list[tuple[str, str]]]:
    """Who listens to what: service and handler by the owner and the name of the event."""
    found: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for service, handler, event in _doors():
        found.setdefault((owner_of(event), name_of(event)), []).append((service, f"{service}.{handler}"))
    return found


def _doors() -> Iterator[tuple[str, str, type]]:
    for service in SERVICES:
        for handler, door in doors_of(service_class(service)):
            if isinstance(door, Consumes):
                yield from ((service, handler, event) for event in door.events)
