"""The queue of a session: each edge of an offer, and any situation against a plain list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.booking import EntryStatus, SessionStatus
from contracts.errors import WrongStatus
from services.booking.domain import Entry, Queue
from tests.builders import a_session, an_entry

START = datetime(2025, 10, 25, 14, tzinfo=UTC)
NOW = START - timedelta(days=1)
INSTANT, HOUR = timedelta.resolution, timedelta(hours=1)
S = EntryStatus


def offered(number: int, until: datetime = NOW + HOUR) -> Entry:
    return an_entry(number, status=S.OFFERED, offered_at=NOW - HOUR, expires_at=until)


def statuses(entries: Sequence[Entry]) -> list[tuple[int, EntryStatus]]:
    return [(entry.place, entry.status) for entry in entries]


# --- an entry -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "until"),
    [
        (NOW, NOW + 2 * HOUR),
        (START - 2 * HOUR, START),
        (START - HOUR, START),
    ],
)
def test_an_offer_lasts_two_hours_but_never_past_the_start(now: datetime, until: datetime) -> None:
    entry = an_entry().offer(now, START)
    assert (entry.status, entry.offered_at, entry.expires_at) == (S.OFFERED, now, until)
    assert entry.status_at(until - INSTANT) is S.OFFERED
    assert entry.status_at(until) is S.EXPIRED


def test_an_offer_is_taken_while_it_lasts_and_nothing_else_is() -> None:
    offer = offered(1)
    accepted = offer.accept(NOW + HOUR - INSTANT)
    assert (accepted.status, accepted.expires_at, accepted.version) == (S.ACCEPTED, None, 2)
    for entry in (an_entry(), accepted, offer.leave(NOW), offer.expire(NOW)):
        with pytest.raises(WrongStatus):
            entry.accept(NOW)
    with pytest.raises(WrongStatus):
        offer.accept(NOW + HOUR)


def test_who_comes_again_waits_behind_everybody_as_if_never_offered() -> None:
    again = offered(1).leave(NOW).come_again(NOW + HOUR, 9, START)
    assert (again.status, again.place, again.joined_at) == (S.WAITING, 9, NOW + HOUR)
    assert (again.offered_at, again.expires_at, again.version) == (None, START, 3)


# --- the queue ------------------------------------------------------------------------------------------


def test_each_free_seat_is_offered_to_one_in_order() -> None:
    queue = Queue(a_session(seats_taken=3), [an_entry(number) for number in (2, 4, 7)])
    assert statuses(list(queue.moves(NOW))) == [(2, S.OFFERED), (4, S.OFFERED)]


def test_what_an_ended_offer_gives_back_goes_to_the_next() -> None:
    session = a_session(seats_taken=3, seats_held=2)
    queue = Queue(session, [offered(1, NOW), offered(2), an_entry(3), an_entry(4)])
    assert statuses(list(queue.moves(NOW))) == [(1, S.EXPIRED), (3, S.OFFERED)]


@pytest.mark.parametrize(
    ("now", "status"), [(START, SessionStatus.SCHEDULED), (NOW, SessionStatus.CANCELLED)]
)
def test_of_a_session_that_takes_no_seats_all_waiting_ends(now: datetime, status: SessionStatus) -> None:
    queue = Queue(a_session(status=status, seats_held=1), [offered(1), an_entry(2)])
    assert statuses(list(queue.moves(now))) == [(1, S.EXPIRED), (2, S.EXPIRED)]


def test_a_full_session_and_one_that_nobody_waits_for_stay_as_they_are() -> None:
    full = Queue(a_session(seats_taken=4, seats_held=1), [offered(1), an_entry(2)])
    empty = Queue(a_session(), [])
    assert [*full.moves(NOW), *empty.moves(NOW)] == []


@given(
    capacity=st.integers(1, 6),
    taken=st.integers(0, 6),
    line=st.lists(st.sampled_from(["waits", "offered", "ran out"]), max_size=8),
)
def test_in_any_situation_a_plain_list_says_the_same(capacity: int, taken: int, line: list[str]) -> None:
    held = sum(each != "waits" for each in line)
    taken = min(taken, max(capacity - held, 0))
    capacity = max(capacity, taken + held)
    session = a_session(capacity=capacity, seats_taken=taken, seats_held=held)
    made = {"waits": an_entry, "offered": offered, "ran out": lambda number: offered(number, NOW)}
    entries = [made[each](number) for number, each in enumerate(line, 1)]

    free = capacity - taken - sum(each == "offered" for each in line)
    ended = [number for number, each in enumerate(line, 1) if each == "ran out"]
    next_up = [number for number, each in enumerate(line, 1) if each == "waits"][:free]

    moves = list(Queue(session, entries).moves(NOW))
    assert statuses(moves) == [(n, S.EXPIRED) for n in ended] + [(n, S.OFFERED) for n in next_up]

    moved = {entry.id: entry for entry in moves}
    after = [entry for each in entries if (entry := moved.get(each.id, each)).is_live]
    now_held = sum(entry.status is S.OFFERED for entry in after)
    assert taken + now_held <= capacity
    assert taken + now_held == capacity or all(entry.status is S.OFFERED for entry in after)
    settled = Queue(replace(session, seats_held=now_held), after)
    assert list(settled.moves(NOW)) == []
