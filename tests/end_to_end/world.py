"""The whole platform as people meet it: an address, a clock that only goes forward, and a post office.

    world.pass_time(hours=3)     # for all six processes; returns once the services have noticed
    world.settle()               # until every event told so far was taken by everybody who listens
    world.mails_to(address)      # oldest first

Nothing is ever emptied: tests keep out of one another's way by meeting new people each.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import requests
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from chassis.rpc import Asker
from contracts.message import load
from contracts.operations import Ping, PongView
from deploy.names import GATEWAY, SERVICES
from deploy.platform import MAIL, is_ready
from deploy.ports import LOOPBACK, free_ports
from deploy.servers import PrivateServers
from tests.stack import AHEAD, BEGIN, Stack, a_stack
from tests.waiting import eventually
from tests.watching import Grapevine, Logs

CONNECTIONS = 64
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
        self._offset = AHEAD
        self._grapevine, self._logs = Grapevine(stack), Logs(stack)
        self._mails: dict[str, EmailMessage] = {}
        self.admin: Any = None  # whoever was the first

    def start(self, **overrides: str) -> None:
        self.stack.start(**overrides)
        self._asker.start()
        assert self._asker.wait_until_ready(10)

    def stop(self) -> None:
        self._grapevine.close()
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
        self.stack.set_clock(self._offset)

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
            self._grapevine.skip()

    def _time_in(self, service: str) -> datetime:
        return load(PongView, self._asker.ask(Ping(), to=service).view).at

    # --- what is on its way ------------------------------------------------------------------------------

    def settle(self, within: float = 20) -> None:
        """Wait until every event told so far was taken by everybody who listens. No letter may die of it."""
        self._grapevine.settle(within)

    def sql(self, service: str, statement: str, *values: Any) -> list[Any]:
        """Look into a service's tables from a connection of one's own."""
        return self._grapevine.sql(service, statement, *values)

    def complaints(self) -> list[str]:
        """The errors that any process has logged since this was asked last."""
        return self._logs.complaints()

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
def a_world(servers: PrivateServers, migrated: set[str], **overrides: str) -> Iterator[World]:
    """A platform where nobody lives yet; its first day is the Monday to come, and it is morning."""
    with a_stack(servers, migrated) as stack:
        stack.empty(*SERVICES)
        world = World(stack)
        try:
            world.begin(BEGIN.replace(hour=8) + timedelta(days=(7 - BEGIN.weekday()) % 7))
            world.start(**{"RATE_LIMITS": "off", **overrides})
            yield world
        finally:
            world.stop()
