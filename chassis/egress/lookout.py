"""Looking at an address that somebody wants to have asked from now on."""

from __future__ import annotations

import threading

from chassis.egress.client import Egress
from chassis.egress.errors import NotAllowed, TooSlow, Unresolved
from contracts.errors import AddressNotAllowed, TooMany

LOOK_SECONDS = 1.0
AT_ONCE = 2  # a name may be slow to look up, and somebody waits


class Lookout:
    """Looks where a way out would lead, a few at once."""

    def __init__(self, egress: Egress) -> None:
        self._egress = egress
        self._turns = threading.BoundedSemaphore(AT_ONCE)

    def look_at(self, url: str) -> None:
        """Raises `AddressNotAllowed` for what will never be asked, or `TooMany` where others are looked at.

        A name that leads nowhere yet, or cannot be looked up in time, is no reason: where it
        leads is judged again whenever it is asked.
        """
        if not self._turns.acquire(blocking=False):
            raise TooMany(retry_after=1)
        try:
            self._egress.check(url, LOOK_SECONDS)
        except NotAllowed as reason:
            error = {"code": reason.word, "detail": AddressNotAllowed.detail, "pointer": "/url", "in": "body"}
            raise AddressNotAllowed(errors=[error]) from None
        except (Unresolved, TooSlow):
            return
        finally:
            self._turns.release()
