"""A database for nobody but the tests of the chassis, with one table."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy import Connection

from chassis.database import Database, Instant, create_database, new_metadata
from chassis.settings import Settings
from deploy.databases import with_database
from deploy.servers import PrivateServers

metadata = new_metadata()
copies = sa.Table(
    "copies",
    metadata,
    sa.Column("id", sa.BigInteger, primary_key=True),
    sa.Column("text", sa.Text, unique=True),
    sa.Column("at", Instant),
    sa.Column("version", sa.BigInteger, nullable=False, server_default="1"),
)


@pytest.fixture(scope="module")
def url(servers: PrivateServers) -> Iterator[str]:
    """A database for nobody but this module."""
    with psycopg.connect(servers.postgres.admin_url, autocommit=True) as admin:
        admin.execute("CREATE DATABASE trial")
        yield with_database(servers.postgres.admin_url, "trial")
        admin.execute("DROP DATABASE trial WITH (FORCE)")


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    made = create_database(Settings("trial", database_url=url, pool_size=4))
    with made.transaction() as connection:
        metadata.drop_all(connection)
        metadata.create_all(connection)
        connection.execute(copies.insert().values([{"id": 1, "text": "one"}, {"id": 2, "text": "two"}]))
    yield made
    made.close()


@pytest.fixture
def admin(url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


def texts(database: Database) -> list[str]:
    with database.transaction(read_only=True) as connection:
        return texts_on(connection)


def texts_on(connection: Connection) -> list[str]:
    return list(connection.scalars(sa.select(copies.c.text).order_by(copies.c.id)))


def rename(connection: Connection, number: int, text: str) -> None:
    connection.execute(copies.update().where(copies.c.id == number).values(text=text))


def backend(connection: Connection) -> int:
    return int(connection.execute(sa.text("SELECT pg_backend_pid()")).scalar_one())
