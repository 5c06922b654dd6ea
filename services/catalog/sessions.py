"""Who may try to log in again, and what a refresh token is still worth.

Pure. A run of wrong passwords at one address makes the next try wait, longer each time, but
never longer than a minute: guessing becomes hopeless while the owner is kept out only briefly,
and not at all where a session is open already. Addresses without an account are counted alike.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil

from contracts.errors import TooMany

FREE_FAILURES = 5
LONGEST_WAIT = timedelta(minutes=1)
FORGOTTEN_AFTER = timedelta(hours=1)
TOKEN_LIFE = timedelta(days=30)
DEMO_PASSWORD = "demo-password"  # noqa: S105 - printed in the README


@dataclass(frozen=True)
class Attempts:
    """The wrong passwords in a row at one address."""

    failures: int = 0
    last_failed_at: datetime | None = None

    def failed(self, now: datetime) -> Attempts:
        """One more, the first again after a quiet hour."""
        return Attempts(self._still_counting(now) + 1, now)

    def wait(self, now: datetime) -> timedelta:
        """How long the next try has to wait: 1, 2, 4 … seconds after the last of five, six, seven …"""
        beyond = self._still_counting(now) - FREE_FAILURES
        if self.last_failed_at is None or beyond < 0:
            return timedelta()
        pause = min(timedelta(seconds=2 ** min(beyond, 10)), LONGEST_WAIT)
        return max(self.last_failed_at + pause - now, timedelta())

    def _still_counting(self, now: datetime) -> int:
        quiet = self.last_failed_at is None or now - self.last_failed_at > FORGOTTEN_AFTER
        return 0 if quiet else self.failures


def insist_on_patience(attempts: Attempts, now: datetime) -> None:
    """Refuse a try that comes too early. Raises `TooMany`."""
    if wait := attempts.wait(now):
        raise TooMany(retry_after=ceil(wait.total_seconds()))


class Worth(StrEnum):
    """What a refresh token is good for."""

    GOOD = "good"
    REUSED = "reused"  # somebody has a copy: neither the thief nor the owner may go on
    NOTHING = "nothing"


@dataclass(frozen=True)
class RefreshToken:
    """One token of a session; each is exchanged once, for the next."""

    session_id: int
    account_id: int
    expires_at: datetime
    used: bool = False
    session_ended: bool = False

    def worth(self, now: datetime) -> Worth:
        if self.session_ended or self.expires_at <= now:
            return Worth.NOTHING
        return Worth.REUSED if self.used else Worth.GOOD


def digest_of_token(token: str) -> bytes:
    """What is kept of a refresh token; its 256 random bits need no salt."""
    return hashlib.sha256(token.encode()).digest()


def digest_of_address(email: str) -> bytes:
    """What log-ins at an address are counted by, so that strangers' mistyped addresses are not kept."""
    return hashlib.sha256(email.casefold().encode()).digest()


def may_be_used(password: str, demo_mode: bool) -> bool:
    """The demo's password, which everybody knows, opens nothing outside the demo."""
    return demo_mode or password != DEMO_PASSWORD
