"""How much one caller may ask: so many calls a minute, fewer where a password could be guessed.

Counted per gateway process, by the real clock: it is this machine's strength that is shared
out, which no simulated time makes greater.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from gateway.calls import Call

CALLS = RateLimitItemPerMinute(600)  # of one account, or of one address without one
GUESSES_FROM = RateLimitItemPerMinute(120)  # log-ins and registrations from one address
GUESSES_AT = RateLimitItemPerMinute(30)  # … for one e-mail address


@dataclass(frozen=True)
class Allowance:
    """What is left of a budget, and in how many seconds it is whole again."""

    limit: int
    remaining: int
    reset: int
    exceeded: bool

    @property
    def headers(self) -> dict[str, str]:
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": str(self.reset),
        }


class Budgets:
    """Counts what callers spend."""

    def __init__(self) -> None:
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    def spend(self, budget: RateLimitItem, caller: str) -> Allowance:
        """Take one from the caller's budget, if there is one left."""
        exceeded = not self._limiter.hit(budget, caller)
        left = self._limiter.get_window_stats(budget, caller)
        reset = max(1, math.ceil(left.reset_time - time.time()))
        return Allowance(budget.amount, left.remaining, reset, exceeded)


class Addresses:
    """Where calls come from: the peer, or what trusted proxies say stands behind it."""

    def __init__(self, trusted_proxies: tuple[str, ...]) -> None:
        self._trusted = [ip_network(network, strict=False) for network in trusted_proxies]

    def of(self, call: Call) -> str:
        """The nearest address that is no trusted proxy's."""
        forwarded = [hop.strip() for hop in call.headers.get("x-forwarded-for", "").split(",") if hop.strip()]
        address = call.peer
        while forwarded and self._is_trusted(address):
            address = forwarded.pop()
        return address

    def _is_trusted(self, text: str) -> bool:
        try:
            address = ip_address(text)
        except ValueError:
            return False
        return any(address in network for network in self._trusted)
