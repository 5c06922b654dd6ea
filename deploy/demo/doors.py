"""Asking the services as anybody: the gateway's right, which the maker of the demo borrows.

So no password is guessed, no budget of calls is spent, and what HTTP has no door for (the first
admin) goes the same way as all else.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from cryptography.hazmat.primitives.serialization import load_pem_private_key

from chassis.context import ANONYMOUS, Actor
from chassis.rpc import Asker
from chassis.settings import Settings
from contracts.errors import Refusal, Unavailable
from contracts.message import Request, load, reply_of
from deploy.interruption import heed

R = TypeVar("R")
T = TypeVar("T")

AT_ONCE = 6
PATIENCE = 30.0  # seconds; for answers, and for what one service learns of another
_PAUSE = 0.1


class Doors:
    """The doors of all services."""

    def __init__(self, asker: Asker) -> None:
        self._asker = asker
        self._closed = threading.Event()

    def close(self) -> None:
        """Let whoever still waits give up."""
        self._closed.set()
        self._asker.stop()

    def ask(self, request: Request[R], by: Actor = ANONYMOUS) -> R:
        """The view in answer; asked again, with the same key, while nobody answers. Raises refusals."""
        key = str(uuid.uuid4())
        end = time.monotonic() + PATIENCE
        while True:
            heed()
            try:
                answer = self._asker.ask(request, by, key=key)
            except Unavailable:
                if not self._may_wait(end):
                    raise
            else:
                view: R = load(reply_of(type(request)), answer.view)
                return view

    def ask_once(self, request: Request[R], by: Actor, *done: type[Refusal]) -> R | None:
        """The view; None where one of these refusals says that it was done before."""
        try:
            return self.ask(request, by)
        except done:
            return None

    def ask_when_known(self, request: Request[R], by: Actor, *unknown: type[Refusal]) -> R:
        """Ask until the service has learned what these refusals say that it does not know yet."""
        end = time.monotonic() + PATIENCE
        while True:
            try:
                return self.ask(request, by)
            except unknown:
                if not self._may_wait(end):
                    raise

    def wait_until(self, check: Callable[[], bool]) -> None:
        """Look again and again until it is true, or the patience is at its end."""
        end = time.monotonic() + PATIENCE
        while not check() and self._may_wait(end):
            pass

    def _may_wait(self, end: float) -> bool:
        """Wait a little, if there is patience left."""
        return time.monotonic() < end and not self._closed.wait(_PAUSE)


@contextmanager
def doors(settings: Settings) -> Iterator[Doors]:
    """The doors that a gateway with these settings can use. Raises `Unavailable`."""
    asker = Asker(settings.broker_url, load_pem_private_key(settings.gateway_signing_key.encode(), None))
    asker.start()
    opened = Doors(asker)
    try:
        if not asker.wait_until_ready(PATIENCE):
            raise Unavailable()
        yield opened
    finally:
        opened.close()


def together(calls: Iterable[Callable[[], T]]) -> list[T]:
    """The results of all calls, in order, some made at once; the first failure ends the rest."""
    pool = ThreadPoolExecutor(AT_ONCE)
    try:
        return [made.result() for made in [pool.submit(call) for call in calls]]
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
