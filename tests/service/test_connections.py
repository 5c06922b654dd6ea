"""How a process connects to a real server: with limits, patiently for greenlets, anew after a migration."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy import Connection

from chassis import connections
from chassis.database import Database, create_database, retrying
from chassis.settings import Settings
from contracts.errors import Unavailable
from tests.service.trial import backend, texts, texts_on


def test_every_connection_has_its_limits(database: Database) -> None:
    names = (
        "statement_timeout",
        "lock_timeout",
        "idle_in_transaction_session_timeout",
        "timezone",
        "application_name",
    )
    with database.transaction() as connection:
        shown = [connection.execute(sa.text(f"SHOW {name}")).scalar_one() for name in names]
    assert shown == ["5s", "3s", "10s", "UTC", "trial"]


def test_a_server_that_hangs_is_given_up(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "SERVER_SECONDS", 0.3)

    def work(connection: Connection) -> None:
        with frozen(backend(connection)):
            connection.execute(sa.text("SELECT 1"))

    with pytest.raises(Unavailable):
        retrying(database, work)
    assert database.connections_in_use() == 0
    assert texts(database) == ["one", "two"]


@contextmanager
def frozen(process: int) -> Iterator[None]:
    os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process, signal.SIGCONT)


# --- prepared statements --------------------------------------------------------------------------

OFTEN = 5
PREPARED = sa.text("SELECT count(*) FROM pg_prepared_statements")


@pytest.fixture
def preparing(url: str, database: Database) -> Iterator[Database]:
    """One connection to the same tables, whose server prepares what it is asked again and again."""
    settings = Settings("trial", database_url=url, pool_size=1, prepared_statements=True)
    made = create_database(settings)
    yield made
    made.close()


def prepared(database: Database) -> int:
    with database.transaction(read_only=True) as connection:
        return int(connection.execute(PREPARED).scalar_one())


def test_nothing_is_prepared_unless_it_was_said_that_no_pooler_stands_between(
    database: Database, preparing: Database
) -> None:
    for each in (database, preparing):
        for _ in range(OFTEN):
            texts(each)
    assert prepared(database) == 0
    assert prepared(preparing) > 0


def test_what_was_prepared_before_a_migration_is_asked_anew_after_it(
    preparing: Database, admin: psycopg.Connection
) -> None:
    for _ in range(OFTEN):
        assert retrying(preparing, texts_on) == ["one", "two"]
    admin.execute("ALTER TABLE copies ALTER COLUMN text TYPE varchar(99)")
    assert retrying(preparing, texts_on) == ["one", "two"]
    assert preparing.connections_in_use() == 0


# --- beside greenlets -----------------------------------------------------------------------------

GREEN = """
import sys, time
import eventlet; eventlet.monkey_patch()
from sqlalchemy import text
from chassis.database import create_database, retrying
from chassis.settings import Settings

database = create_database(Settings("green", database_url=sys.argv[1], pool_size=8))
ticks = 0

def tick():
    global ticks
    while True:
        ticks += 1
        eventlet.sleep(0.01)

eventlet.spawn(tick)
began = time.monotonic()
sleepers = [
    eventlet.spawn(retrying, database, lambda connection: connection.execute(text("SELECT pg_sleep(0.5)")))
    for _ in range(5)
]
for sleeper in sleepers:
    sleeper.wait()
print(ticks, time.monotonic() - began)
"""

KILLED = """
import sys
import eventlet; eventlet.monkey_patch()
from sqlalchemy import text
from chassis.database import create_database, retrying
from chassis.settings import Settings

database = create_database(Settings("green", database_url=sys.argv[1], pool_size=1))

def sleep(connection):
    connection.execute(text("SELECT pg_sleep(3)"))

sleeper = eventlet.spawn(retrying, database, sleep)
eventlet.sleep(0.2)
sleeper.kill()
try:
    with eventlet.Timeout(0.2):
        retrying(database, sleep)
except eventlet.Timeout:
    pass
print(retrying(database, lambda connection: connection.execute(text("SELECT 'well'")).scalar_one()))
print(database.connections_in_use())
"""

TOO_EARLY = """
import psycopg
import eventlet; eventlet.monkey_patch()
from chassis.database import create_database
from chassis.settings import Settings
create_database(Settings("green", database_url="postgresql://nowhere/x"))
"""


def run(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A process without the environment's hints to psycopg, which must not be needed."""
    environ = {name: value for name, value in os.environ.items() if name != "PSYCOPG_WAIT_FUNC"}
    command = [sys.executable, "-W", "ignore", "-c", program, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, env=environ)


def test_slow_queries_run_side_by_side_and_stop_no_greenlet(url: str) -> None:
    ticks, seconds = run(GREEN, url).stdout.split()
    assert float(seconds) < 1.5  # 2.5 one after the other
    assert int(ticks) > 25


def test_a_greenlet_killed_in_the_middle_of_a_query_gives_its_place_back(url: str) -> None:
    assert run(KILLED, url).stdout.split() == ["well", "0"]


def test_a_process_that_would_freeze_does_not_start() -> None:
    assert "psycopg was imported before eventlet" in run(TOO_EARLY).stderr
