"""The border to the addresses of strangers: a signed parcel is handed over, and how that went is told."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from chassis.egress import Egress, NotAllowed, NotReached, TooSlow, Unresolved
from chassis.wire import EVENT_CONTENT_TYPE
from contracts.errors import AddressNotAllowed
from services.notifications.webhooks import Attempt, Parcel, signed

LOOK_SECONDS = 1.0  # at an address that is only being subscribed


@dataclass(frozen=True)
class Courier:
    """Goes wherever the way out lets it."""

    egress: Egress

    def look_at(self, url: str) -> None:
        """Raises `AddressNotAllowed` for what will never be asked.

        A name that leads nowhere yet, or cannot be looked up in time, is no reason: where it
        leads is judged again at each delivery.
        """
        try:
            self.egress.check(url, LOOK_SECONDS)
        except NotAllowed as reason:
            error = {"code": reason.word, "detail": AddressNotAllowed.detail, "pointer": "/url", "in": "body"}
            raise AddressNotAllowed(errors=[error]) from None
        except (Unresolved, TooSlow):
            return

    def hand_over(self, parcel: Parcel) -> Attempt:
        """Ask the address once."""
        began = time.monotonic()
        status, error = self._asked(parcel)
        return Attempt(timedelta(seconds=time.monotonic() - began), status, error)

    def _asked(self, parcel: Parcel) -> tuple[int | None, str | None]:
        # Whoever verifies the signature does so by the real time, whatever that of the trade is.
        headers = {"Content-Type": EVENT_CONTENT_TYPE, **signed(parcel, datetime.now(UTC))}
        try:
            return self.egress.post(parcel.url, parcel.body.encode(), headers).status, None
        except NotReached as reason:
            return None, reason.word
