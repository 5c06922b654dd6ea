"""The one-shot jobs of docker-compose.yml: secrets, then databases and tables, at last demo data.

Each secret is written for one reader: a process's files are in a volume of its own, and only the
`databases` job sees everything.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import typer

from deploy.credentials import Credentials, kept_in, write_private
from deploy.databases import app_url, create_databases, owner_url
from deploy.definitions import definitions
from deploy.environment import Addresses, environment_of, health_ports, migration_environment
from deploy.names import PROCESSES, SERVICES, VHOST
from deploy.platform import DEMO_DATA

SECRETS = Path("/secrets")
READER = 10001  # the user of our image
SECRET_SETTINGS = ("BROKER_URL", "CRON_SECRET", "DATABASE_URL", "GATEWAY_PUBLIC_KEY", "GATEWAY_SIGNING_KEY")

app = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@dataclass(frozen=True)
class Sites:
    """The servers, by their names on the containers' network."""

    credentials: Credentials

    @property
    def admin_url(self) -> str:
        return f"postgresql://postgres:{self.credentials.postgres_admin}@postgres:5432/postgres"

    def database_url(self, service: str) -> str:
        return app_url(self.admin_url, service, self.credentials)

    def migration_url(self, service: str) -> str:
        return owner_url(self.admin_url, service, self.credentials)

    def broker_url(self, user: str) -> str:
        return f"amqp://{user}:{self.credentials.broker[user]}@rabbitmq:5672/{VHOST}"


@app.command()
def secrets(folder: Path = SECRETS, reader: int = READER) -> None:
    """Make all secrets, once, and lay out to each process its own."""
    credentials = kept_in(folder / "admin" / "credentials.json")
    for process in PROCESSES:
        for name, value in secrets_of(process, credentials).items():
            write_private(folder / process / name.lower(), value)
    # Read by the servers' own accounts; nobody else mounts these volumes.
    write_private(folder / "postgres" / "password", credentials.postgres_admin, mode=0o444)
    write_private(
        folder / "rabbitmq" / "definitions.json", json.dumps(definitions(credentials.broker)), mode=0o444
    )
    for place in ("admin", *PROCESSES):
        for path in (folder / place, *(folder / place).iterdir()):
            os.chown(path, reader, reader)


@app.command()
def databases(folder: Path = SECRETS) -> None:
    """Make roles, databases and tables, or bring them up to date."""
    credentials = kept_in(folder / "admin" / "credentials.json")
    sites = Sites(credentials)
    create_databases(sites.admin_url, credentials)
    for service in SERVICES:
        told = {**os.environ, **migration_environment(service, sites)}
        subprocess.run([sys.executable, "-m", "chassis.migrate", service], env=told, check=True)


@app.command()
def demo() -> None:
    """Make demo data in demo mode, where there are none yet."""
    if os.environ.get("DEMO_MODE") == "1":
        subprocess.run([sys.executable, "-m", DEMO_DATA], check=True)


def secrets_of(process: str, credentials: Credentials) -> dict[str, str]:
    """What a process must be told, but not by the compose file."""
    at = Addresses(8000, health_ports([9000] * len(PROCESSES)), smtp_url="", clock=None)
    told = environment_of(process, Sites(credentials), credentials, at)
    return {name: told[name] for name in SECRET_SETTINGS if name in told}


if __name__ == "__main__":
    app()
