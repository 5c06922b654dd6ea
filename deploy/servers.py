"""Both servers, private and together: PostgreSQL and RabbitMQ under one folder, started side by side.

    with running(Path("/var/tmp/example"), quick=True) as servers:
        servers.database_url("booking"), servers.broker_url("gateway")

Where the folder cannot be reached by the accounts that the servers run as (a checkout below a
closed home, used by root), their data go to a folder of the same purpose under /var/tmp.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.credentials import Credentials, kept_in
from deploy.databases import app_url, create_databases, owner_url, shut_out
from deploy.postgres import Postgres
from deploy.processes import StartFailed, stop_leftovers
from deploy.rabbitmq import RabbitMQ


@dataclass
class Servers:
    """A private PostgreSQL with the five databases and a private RabbitMQ with its users."""

    postgres: Postgres
    rabbitmq: RabbitMQ
    credentials: Credentials

    @classmethod
    def under(cls, folder: Path, *, quick: bool = False) -> Servers:
        """The servers of that folder, not started yet; what they kept there is found again."""
        credentials = kept_in(folder / "credentials.json")
        data, logs = reachable(folder), folder / "logs"
        wanted = _last_ports(folder)
        postgres = Postgres(data / "postgres", logs, credentials.postgres_admin, *wanted[:1], quick=quick)
        rabbitmq = RabbitMQ(
            data / "rabbitmq", logs, credentials.broker, credentials.erlang_cookie, wanted[1:]
        )
        (folder / "ports").write_text(f"{postgres.port} {rabbitmq.port}")
        return cls(postgres, rabbitmq, credentials)

    def start(self) -> None:
        """Start both, wait for both, make the databases; stops both again where one fails."""
        try:
            self.rabbitmq.start()
            self.postgres.start()
            self.postgres.wait()
            shut_out(self.postgres.admin_url)
            create_databases(self.postgres.admin_url, self.credentials)
            self.rabbitmq.wait()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop both in order."""
        self.rabbitmq.stop()
        self.postgres.stop()

    def database_url(self, service: str) -> str:
        return app_url(self.postgres.admin_url, service, self.credentials)

    def migration_url(self, service: str) -> str:
        return owner_url(self.postgres.admin_url, service, self.credentials)

    def broker_url(self, user: str) -> str:
        return self.rabbitmq.url(user)


@contextmanager
def running(folder: Path, *, quick: bool = False) -> Iterator[Servers]:
    """The servers of a folder, started, and stopped at the end."""
    stop_leftovers(folder / "logs")
    servers = Servers.under(folder, quick=quick)
    servers.start()
    try:
        yield servers
    finally:
        servers.stop()


def reachable(folder: Path) -> Path:
    """The folder itself, or one under /var/tmp where other accounts could not get at it."""
    folder.mkdir(parents=True, exist_ok=True)
    folder = folder.resolve()
    if os.geteuid() != 0 or all(place.stat().st_mode & 0o001 for place in (folder, *folder.parents)):
        return folder
    mark = hashlib.sha256(str(folder).encode()).hexdigest()[:12]
    substitute = Path("/var/tmp") / f"tutoring-{mark}"  # noqa: S108 - its ownership is checked
    substitute.mkdir(mode=0o711, exist_ok=True)
    if substitute.is_symlink() or substitute.stat().st_uid != os.geteuid():
        raise StartFailed(f"{substitute} belongs to somebody else")
    return substitute


def _last_ports(folder: Path) -> tuple[int, ...]:
    """The ports of last time, which are used again where they are free."""
    kept = folder / "ports"
    return tuple(map(int, kept.read_text().split())) if kept.exists() else ()
