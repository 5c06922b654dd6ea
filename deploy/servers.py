"""Both servers together: PostgreSQL and RabbitMQ, private ones under a folder or those that are named.

    with running(Path("/var/tmp/example"), quick=True) as servers:
        servers.database_url("booking"), servers.broker_url("gateway")

Where the folder cannot be reached by the accounts that the servers run as (a checkout below a
closed home, used by root), their data go to a folder of the same purpose under /var/tmp.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from deploy.credentials import Credentials, kept_in
from deploy.databases import app_url, create_databases, owner_url, shut_out
from deploy.keeping import Kept
from deploy.named import NamedPostgres, NamedRabbitMQ, Names
from deploy.postgres import Postgres
from deploy.processes import StartFailed, stop_leftovers
from deploy.rabbitmq import RabbitMQ


class Server(Protocol):
    """Something to start, wait for and stop."""

    def start(self) -> None: ...

    def wait(self) -> None: ...

    def stop(self) -> None: ...


class Database(Server, Protocol):
    @property
    def admin_url(self) -> str: ...


class Broker(Server, Protocol):
    def url(self, user: str) -> str: ...


D = TypeVar("D", bound=Database)
B = TypeVar("B", bound=Broker)


@dataclass
class Servers(Generic[D, B]):
    """A PostgreSQL with the five databases and a RabbitMQ with its users."""

    postgres: D
    rabbitmq: B
    credentials: Credentials

    def start(self) -> None:
        """Start both, wait for both, make the databases; stops both again where one fails."""
        try:
            self.rabbitmq.start()
            self.postgres.start()
            self.postgres.wait()
            if isinstance(self.postgres, Postgres):
                shut_out(self.postgres.admin_url)
            create_databases(self.postgres.admin_url, self.credentials)
            self.rabbitmq.wait()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop both, side by side."""
        with ThreadPoolExecutor(2) as both:
            list(both.map(lambda server: server.stop(), (self.rabbitmq, self.postgres)))

    def kept(self) -> dict[str, Kept]:
        """Those that are ours, to be kept running."""
        own = {"postgres": self.postgres, "rabbitmq": self.rabbitmq}
        return {name: server for name, server in own.items() if isinstance(server, Postgres | RabbitMQ)}

    def database_url(self, service: str) -> str:
        return app_url(self.postgres.admin_url, service, self.credentials)

    def migration_url(self, service: str) -> str:
        return owner_url(self.postgres.admin_url, service, self.credentials)

    def broker_url(self, user: str) -> str:
        return self.rabbitmq.url(user)


PrivateServers = Servers[Postgres, RabbitMQ]
AnyServers = Servers[Database, Broker]


@contextmanager
def running(folder: Path, *, quick: bool = False) -> Iterator[PrivateServers]:
    """The private servers of a folder, started, and stopped at the end."""
    stop_leftovers(folder / "logs")
    servers = private(folder, quick=quick)
    servers.start()
    try:
        yield servers
    finally:
        servers.stop()


def private(folder: Path, *, quick: bool = False) -> PrivateServers:
    """The servers of that folder, not started yet; what they kept there is found again."""
    ports = _last_ports(folder)
    credentials = kept_in(folder / "credentials.json")
    data, logs = reachable(folder), folder / "logs"
    postgres = Postgres(data / "postgres", logs, credentials.postgres_admin, ports[:1], quick=quick)
    rabbitmq = RabbitMQ(data / "rabbitmq", logs, credentials.broker, credentials.erlang_cookie, ports[1:])
    (folder / "ports").write_text(f"{postgres.port} {rabbitmq.port}")
    return Servers(postgres, rabbitmq, credentials)


def private_or_named(folder: Path, names: Names) -> AnyServers:
    """Private servers, each replaced by one of somebody else's where that is named."""
    credentials = kept_in(folder / "credentials.json")
    own = private(folder) if not (names.postgres and names.rabbitmq) else None
    postgres: Database = NamedPostgres(names.postgres) if own is None or names.postgres else own.postgres
    broker: Broker = (
        NamedRabbitMQ(names, credentials.broker) if own is None or names.rabbitmq else own.rabbitmq
    )
    return Servers(postgres, broker, credentials)


def reachable(folder: Path) -> Path:
    """The folder itself, or one under /var/tmp where other accounts could not get at it."""
    folder.mkdir(parents=True, exist_ok=True)
    folder = folder.resolve()
    if os.geteuid() != 0 or all(place.stat().st_mode & 0o001 for place in (folder, *folder.parents)):
        return folder
    substitute = _substitute(folder)
    substitute.mkdir(mode=0o711, exist_ok=True)
    if substitute.is_symlink() or substitute.stat().st_uid != os.geteuid():
        raise StartFailed(f"{substitute} belongs to somebody else")
    return substitute


def forget(folder: Path) -> None:
    """Remove all that was kept in the folder, and what was put elsewhere for it."""
    shutil.rmtree(_substitute(folder.resolve()), ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)


def _substitute(folder: Path) -> Path:
    mark = hashlib.sha256(str(folder).encode()).hexdigest()[:12]
    return Path("/var/tmp") / f"tutoring-{mark}"  # noqa: S108 - its ownership is checked


def _last_ports(folder: Path) -> tuple[int, ...]:
    """The ports of last time, PostgreSQL's and RabbitMQ's, which are used again where they are free."""
    kept = folder / "ports"
    return tuple(map(int, kept.read_text().split())) if kept.exists() else ()
