"""The chassis' database on a real server: its limits, its retries, what it says when things go wrong."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta, timezone

import psycopg
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError, ProgrammingError

from chassis import connections
from chassis.database import (
    Database,
    Instant,
    create_database,
    lock,
    new_metadata,
    retrying,
    try_lock,
    upsert_newer,
    violated,
)
from chassis.settings import Settings
from contracts.errors import NotFound, Unavailable
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
        return list(connection.scalars(sa.select(copies.c.text).order_by(copies.c.id)))


def rename(connection: Connection, number: int, text: str) -> None:
    connection.execute(copies.update().where(copies.c.id == number).values(text=text))


def backend(connection: Connection) -> int:
    return int(connection.execute(sa.text("SELECT pg_backend_pid()")).scalar_one())


# --- transactions ---------------------------------------------------------------------------------


def test_what_was_done_is_committed_at_the_end(database: Database) -> None:
    with database.transaction() as connection:
        rename(connection, 1, "uno")
    assert texts(database) == ["uno", "two"]


@pytest.mark.parametrize("failure", [NotFound(), ValueError("no"), KeyboardInterrupt()])
def test_any_exception_undoes_everything_and_is_passed_on(database: Database, failure: BaseException) -> None:
    def work(connection: Connection) -> None:
        rename(connection, 1, "uno")
        raise failure

    with pytest.raises(type(failure)):
        retrying(database, work)
    with pytest.raises(type(failure)), database.transaction() as connection:
        work(connection)
    assert texts(database) == ["one", "two"]
    assert database.connections_in_use() == 0


def test_a_question_can_not_change_anything(database: Database) -> None:
    with pytest.raises(sa.exc.InternalError, match="read-only"):
        retrying(database, lambda connection: rename(connection, 1, "uno"), read_only=True)
    retrying(database, lambda connection: rename(connection, 1, "uno"))
    assert texts(database) == ["uno", "two"]


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


# --- not now --------------------------------------------------------------------------------------


def test_a_statement_that_takes_too_long_is_unavailable(database: Database) -> None:
    def work(connection: Connection) -> None:
        connection.execute(sa.text("SET LOCAL statement_timeout = '50ms'"))
        connection.execute(sa.text("SELECT pg_sleep(5)"))

    with pytest.raises(Unavailable):
        retrying(database, work)


def test_a_row_that_somebody_keeps_locked_is_unavailable(database: Database) -> None:
    def work(connection: Connection) -> None:
        connection.execute(sa.text("SET LOCAL lock_timeout = '50ms'"))
        rename(connection, 1, "eins")

    with database.transaction() as holder:
        rename(holder, 1, "uno")
        with pytest.raises(Unavailable):
            retrying(database, work)
    assert texts(database) == ["uno", "two"]


def test_no_free_connection_is_unavailable(database: Database) -> None:
    held = [database.engine.connect() for _ in range(4)]
    assert database.connections_in_use() == 4
    with pytest.raises(Unavailable), database.transaction():
        pass
    for connection in held:
        connection.close()


def test_no_server_is_unavailable_at_once() -> None:
    nowhere = create_database(Settings("trial", database_url="postgresql://me@127.0.0.1:1/trial"))
    with pytest.raises(Unavailable):
        retrying(nowhere, texts)  # type: ignore[arg-type]


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


# --- again ----------------------------------------------------------------------------------------


def test_of_two_that_block_each_other_both_succeed(database: Database) -> None:
    both_have_one = threading.Barrier(2)
    attempts: list[str] = []

    def swap(name: str, first: int, second: int) -> None:
        def work(connection: Connection) -> None:
            attempts.append(name)
            rename(connection, first, f"{name}{first}")
            if attempts.count(name) == 1:
                both_have_one.wait(5)
            rename(connection, second, f"{name}{second}")

        retrying(database, work)

    rivals = [
        threading.Thread(target=swap, args=("a", 1, 2)),
        threading.Thread(target=swap, args=("b", 2, 1)),
    ]
    for rival in rivals:
        rival.start()
    for rival in rivals:
        rival.join(20)
    assert len(attempts) == 3
    assert texts(database) == [f"{attempts[-1]}1", f"{attempts[-1]}2"]


def test_after_three_more_deadlocks_it_is_unavailable(database: Database) -> None:
    attempts = []

    def work(connection: Connection) -> None:
        attempts.append(1)
        connection.execute(sa.text("DO $$ BEGIN RAISE SQLSTATE '40P01'; END $$"))

    with pytest.raises(Unavailable):
        retrying(database, work)
    assert len(attempts) == 4


def test_connections_that_the_server_closed_meanwhile_are_not_noticed(
    database: Database, admin: psycopg.Connection
) -> None:
    texts(database)
    admin.execute(
        "SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity WHERE application_name = 'trial'"
    )
    retrying(database, lambda connection: rename(connection, 1, "uno"))
    assert texts(database) == ["uno", "two"]


def test_a_connection_lost_while_working_is_tried_once_more(
    database: Database, admin: psycopg.Connection
) -> None:
    attempts = []

    def work(connection: Connection) -> None:
        attempts.append(1)
        admin.execute("SELECT pg_terminate_backend(%s, 1000)", [backend(connection)])
        rename(connection, 1, "uno")

    with pytest.raises(Unavailable):
        retrying(database, work)
    assert len(attempts) == 2
    assert texts(database) == ["one", "two"]


def test_a_connection_lost_while_committing_is_not_tried_again(database: Database) -> None:
    attempts = []

    def work(connection: Connection) -> None:
        attempts.append(1)
        connection.execute(sa.text(_DIES_WHEN_COMMITTING))
        rename(connection, 1, "uno")

    with pytest.raises(Unavailable):
        retrying(database, work)
    assert len(attempts) == 1


_DIES_WHEN_COMMITTING = """
CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(1); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER die AFTER UPDATE ON copies DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION die();
"""


def test_what_the_author_got_wrong_is_told_to_the_author(database: Database) -> None:
    with pytest.raises(ProgrammingError):
        retrying(database, lambda connection: connection.execute(sa.text("SELECT nonsense")))


# --- words for stores -----------------------------------------------------------------------------


def test_a_violated_constraint_has_a_name_and_tells_no_values(database: Database) -> None:
    with pytest.raises(IntegrityError) as refused:
        retrying(database, lambda connection: rename(connection, 1, "two"))
    assert violated(refused.value) == "uq_copies_text"
    assert "two" not in f"{refused.value} {refused.value.orig} {refused.value.__cause__}"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.permutations(range(1, 6)).flatmap(lambda told: st.lists(st.sampled_from(told), min_size=1, max_size=8))
)
def test_of_copies_in_any_order_the_newest_stays(database: Database, told: list[int]) -> None:
    def take(version: int) -> bool:
        values = {"id": 7, "text": f"as of {version}", "version": version}
        return retrying(database, lambda connection: upsert_newer(connection, copies, values))

    with database.transaction() as connection:
        connection.execute(copies.delete())
    newest = 0
    for version in told:
        assert take(version) is (version > newest)
        newest = max(newest, version)
    assert texts(database) == [f"as of {max(told)}"]


def test_instants_come_back_in_utc(database: Database) -> None:
    there = datetime(2026, 7, 1, 12, tzinfo=timezone(timedelta(hours=5, minutes=45)))
    with database.transaction() as connection:
        connection.execute(copies.update().where(copies.c.id == 1).values(at=there))
        back = connection.scalar(sa.select(copies.c.at).where(copies.c.id == 1))
    assert back == there
    assert back is not None
    assert back.tzinfo is UTC


def test_an_instant_without_an_offset_is_refused(database: Database) -> None:
    naive = datetime(2026, 7, 1, 12)  # noqa: DTZ001
    with pytest.raises(sa.exc.StatementError), database.transaction() as connection:
        connection.execute(copies.update().values(at=naive))


def test_a_name_is_held_by_one_until_its_end(database: Database) -> None:
    with database.transaction() as holder, database.transaction() as other:
        lock(holder, "tutor-1", "student-2")
        assert not try_lock(other, "tutor-1")
        assert not try_lock(other, "student-2")
        assert try_lock(other, "tutor-2")
    with database.transaction() as other:
        assert try_lock(other, "tutor-1")


def test_names_in_any_order_can_not_block_each_other(database: Database) -> None:
    done: list[int] = []

    def work(*names: str) -> None:
        for _ in range(20):
            with suppress(Unavailable), database.transaction() as connection:
                lock(connection, *names)
                done.append(1)

    rivals = [
        threading.Thread(target=work, args=names) for names in (("a", "b"), ("b", "a"), ("b", "a", "b"))
    ]
    for rival in rivals:
        rival.start()
    for rival in rivals:
        rival.join(20)
    assert len(done) == 60


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
