"""Make the first admin of an installation: `python -m services.catalog.create_admin --email ada@example.com`.

Over HTTP only an admin can make an admin, so the first one is made by whoever may run a process
of catalog, with its settings. The password comes from ADMIN_PASSWORD, else from the terminal or
standard input. It is the same registration as any other; the running service tells it to the rest.
"""

from __future__ import annotations

import getpass
import os
import sys
import uuid
from typing import Annotated

import typer
from marshmallow import ValidationError

from chassis.clock import Clock
from chassis.context import Actor
from chassis.database import create_database, retrying
from chassis.settings import Settings, SettingsIncomplete, read_settings
from chassis.unit import Unit
from contracts.catalog import AccountView, Register, Role
from contracts.errors import Refusal
from contracts.message import load
from services.catalog.service import Catalog

ANY_ADMIN = Actor(role=Role.ADMIN.value)


def create_admin(settings: Settings, request: Register) -> AccountView:
    """Register the account as an admin would. Raises the refusals of `Register`."""
    clock, database = Clock(settings.clock_offset_file), create_database(settings)
    try:
        return retrying(
            database,
            lambda connection: Catalog(settings).register(
                request, Unit(connection, clock.now(), ANY_ADMIN, str(uuid.uuid4()))
            ),
        )
    finally:
        database.close()


def main(
    email: Annotated[str, typer.Option(help="What the admin logs in with.")],
    name: Annotated[str, typer.Option(help="How others see them.")] = "Admin",
) -> None:
    """Make an admin, the first one of an installation or a further one."""
    try:
        settings = read_settings("catalog")
        values = {"email": email, "name": name, "password": _password(), "role": Role.ADMIN.value}
        account = create_admin(settings, load(Register, values))
    except (SettingsIncomplete, ValidationError, Refusal) as reason:
        typer.echo(str(reason), err=True)
        raise typer.Exit(1) from None
    typer.echo(f"{account.email} is admin {account.id}")


def _password() -> str:
    if given := os.environ.get("ADMIN_PASSWORD"):
        return given
    return getpass.getpass() if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")


if __name__ == "__main__":
    typer.run(main)
