"""Passwords: hashed and verified with argon2id, a few at a time, beside the hub and not on it.

One hash takes some tens of milliseconds of a processor and 19 MiB, or more where that is wished for. In a
green process it runs on eventlet's pool of native threads, where argon2 lets go of the interpreter, so that
every other worker goes on. A known and an unknown account cost the same.
"""

from __future__ import annotations

import os
import sys
import threading
import unicodedata
from collections.abc import Callable
from typing import TypeVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import VerifyMismatchError

from chassis.settings import Settings

R = TypeVar("R")

AT_ONCE = min(4, max(2, os.cpu_count() or 2))

_TURNS = threading.BoundedSemaphore(AT_ONCE)  # green where threading was patched before this import


class Passwords:
    """How the passwords of an installation are kept: at the price that its settings name."""

    def __init__(self, settings: Settings) -> None:
        self._argon2 = PasswordHasher(
            time_cost=settings.password_rounds,
            memory_cost=settings.password_memory_kib,
            parallelism=1,
            type=Type.ID,
        )
        self._nobodys = self._argon2.hash("")  # verified where there is no account, for the time it takes

    def hash(self, password: str) -> str:
        """The password's hash with its salt and parameters, in PHC string format."""
        return _apart(lambda: self._argon2.hash(_spelled(password)))

    def match(self, password: str, hashed: str | None) -> bool:
        """Whether the hash is of this password; after the same time False where there is no hash."""
        matches = _apart(lambda: self._verified(password, hashed or self._nobodys))
        return matches and hashed is not None

    def is_outdated(self, hashed: str) -> bool:
        """Whether the hash was made at another price than is asked now."""
        return self._argon2.check_needs_rehash(hashed)

    def _verified(self, password: str, hashed: str) -> bool:
        try:
            return self._argon2.verify(hashed, _spelled(password))
        except VerifyMismatchError:
            return False


def _spelled(password: str) -> str:
    """One spelling for what keyboards write in several, as NIST SP 800-63B asks."""
    return unicodedata.normalize("NFKC", password)


def _apart(work: Callable[[], R]) -> R:
    with _TURNS:
        if _is_green():
            from eventlet import tpool

            return tpool.execute(work)
        return work()


def _is_green() -> bool:
    """Whether eventlet rules this process; looked up and not imported, which an ordinary process must not."""
    eventlet = sys.modules.get("eventlet")
    return eventlet is not None and bool(eventlet.patcher.is_monkey_patched("thread"))
