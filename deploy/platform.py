"""The six processes and the mail sink as one thing: configured, migrated, started, stopped.

`deploy.local` runs it for a person, `tests.stack` for the tests. The servers it stands on are
somebody else's.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path

import requests
from alembic.util import CommandError
from sqlalchemy.exc import SQLAlchemyError

from chassis.migrate import upgrade
from deploy.credentials import Credentials
from deploy.environment import Addresses, Sites, environment_of
from deploy.interruption import heed
from deploy.names import GATEWAY, PROCESSES, SERVICES
from deploy.ports import LOOPBACK, is_free
from deploy.processes import Process, StartFailed

ROOT = Path(__file__).resolve().parent.parent
MAIL = "mail"
DEMO_DATA = "deploy.demo_data"

# What a process is allowed to inherit; everything else it is told.
INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")


class Platform:
    """The processes of one deployment; each can be started, stopped and asked by its name."""

    def __init__(self, folder: Path, sites: Sites, credentials: Credentials, at: Addresses) -> None:
        self.folder, self.sites, self.credentials, self.at = folder, sites, credentials, at
        self.processes: dict[str, Process] = {}

    def migrate(self, services: Iterable[str] = SERVICES) -> None:
        """Bring the databases to the newest tables; raises `StartFailed`."""
        for service in services:
            try:
                upgrade(service, self.sites.migration_url(service))
            except (CommandError, SQLAlchemyError) as error:
                raise StartFailed(
                    f"the database of {service} could not be brought up to date:\n{error}"
                ) from error

    def start(self, names: Iterable[str] = PROCESSES, **overrides: str) -> None:
        """Start processes; `overrides` are told to each of them on top."""
        for name in names:
            self.processes[name] = self._process(name, overrides)
            self.processes[name].start()

    def start_mail(self, port: int) -> None:
        """Start the mail sink, which keeps every mail as a file in `<folder>/mail`."""
        sink = ["deploy.mailsink", "serve", "--port", str(port), "--folder", str(self.folder / MAIL)]
        self.processes[MAIL] = self._python(MAIL, sink, {})
        self.processes[MAIL].start()
        self.processes[MAIL].wait_until(lambda: not is_free(port), 20)

    def wait(self, names: Sequence[str] = PROCESSES, seconds: float = 60) -> None:
        """Wait until processes call themselves ready; raises `StartFailed` with a process's last words."""
        for name in names:
            beside = [other for other in names if other != name]
            self.processes[name].wait_until(partial(self._is_ready, name, beside), seconds)

    def make_demo_data(self, seconds: float = 300) -> str:
        """Have the demo data made where there are none; says what was done. Raises `StartFailed`."""
        maker = self._python("demo-data", [DEMO_DATA], self.environment(GATEWAY))
        end = time.monotonic() + seconds
        try:
            maker.start()
            while maker.running and time.monotonic() < end:
                self.check()
                time.sleep(0.05)
                heed()
        finally:
            failed = maker.stop()
        if failed:
            raise StartFailed(f"the demo data could not be made:\n{maker.last_words()}")
        return maker.last_words(1)

    def check(self) -> None:
        """Raises `StartFailed` when a process has ended."""
        self._check(self.processes)

    def stop(self) -> None:
        """Stop the gateway first, then the services together: nobody is asked who is leaving."""
        for leaving in ([GATEWAY], SERVICES, [MAIL]):
            self._stop(leaving)

    def ready_url(self, name: str) -> str:
        return f"{self.url if name == GATEWAY else self.at.health_url(name)}/readyz"

    @property
    def url(self) -> str:
        """Where the gateway answers."""
        return f"http://{LOOPBACK}:{self.at.http_port}"

    def environment(self, name: str) -> dict[str, str]:
        """Everything that a process is told."""
        return environment_of(name, self.sites, self.credentials, self.at)

    def _check(self, names: Iterable[str]) -> None:
        for name in names:
            if not self.processes[name].running:
                code = self.processes[name].returncode
                raise StartFailed(f"{name} ended with {code}, so all are stopped")

    def _is_ready(self, name: str, beside: Iterable[str]) -> bool:
        """Whether it is. It may wait for those beside it, and one of them may have ended."""
        self._check(beside)
        return is_ready(self.ready_url(name))

    def _stop(self, names: Iterable[str]) -> None:
        leaving = [self.processes[name] for name in names if name in self.processes]
        for process in leaving:
            process.ask_to_stop()
        for process in leaving:
            process.stop()

    def _process(self, name: str, overrides: Mapping[str, str]) -> Process:
        return self._python(name, ["chassis.run", name], {**self.environment(name), **overrides})

    def _python(self, name: str, module: list[str], told: Mapping[str, str]) -> Process:
        inherited = {word: os.environ[word] for word in INHERITED if word in os.environ}
        command = [sys.executable, "-m", *module]
        return Process(name, command, {**inherited, **told}, self.folder / "logs", ROOT)


def is_ready(url: str) -> bool:
    """Whether something answers there and calls itself ready."""
    try:
        return requests.get(url, timeout=2).ok
    except requests.RequestException:
        return False
