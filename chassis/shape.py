"""Whether a database has the shape that this code was written for, which every process is asked all the time.

A migration is `<number>_<what>.py` in a service's folder and its revision `<service>_<number>`; each
follows the one before it. So much can be told without alembic, which needs longer to be imported than
a service with all it decides.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import Connection

ROOT = Path(__file__).resolve().parents[1]


def migrations_of(service: str) -> Path:
    """Where the steps of a service's database are, or those of all: of "chassis"."""
    home = ROOT / "chassis" if service == "chassis" else ROOT / "services" / service
    return home / "migrations"


@cache
def head(service: str) -> str:
    """The newest revision of a service's database."""
    newest = max(path.name for path in migrations_of(service).glob("[0-9]*.py"))
    return f"{service}_{newest.partition('_')[0]}"


def standing(connection: Connection) -> str:
    """The revision that a database stands at; empty where it stands at none."""
    if connection.scalar(sa.text("SELECT to_regclass('alembic_version')")) is None:
        return ""
    return connection.scalar(sa.text("SELECT version_num FROM alembic_version")) or ""


def at_head(connection: Connection, service: str) -> bool:
    """Whether the database has the shape that this code was written for."""
    return standing(connection) == head(service)
