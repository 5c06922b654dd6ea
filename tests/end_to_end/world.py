"""The whole platform as people meet it: an address, a clock that only goes forward, and a post office.

    world.pass_time(hours=3)     # for all six processes; returns once the services have noticed
    world.settle()               # until every event told so far was taken by everybody who listens
    world.mails_to(address)      # oldest first

Nothing is ever emptied: tests keep out of one another's way by meeting new people each.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
import requests
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from chassis.rpc import Asker
from chassis.service import Consumes, doors_of, service_class
from contracts.message import load, name_of, owner_of
from contracts.operations import Ping, PongView
from deploy.names import GATEWAY, PROCESSES, SERVICES
from deploy.platform import MAIL, is_ready
from deploy.ports import LOOPBACK, free_ports
from deploy.servers import running
from tests.stack import Stack, eventually

CONNECTIONS = 64
OUTBOX_DISORDER = 200  # rows that may commit after later ones
MORNING = datetime.now(UTC).replace(hour=8, minute=0, second=0, microsecond=0) + timedelta(days=1)
NOTED = timedelta(days=20)  # what was heard longer ago may be forgotten


class World:
    """Everything runs; `http` is a pool of connections for all who live here."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.http = requests.Session()
        adapter = requests.adapters.HTTPAdapter(pool_connections=CONNECTIONS, pool_maxsize=CONNECTIONS)
        self.http.mount("http://", adapter)
        key = load_pem_private_key(stack.servers.credentials.signing_key.encode(), None)
        self._asker = Asker(stack.servers.broker_url("gateway"), key)
        self._offset = timedelta()
        self._told = {service: Told(stack, service) for service in SERVICES}
        self._mails: dict[str, EmailMessage] = {}
        self._logs = {name: Log(stack.folder / "logs" / f"{name}.log") for name in PROCESSES}
        self.admin: Any = None  # whoever was the first

    def start(self, **overrides: str) -> None:
        self.stack.start(**overrides)
        self._asker.start()
        assert self._asker.wait_until_ready(10)

    def stop(self) -> None:
        for told in self._told.values():
            told.close()
        self._asker.stop()
        self.http.close()
        self.stack.stop()

    @contextmanager
    def another(self, name: str, **overrides: str) -> Iterator[str]:
        """A second process of that name beside the first, on ports of its own; where its health is told."""
        http, health = free_ports(2)
        told = {"HTTP_PORT": str(http), "HEALTH_PORT": str(health), **overrides}
        first = self.stack.process(name)
        process = replace(first, name=f"second-{name}", environment={**first.environment, **told})
        url = f"http://{LOOPBACK}:{http if name == GATEWAY else health}"
        process.start()
        try:
            process.wait_until(lambda: is_ready(f"{url}/readyz"), 60)
            yield url
        finally:
            process.stop()

    @property
    def url(self) -> str:
        return self.stack.url

    # --- time ----------------------------------------------------------------------------------------

    def now(self) -> datetime:
        return datetime.now(UTC) + self._offset

    def begin(self, instant: datetime) -> None:
        """Let it be that time for all who look from now on."""
        self._offset = instant - datetime.now(UTC)
        self.stack.set_clock(self._offset.total_seconds())

    def pass_time(self, **by: float) -> None:
        """Let days, hours, minutes, seconds pass."""
        self.wait_until(self.now() + timedelta(**by))

    def wait_until(self, instant: datetime) -> None:
        """Let time pass until the instant, which lies ahead."""
        assert instant >= self.now(), "time goes forward only"
        self.settle()
        is_far = instant - self.now() > NOTED
        self.begin(instant)
        for service in SERVICES:
            eventually(lambda: self._time_in(service) >= instant)  # noqa: B023
        if is_far:
            for told in self._told.values():
                told.skip()

    def _time_in(self, service: str) -> datetime:
        return load(PongView, self._asker.ask(Ping(), to=service).view).at

    # --- what is on its way ------------------------------------------------------------------------------

    def settle(self, within: float = 20) -> None:
        """Wait until every event told so far was taken by everybody who listens. No letter may die of it."""
        eventually(lambda: not sum(self._told[owner].waiting(self._told) for owner in SERVICES), within)

    def sql(self, service: str, statement: str, *values: Any) -> list[Any]:
        """Look into a service's tables from a connection of one's own."""
        return self._told[service].sql(statement, *values)

    def complaints(self) -> list[str]:
        """The errors that any process has logged since this was asked last."""
        lines = [line for log in self._logs.values() for line in log.new_lines()]
        return [line for line in lines if '"level": "error"' in line or '"level": "critical"' in line]

    def said(self, name: str) -> str:
        """Everything that a process has logged."""
        return self.stack.process(name).output()

    # --- post --------------------------------------------------------------------------------------------

    def mails_to(self, address: str) -> list[EmailMessage]:
        """Every mail that somebody has got so far, oldest first."""
        for file in sorted((self.stack.folder / MAIL).glob("[0-9]*.eml")):
            if file.name not in self._mails:
                self._mails[file.name] = message_from_bytes(file.read_bytes(), policy=policy.default)
        return [mail for _, mail in sorted(self._mails.items()) if address in mail["X-Envelope-To"]]


@contextmanager
def a_world(**overrides: str) -> Iterator[World]:
    """A platform on servers of its own; its first day is the Monday to come, and it is morning."""
    with a_folder() as folder, running(folder / "servers", quick=True) as servers:
        world = World(Stack(folder, servers))
        try:
            world.begin(MORNING + timedelta(days=(7 - MORNING.weekday()) % 7))
            world.start(**{"RATE_LIMITS": "off", **overrides})
            yield world
        finally:
            world.stop()


@contextmanager
def a_folder() -> Iterator[Path]:
    """A folder that the servers' accounts can reach, for as long as it is needed."""
    folder = Path(tempfile.mkdtemp(prefix="tutoring-world-", dir="/var/tmp"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


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
            self._connection = psycopg.connect(self._url, autocommit=True)
        cursor = self._connection.execute(statement, values)
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
