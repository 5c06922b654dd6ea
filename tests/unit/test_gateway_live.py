"""A live stream piece by piece: where it begins, what wakes it, what ends it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chassis.context import Actor
from contracts.errors import Denied, TooMany, Unavailable
from contracts.notifications import MOST_AT_ONCE, ListLiveEvents, LiveEventsCreated
from gateway import live
from gateway.asking import Asking
from gateway.live import MOST_OF_ALL, MOST_OF_ONE, LiveStream, Streams
from tests.fake_asker import Asked, FakeAsker

NOW = datetime(2027, 1, 4, 9, tzinfo=UTC)
NOTHING = b":\n\n"


@dataclass
class StoppedClock:
    """A clock that the test moves."""

    at: datetime = NOW

    def now(self) -> datetime:
        return self.at


@dataclass
class Owner:
    """The notifications that everybody has, as their owner answers for them."""

    ids: list[int] = field(default_factory=list)
    fails: Exception | None = None

    def answer(self, asked: Asked) -> dict[str, Any]:
        if self.fails:
            raise self.fails
        assert isinstance(asked.request, ListLiveEvents)
        after, newest = asked.request.after, max(self.ids, default=0)
        news = [] if after is None else [number for number in self.ids if number > after]
        items = [{"id": number, "type": "told", "data": f'{{"n":{number}}}', "at": "…"} for number in news]
        return {"items": items[:MOST_AT_ONCE], "newest": newest}


class World:
    """Streams of anybody, in one gateway."""

    def __init__(self) -> None:
        self.clock, self.owner = StoppedClock(), Owner([3, 5])
        self.streams = Streams(self.clock)  # type: ignore[arg-type]
        self._asker = FakeAsker({ListLiveEvents: self.owner.answer})

    def open(self, account: int = 42, after: int | None = None, minutes: float = 10) -> LiveStream:
        until = self.clock.at + timedelta(minutes=minutes)
        asking = Asking(self._asker, Actor(account, "student"), "r-1", "k-1", 5.0, until)
        stream = self.streams.open(ListLiveEvents(after), asking).stream
        assert isinstance(stream, LiveStream)
        return stream

    def happens(self, number: int, account: int = 42) -> None:
        self.owner.ids.append(number)
        self.streams.wake(LiveEventsCreated([account], number))


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(live, "_STEP_SECONDS", 0.01)
    return World()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "HEARTBEAT_SECONDS", 0.02)


def told(*numbers: int) -> bytes:
    return b"".join(b'id: %d\nevent: told\ndata: {"n":%d}\n\n' % (number, number) for number in numbers)


def begun(stream: LiveStream) -> Iterator[bytes]:
    """Past its beginning."""
    pieces = iter(stream)
    next(pieces)
    return pieces


def test_a_stream_begins_now_and_says_where_that_is(world: World) -> None:
    pieces = iter(world.open())
    assert next(pieces) == b"retry: 3000\nid: 5\n\n"
    assert next(pieces) == NOTHING
    world.happens(6)
    assert next(pieces) == told(6)


def test_a_stream_goes_on_after_what_was_read_last(world: World) -> None:
    pieces = iter(world.open(after=3))
    assert next(pieces) == b"retry: 3000\nid: 3\n\n"
    assert next(pieces) == told(5)


def test_what_was_never_told_can_not_be_where_to_go_on(world: World) -> None:
    pieces = begun(world.open(after=10**15))
    assert next(pieces) == NOTHING
    world.happens(6)
    assert next(pieces) == told(6)


def test_what_happens_at_once_comes_together_and_in_order(world: World) -> None:
    pieces = begun(world.open(after=5))
    for number in (6, 8, 9):
        world.happens(number)
    assert next(pieces) == told(6, 8, 9)


def test_much_comes_page_by_page(world: World) -> None:
    world.owner.ids = list(range(1, MOST_AT_ONCE + 3))
    pieces = begun(world.open(after=0))
    assert next(pieces) == told(*range(1, MOST_AT_ONCE + 1))
    assert next(pieces) == told(MOST_AT_ONCE + 1, MOST_AT_ONCE + 2)


@pytest.mark.usefixtures("impatient")
def test_a_heartbeat_brings_what_no_hint_has_told(world: World) -> None:
    pieces = begun(world.open())
    assert [next(pieces), next(pieces)] == [NOTHING, NOTHING]
    world.owner.ids.append(6)
    assert next(pieces) == told(6)


@pytest.mark.usefixtures("impatient")
def test_a_stream_outlives_an_owner_that_can_not_be_asked(world: World) -> None:
    pieces = begun(world.open())
    world.owner.fails = Unavailable()
    world.happens(6)
    assert next(pieces) == NOTHING
    world.owner.fails = None
    assert next(pieces) == told(6)


def test_a_stream_ends_where_its_owner_refuses(world: World) -> None:
    pieces = begun(world.open())
    world.owner.fails = Denied()
    world.happens(6)
    assert list(pieces) == [NOTHING]


def test_a_stream_ends_with_its_token(world: World) -> None:
    pieces = begun(world.open(minutes=10))
    next(pieces)
    world.clock.at += timedelta(minutes=10)
    assert list(pieces) == []


def test_a_closed_stream_ends(world: World) -> None:
    stream = world.open()
    pieces = begun(stream)
    stream.close()
    stream.close()
    assert list(pieces) == []


def test_a_stream_that_can_not_begin_does_not_count(world: World) -> None:
    world.owner.fails = Unavailable()
    for _ in range(MOST_OF_ONE + 1):
        with pytest.raises(Unavailable):
            world.open()


def test_one_account_has_so_many_streams_and_no_more(world: World) -> None:
    mine = [world.open() for _ in range(MOST_OF_ONE)]
    with pytest.raises(TooMany) as refused:
        world.open()
    assert refused.value.data == {"retry_after": 3}
    world.open(account=43)
    mine[0].close()
    world.open()


def test_all_together_have_so_many_streams_and_no_more(world: World) -> None:
    for account in range(MOST_OF_ALL):
        world.open(account)
    with pytest.raises(TooMany):
        world.open(MOST_OF_ALL)


@pytest.mark.usefixtures("impatient")
def test_all_streams_look_after_hints_may_have_been_missed(world: World) -> None:
    pieces = [begun(world.open(account)) for account in (42, 43)]
    world.owner.ids.append(6)
    world.streams.wake_all()
    assert [next(each) for each in pieces] == [told(6), told(6)]
