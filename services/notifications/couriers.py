"""The border to the addresses of strangers: a signed parcel is handed over, and how that went is told."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from chassis.egress import Egress, NotReached
from chassis.wire import EVENT_CONTENT_TYPE
from services.notifications.webhooks import Attempt, Parcel, signed


@dataclass(frozen=True)
class Courier:
    """Goes wherever the way out lets it."""

    egress: Egress

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
