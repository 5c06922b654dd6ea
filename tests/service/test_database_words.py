"""The words of the chassis that stores are written in, on a real server."""

from __future__ import annotations

import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError

from chassis.database import Database, lock, retrying, try_lock, upsert_newer, violated
from contracts.errors import Unavailable
from tests.service.trial import copies, rename, texts


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
