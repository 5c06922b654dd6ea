"""The chassis' database on a real server: transactions, what is not now, what is tried again."""

from __future__ import annotations

import threading
from contextlib import suppress

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.exc import ProgrammingError

from chassis.database import Database, create_database, hint_after_commit, retrying
from chassis.settings import Settings
from contracts.errors import NotFound, Unavailable
from tests.service.trial import backend, rename, texts

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


def test_hints_are_given_once_a_transaction_has_committed_and_only_then(url: str) -> None:
    given: list[object] = []
    database = create_database(Settings("trial", database_url=url, pool_size=1), given.append)
    with suppress(ZeroDivisionError), database.transaction() as connection:
        hint_after_commit(connection, "of what is undone")
        raise ZeroDivisionError
    with database.transaction() as connection:
        for number in (1, 2):
            hint_after_commit(connection, number)
        assert given == []
    assert given == [1, 2]
    database.close()


def test_a_question_can_not_change_anything(database: Database) -> None:
    with pytest.raises(sa.exc.InternalError, match="read-only"):
        retrying(database, lambda connection: rename(connection, 1, "uno"), read_only=True)
    retrying(database, lambda connection: rename(connection, 1, "uno"))
    assert texts(database) == ["uno", "two"]


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
