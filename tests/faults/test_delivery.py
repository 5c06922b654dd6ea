"""A failing handler loses nothing, blocks nobody and has its effect once (promises 2 and 5)."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from chassis import wire
from chassis.context import Actor
from contracts.catalog import AccountChanged, Role
from contracts.operations import ListDeadLetters, ReplayDeadLetter
from tests.subject import Subject
from tests.waiting import eventually

ADMIN = Actor(1, "admin")
_numbers = itertools.count(1000)


def an_account(version: int = 1, name: str = "Ada") -> AccountChanged:
    number = next(_numbers)
    return AccountChanged(number, f"a{number}@example.org", name, Role.STUDENT, "UTC", "en", version)


def name_of(reviews: Subject, account_id: int) -> str | None:
    rows = reviews.sql("SELECT name FROM people WHERE account_id = :id", id=account_id)
    return rows[0].name if rows else None


def dead_letters(reviews: Subject, message_id: str) -> list[str]:
    page = reviews.ask(ListDeadLetters(page_size=100), by=ADMIN)
    return [letter.id for letter in page.items if letter.message_id == message_id]


@contextmanager
def a_fault(reviews: Subject, failures: int) -> Iterator[None]:
    """Have the table of names refuse so many writes; the count outlives rolled back transactions."""
    reviews.sql("CREATE SEQUENCE faults")
    reviews.sql("GRANT USAGE ON SEQUENCE faults TO reviews_app")
    reviews.sql(
        "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF nextval('faults') <= {failures} THEN RAISE EXCEPTION 'on purpose'; END IF; RETURN NEW; END $$"
    )
    reviews.sql("CREATE TRIGGER fail BEFORE INSERT OR UPDATE ON people FOR EACH ROW EXECUTE FUNCTION fail()")
    try:
        yield
    finally:
        reviews.sql("DROP TRIGGER fail ON people")
        reviews.sql("DROP FUNCTION fail")
        reviews.sql("DROP SEQUENCE faults")


def test_an_event_told_twice_has_one_effect(reviews: Subject) -> None:
    account = an_account()
    event_id = reviews.hear(account)
    reviews.sql("UPDATE people SET name = 'seen' WHERE account_id = :id", id=account.account_id)
    reviews.tell(account, event_id)
    reviews.hear(an_account())
    assert name_of(reviews, account.account_id) == "seen"


def test_a_handler_that_fails_three_times_and_then_works_has_one_effect(reviews: Subject) -> None:
    account = an_account()
    with a_fault(reviews, failures=3):
        event_id = reviews.tell(account)
        eventually(lambda: name_of(reviews, account.account_id) == "Ada", within=10)
    taken = reviews.sql("SELECT count(*) AS times FROM inbox WHERE event_id = :id", id=event_id)
    assert taken[0].times == 1
    assert dead_letters(reviews, event_id) == []


def test_a_poison_event_is_buried_without_holding_others_up_and_replayed_after_the_fix(
    reviews: Subject,
) -> None:
    poison, other = an_account(), an_account()
    with a_fault(reviews, failures=1000):
        event_id = reviews.tell(poison)
        eventually(lambda: len(dead_letters(reviews, event_id)) == 1, within=10)
    reviews.hear(other)
    assert name_of(reviews, poison.account_id) is None
    (letter,) = dead_letters(reviews, event_id)
    reviews.ask(ReplayDeadLetter(int(letter.rpartition("-")[2])), by=ADMIN)
    eventually(lambda: name_of(reviews, poison.account_id) == "Ada")
    assert dead_letters(reviews, event_id) == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"\xff\xfe\x00",
        b"null",
        b"[]",
        b"{}",
        b"[" * 100_000,
        b'{"type": "account_changed"}',
        b'{"type": "account_changed", "id": 5, "data": {"account_id": "five"}}',
        b'{"type": "nonsense", "id": "x", "data": {}}',
        b'{"type": ["account_changed"], "id": {}, "data": 7}',
        wire.encode(wire.cloud_event(an_account(), "e1", datetime.now(UTC), "r1") | {"time": "soon"}),
    ],
    ids=range(12),
)
def test_what_can_not_be_read_is_buried_at_once(reviews: Subject, body: bytes) -> None:
    message_id = f"unreadable-{next(_numbers)}"
    reviews.tell_raw("catalog", "account_changed", body, message_id)
    eventually(lambda: len(dead_letters(reviews, message_id)) == 1)
    assert reviews.stack.process("reviews").running


def test_older_news_do_not_replace_newer_ones(reviews: Subject) -> None:
    newer = an_account(version=2, name="Newer")
    older = AccountChanged(newer.account_id, newer.email, "Older", Role.STUDENT, "UTC", "en", 1)
    reviews.hear(newer)
    reviews.hear(older)
    assert name_of(reviews, newer.account_id) == "Newer"


def test_events_carry_the_cloudevents_attributes(reviews: Subject) -> None:
    event = wire.cloud_event(an_account(), "e1", reviews.clock.now(), "request-1")
    required = {
        "specversion",
        "id",
        "source",
        "type",
        "subject",
        "time",
        "dataschema",
        "traceparent",
        "sequence",
    }
    assert required <= event.keys()
