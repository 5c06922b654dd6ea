"""A whole private system for tests: servers of its own in a folder of its own, and any of the six processes.

    def test_something(stack: Stack) -> None:
        stack.start("catalog", "gateway", RATE_LIMITS="off")
        requests.get(f"{stack.url}/api/tutors")
        stack.process("catalog").kill()

The servers are started once a session, when a test first asks for them; they are safe against
killed processes, not against power cuts. `stack` stops every process at the end of each module;
where tests/service has one of its own, at the end of all.

Whenever the tests are run, for the processes it is `BEGIN`: what holds by day holds by night and in
winter. TESTS_BEGIN=2028-02-29T22:30Z names another time, to see what holds then.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from functools import partial
from pathlib import Path
from typing import ClassVar

from deploy.environment import Addresses, health_ports
from deploy.mailsink import kept
from deploy.names import PROCESSES, SERVICES
from deploy.platform import MAIL, Platform
from deploy.ports import LOOPBACK, free_ports
from deploy.processes import Process
from deploy.servers import PrivateServers, running
from tests.emptying import purge, truncate
from tests.waiting import eventually

BEGIN = datetime.fromisoformat(os.environ.get("TESTS_BEGIN", "2027-06-07T08:00Z"))
AHEAD = BEGIN - datetime.now(UTC)  # of this machine's clock

# Hundreds of people register and log in: their passwords are kept for less than anywhere else.
ONLY_IN_THE_DEMO = {
    "DEMO_MODE": "1",
    "EGRESS_ALLOW_LOOPBACK": "1",
    "PASSWORD_MEMORY_KIB": "64",
    "PASSWORD_ROUNDS": "1",
}


class Stack:
    """The servers of the session and the processes that tests start on them.

    Of two stacks one has processes: on one broker they would take each other's messages.
    """

    _at_work: ClassVar[Stack | None] = None

    def __init__(self, folder: Path, servers: PrivateServers, migrated: set[str]) -> None:
        self.folder, self.servers = folder, servers
        self.clock = folder / "clock"
        http, self._smtp_port, *health = free_ports(2 + len(PROCESSES))
        at = Addresses(
            http_port=http,
            health_ports=health_ports(health),
            smtp_url=f"smtp://{LOOPBACK}:{self._smtp_port}",
            clock=self.clock,
            options=dict(ONLY_IN_THE_DEMO),
        )
        self.platform = Platform(folder, servers, servers.credentials, at)
        self._migrated = migrated  # the services whose tables are made
        self._overrides: dict[str, dict[str, str]] = {}
        self._begun_at = 0.0
        self.set_clock(AHEAD)

    @property
    def url(self) -> str:
        """Where the gateway answers."""
        return self.platform.url

    @property
    def mails(self) -> list[EmailMessage]:
        """Every mail that was sent since it was begun, oldest first."""
        return kept(self.folder / MAIL, self._begun_at)

    def begin(self, services: Collection[str]) -> None:
        """Be as new for other tests; only of these services a process may run already."""
        for name, process in self.platform.processes.items():
            if name in SERVICES and name not in services:
                process.stop()
        self.set_clock(AHEAD)
        self._begun_at = time.time()

    def start(self, *names: str, seconds: float = 60, **overrides: str) -> None:
        """Start processes (all six without a name), their tables made, and wait until they are ready."""
        names = names or PROCESSES
        self._relieve_others()
        self.migrate(*(name for name in names if name in SERVICES))
        if "notifications" in names:
            self.start_mail()
        self.platform.start(names, **overrides)
        self._overrides |= dict.fromkeys(names, overrides)
        self.platform.wait(names, seconds)

    def have(self, name: str, **overrides: str) -> None:
        """Have a process run that is told so; one that does goes on."""
        if self._runs(name):
            if self._overrides[name] == overrides:
                return
            self.process(name).stop()
        self.start(name, **overrides)

    def start_mail(self) -> None:
        """Start the mail sink unless it runs, and wait until it listens."""
        if not self._runs(MAIL):
            self.platform.start_mail(self._smtp_port)

    def migrate(self, *services: str) -> None:
        """Make the tables of services, where they are not made yet."""
        missing = set(services) - self._migrated
        self.platform.migrate(sorted(missing))
        self._migrated |= missing

    def empty(self, *services: str) -> None:
        """Have the tables of services be made and empty, and their queues as well."""
        self.migrate(*services)
        for service in services:
            purge(self.servers, service)
            eventually(partial(truncate, self.servers, service), within=20)

    def process(self, name: str) -> Process:
        """A process that was started: `kill`, `stop`, `start` again, `freeze`, `thaw`, `output`, `pid`."""
        return self.platform.processes[name]

    def restart(self, name: str, seconds: float = 60) -> None:
        """Stop a process in order, start it again and wait until it is ready."""
        self.process(name).stop()
        self.process(name).start()
        self.platform.wait([name], seconds)

    def stop(self) -> None:
        """Stop every process; the servers go on."""
        self.platform.stop()

    def set_clock(self, ahead: timedelta) -> None:
        """Set the clock of the whole system that far ahead; processes notice within a tenth of a second."""
        draft = self.clock.with_suffix(".draft")
        draft.write_text(str(ahead.total_seconds()))
        draft.replace(self.clock)

    def _relieve_others(self) -> None:
        if Stack._at_work not in (None, self):
            Stack._at_work.stop()
        Stack._at_work = self

    def _runs(self, name: str) -> bool:
        return name in self.platform.processes and self.process(name).running


@contextmanager
def some_servers() -> Iterator[PrivateServers]:
    """A private PostgreSQL with the five databases and a private RabbitMQ, in a folder of their own."""
    folder = Path(tempfile.mkdtemp(prefix="tutoring-tests-", dir="/var/tmp"))
    folder.chmod(0o711)  # the servers' accounts must pass
    try:
        with running(folder, quick=True) as started:
            yield started
    finally:
        shutil.rmtree(folder)


@contextmanager
def a_stack(servers: PrivateServers, migrated: set[str]) -> Iterator[Stack]:
    """Processes in a folder of their own, all stopped in the end."""
    folder = Path(tempfile.mkdtemp(prefix="tutoring-stack-", dir="/var/tmp"))
    made = Stack(folder, servers, migrated)
    try:
        yield made
    finally:
        made.stop()
        shutil.rmtree(folder)
