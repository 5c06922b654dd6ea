"""Copies of accounts and lessons, the highest version last."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy import Connection

from chassis.database import upsert_newer
from contracts.booking import BookingState
from contracts.catalog import NOBODYS, AccountChanged
from services.notifications.domain import Note, Reader
from services.notifications.store.tables import accounts, lessons


class Accounts:
    """How people are addressed."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def learn(self, account: AccountChanged) -> None:
        values = {
            "account_id": account.account_id,
            "name": account.name,
            "email": account.email,
            "timezone": account.timezone,
            "locale": account.locale,
            "version": account.version,
        }
        upsert_newer(self._connection, accounts, values)

    def is_nobodys(self, account_id: int) -> bool:
        """Whether its person was erased."""
        address = sa.select(accounts.c.email).where(accounts.c.account_id == account_id)
        return (self._connection.scalar(address) or "").endswith(NOBODYS)

    def known(self, account_ids: Iterable[int]) -> dict[int, Reader]:
        """Those of them that are known, by their ids."""
        query = sa.select(accounts).where(accounts.c.account_id.in_(set(account_ids)))
        return {
            row.account_id: Reader(row.account_id, row.name, row.email, row.timezone, row.locale)
            for row in self._connection.execute(query)
        }


class Lessons:
    """Bookings as they stand."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def learn(self, booking: BookingState) -> bool:
        """Whether this was news."""
        values = {"booking_id": booking.id, "booking": booking, "version": booking.version}
        return upsert_newer(self._connection, lessons, values)

    def of(self, note: Note) -> BookingState | None:
        """The lesson that the note is about, if it is about one."""
        query = sa.select(lessons.c.booking).where(lessons.c.booking_id == note.facts.booking_id)
        return self._connection.scalar(query)
