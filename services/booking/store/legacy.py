"""Which bookings came from an older system, by the id they had there."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Connection

from services.booking.domain import Booking
from services.booking.store.tables import history, legacy_bookings


class LegacyBookings:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def has(self, legacy_id: str) -> bool:
        """Whether it was imported before."""
        known = sa.select(legacy_bookings.c.booking_id).where(legacy_bookings.c.legacy_id == legacy_id)
        return self._connection.execute(known).first() is not None

    def add(self, legacy_id: str, booking: Booking, word: str) -> None:
        """Remember where the booking came from; `word` is its status there."""
        self._connection.execute(
            sa.insert(legacy_bookings).values(legacy_id=legacy_id, booking_id=booking.id)
        )
        self._connection.execute(
            sa.insert(history).values(
                booking_id=booking.id,
                at=booking.updated_at,
                by="system",
                to_status=booking.status,
                reason=f"Imported from an older system, where it was {word}.",
                to_start=booking.start_at,
            )
        )
