"""The live stream: server-sent events, asked of their owner whenever a hint says that there are some.

A stream keeps nothing but where it is. What comes next it asks, page by page, once the page before
was taken by its reader: a slow reader costs nobody anything, and a stream goes on through
whichever gateway. Hints may be lost, so each heartbeat looks as well.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import structlog

from chassis.clock import Clock
from chassis.rpc import Fault
from contracts.errors import Refusal, TooMany, Unavailable
from contracts.notifications import MOST_AT_ONCE, ListLiveEvents, LiveEventsCreated
from gateway.asking import Asking
from gateway.calls import Reply
from gateway.routes import EVENT_STREAM, Route

log = structlog.get_logger()

MOST_OF_ONE = 5  # streams of one account, in one gateway
MOST_OF_ALL = 500
HEARTBEAT_SECONDS = 15.0
RETRY_MS = 3000  # after which a reader whose stream has ended connects again

_STEP_SECONDS = 1.0  # how soon a stream notices that its token has expired
_ASKING_AT_ONCE = 16
_HEADERS = {"Content-Type": EVENT_STREAM, "Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class Streams:
    """Those that are open in this process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._open: defaultdict[int, set[LiveStream]] = defaultdict(set)
        self._turns = threading.BoundedSemaphore(_ASKING_AT_ONCE)

    def open(self, request: ListLiveEvents, asking: Asking) -> Reply:
        """A stream of the caller's, from the id that it names, or from now. Raises `TooMany`."""
        account = asking.actor.id
        if len(self._open[account]) >= MOST_OF_ONE or sum(map(len, self._open.values())) >= MOST_OF_ALL:
            raise TooMany("There are as many streams as there may be.", retry_after=RETRY_MS // 1000)
        stream = LiveStream(asking, self._turns, self._is_over(asking.until), self._forget)
        self._open[account].add(stream)
        try:
            stream.begin(request.after)
        except BaseException:
            stream.close()
            raise
        return Reply(200, _HEADERS, stream=stream)

    def wake(self, news: LiveEventsCreated) -> None:
        """Have the streams of these people look."""
        for account in news.account_ids:
            for stream in tuple(self._open.get(account, ())):
                stream.wake()

    def wake_all(self) -> None:
        for streams in tuple(self._open.values()):
            for stream in tuple(streams):
                stream.wake()

    def end(self, account: int) -> None:
        """Close the streams of somebody who was erased."""
        for stream in tuple(self._open.get(account, ())):
            stream.close()

    def _is_over(self, until: datetime | None) -> Callable[[], bool]:
        return lambda: until is not None and self._clock.now() >= until

    def _forget(self, stream: LiveStream) -> None:
        mine = self._open[stream.account]
        mine.discard(stream)
        if not mine:
            del self._open[stream.account]


class LiveStream:
    """One reader's, made as it is read."""

    def __init__(
        self,
        asking: Asking,
        turns: threading.BoundedSemaphore,
        is_over: Callable[[], bool],
        on_close: Callable[[LiveStream], None],
    ) -> None:
        self.account = asking.actor.id
        self._asking, self._turns = asking, turns
        self._is_over, self._on_close = is_over, on_close
        self._position = 0
        self._woken, self._closed = threading.Event(), False

    def begin(self, after: int | None) -> None:
        """Find the place to begin at. Raises what the owner refuses with."""
        newest = self._ask(after)["newest"]
        self._position = newest if after is None else min(after, newest)
        self.wake()

    def wake(self) -> None:
        """There may be something new."""
        self._woken.set()

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._on_close(self)
            self.wake()

    def __iter__(self) -> Iterator[bytes]:
        yield f"retry: {RETRY_MS}\nid: {self._position}\n\n".encode()
        beat_at = time.monotonic() + HEARTBEAT_SECONDS
        while not (self._closed or self._is_over()):
            if self._woken.wait(_STEP_SECONDS) or time.monotonic() >= beat_at:
                self._woken.clear()
                beat_at = time.monotonic() + HEARTBEAT_SECONDS
                yield self._news() or b":\n\n"

    def _news(self) -> bytes:
        """The next events; none where their owner can not be asked now, for a heartbeat will ask again."""
        try:
            items = self._ask(self._position)["items"]
        except Unavailable:
            return b""
        except (Refusal, Fault):
            log.warning("stream_failed", account=self.account)
            self.close()
            return b""
        if items:
            self._position = items[-1]["id"]
        if len(items) == MOST_AT_ONCE:
            self.wake()
        return b"".join(map(frame, items))

    def _ask(self, after: int | None) -> dict[str, Any]:
        with self._turns:
            return self._asking.ask(ListLiveEvents(after)).view


def frame(item: dict[str, Any]) -> bytes:
    """One event as the stream has it; the data is JSON without a line break."""
    return f"id: {item['id']}\nevent: {item['type']}\ndata: {item['data']}\n\n".encode()


def routes(streams: Streams) -> tuple[Route, ...]:
    return (Route("GET", "/api/events", ListLiveEvents, handler=streams.open, media_type=EVENT_STREAM),)
