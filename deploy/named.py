"""Servers that somebody else runs, named by the environment: used, never started, stopped or emptied.

`POSTGRES_ADMIN_URL` names a PostgreSQL by a login that may create roles and databases.
`RABBITMQ_URL` names a RabbitMQ; with `RABBITMQ_MANAGEMENT_URL` (an administrator's login in it) it
gets the virtual host, users and permissions of the platform, without it all processes share the
login and virtual host given.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

import psycopg
import requests
from amqp.exceptions import AMQPError
from kombu.exceptions import OperationalError

from deploy.databases import with_login
from deploy.definitions import declare, upload
from deploy.names import VHOST
from deploy.processes import StartFailed


@dataclass(frozen=True, repr=False)
class Names:
    """The servers that are named, if any."""

    postgres: str = ""
    rabbitmq: str = ""
    management: str = ""

    @classmethod
    def from_environment(cls) -> Names:
        variables = ("POSTGRES_ADMIN_URL", "RABBITMQ_URL", "RABBITMQ_MANAGEMENT_URL")
        return cls(*(os.environ.get(variable, "") for variable in variables))


@dataclass(frozen=True, repr=False)
class NamedPostgres:
    """A PostgreSQL of somebody else's."""

    admin_url: str

    def start(self) -> None:
        pass

    def wait(self) -> None:
        """Raises `StartFailed` where it does not answer."""
        try:
            psycopg.connect(self.admin_url, connect_timeout=5).close()
        except psycopg.OperationalError as error:
            raise StartFailed(f"POSTGRES_ADMIN_URL: {error}") from error

    def stop(self) -> None:
        pass


@dataclass(frozen=True, repr=False)
class NamedRabbitMQ:
    """A RabbitMQ of somebody else's."""

    names: Names
    passwords: dict[str, str]

    def start(self) -> None:
        pass

    def wait(self) -> None:
        """Give it what the platform needs; raises `StartFailed` where it does not answer or refuses."""
        try:
            if self.names.management:
                upload(self.names.management, self.passwords)
            else:
                declare(self.names.rabbitmq)
        except requests.RequestException as error:
            raise StartFailed(f"RABBITMQ_MANAGEMENT_URL: {_without_login(error)}") from error
        except (OSError, AMQPError, OperationalError) as error:
            raise StartFailed(f"RABBITMQ_URL: {error}") from error

    def stop(self) -> None:
        pass

    def url(self, user: str) -> str:
        """Where a user connects."""
        if not self.names.management:
            return self.names.rabbitmq
        return with_login(self.names.rabbitmq, user, self.passwords[user], VHOST)


def _without_login(error: requests.RequestException) -> str:
    return re.sub(r"//[^/@\s]*@", "//", str(error))
