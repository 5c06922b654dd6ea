"""Being told to stop: SIGINT, SIGTERM and SIGHUP become one exception, which waits where it would do harm.

It is raised once. Whoever asks again is already being served. Where it happens to be raised in a finalizer it
is lost, since Python drops what finalizers raise; so whatever may go on for long heeds it at each step.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(BaseException):
    """We were told to stop."""


class _State:
    depth = 0
    pending = False
    raised = False


def listen() -> None:
    """From now on a signal to stop raises `Stopped` in the main thread."""
    for number in SIGNALS:
        signal.signal(number, _on_signal)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Put off `Stopped` until the block is done: a process is started and on record, or not at all."""
    _State.depth += 1
    try:
        yield
    finally:
        _State.depth -= 1
    _raise_if_due()


def heed() -> None:
    """Raise `Stopped` where we were told to stop and went on all the same."""
    if _State.pending and not _State.depth:
        raise Stopped


def _on_signal(number: int, frame: object) -> None:  # noqa: ARG001
    _State.pending = True
    _raise_if_due()


def _raise_if_due() -> None:
    if _State.pending and not _State.depth and not _State.raised:
        _State.raised = True
        raise Stopped
