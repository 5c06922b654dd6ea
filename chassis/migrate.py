"""Bring a service's database to the newest shape, or back: `python -m chassis.migrate booking`.

The steps are the chassis' own and then the service's. They run in one transaction as the owner of
the database, whom MIGRATION_DATABASE_URL names; the running service can not change its tables. Of
two migrators the second waits and finds nothing left to do.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import sqlalchemy as sa
import typer
from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from chassis.connections import CONNECT_SECONDS, driver_url
from chassis.database import lock
from chassis.settings import SettingsIncomplete, read_secret
from chassis.shape import ROOT, head, migrations_of, standing

# A step that can not have its table soon gives up: whoever queues behind it would wait as well.
_LOCK_TIMEOUT = "5s"


def upgrade(service: str, url: str) -> str:
    """Take all steps that are missing; the revision it stands at."""
    with _connected(url) as connection:
        command.upgrade(_config(service, connection), "heads")
        return standing(connection)


def rollback(service: str, url: str, steps: str = "1") -> str:
    """Undo the last steps, as a number or "base" for all; the revision it stands at."""
    with _connected(url) as connection:
        command.downgrade(_config(service, connection), steps if steps == "base" else f"-{int(steps)}")
        return standing(connection)


cli = typer.Typer(add_completion=False, pretty_exceptions_show_locals=False)


@cli.command()
def main(
    service: Annotated[str, typer.Argument(help="The service whose database is meant, such as booking.")],
    steps: Annotated[str, typer.Argument(help="With --rollback: how many steps, or base for all.")] = "1",
    back: Annotated[bool, typer.Option("--rollback", help="Undo steps instead of taking them.")] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing; fail if steps are missing.")
    ] = False,
) -> None:
    """Bring a service's database, named by MIGRATION_DATABASE_URL[_FILE], to the newest shape."""
    _refuse_nonsense(service, steps)
    url = _url()
    try:
        typer.echo(_checked(service, url) if check else _moved(service, url, steps if back else None))
    except (CommandError, OperationalError) as error:
        typer.echo(f"{service}: {getattr(error, 'orig', None) or error}", err=True)
        raise typer.Exit(1) from None


def _refuse_nonsense(service: str, steps: str) -> None:
    if not (ROOT / "services" / service).is_dir() or not service.isidentifier():
        raise typer.BadParameter(f"There is no service {service!r}.")
    if not (steps == "base" or (steps.isdecimal() and int(steps) > 0)):
        raise typer.BadParameter(f"Steps are a number or base, not {steps!r}.")


def _url() -> str:
    try:
        return read_secret("MIGRATION_DATABASE_URL")
    except SettingsIncomplete as incomplete:
        typer.echo(str(incomplete), err=True)
        raise typer.Exit(2) from None


def _checked(service: str, url: str) -> str:
    with _connected(url) as connection:
        found = standing(connection)
    if found != head(service):
        raise CommandError(f"stands at {found or 'nothing'}, not at {head(service)}")
    return f"{service} stands at {found}, the newest"


def _moved(service: str, url: str, steps_back: str | None) -> str:
    reached = rollback(service, url, steps_back) if steps_back else upgrade(service, url)
    return f"{service} stands at {reached or 'nothing'}"


@contextmanager
def _connected(url: str) -> Iterator[Connection]:
    """One transaction, alone among migrators."""
    engine = sa.create_engine(
        driver_url(url),
        poolclass=sa.NullPool,
        connect_args={"connect_timeout": CONNECT_SECONDS, "application_name": "migrate"},
    )
    with engine.begin() as connection:
        lock(connection, "migrations")
        connection.execute(sa.text(f"SET LOCAL lock_timeout = '{_LOCK_TIMEOUT}'"))
        yield connection


def _config(service: str, connection: Connection) -> Config:
    homes = migrations_of("chassis"), migrations_of(service)
    config = Config(attributes={"connection": connection})
    config.set_main_option("path_separator", "newline")
    config.set_main_option("script_location", _escaped(ROOT / "chassis" / "alembic"))
    config.set_main_option("version_locations", "\n".join(map(_escaped, homes)))
    return config


def _escaped(path: Path) -> str:
    return str(path).replace("%", "%%")  # for the configuration parser


if __name__ == "__main__":
    cli()
