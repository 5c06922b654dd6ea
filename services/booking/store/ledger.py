"""The append-only ledger: the database refuses changes, and postings that do not add up to nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from contracts.booking import LedgerItem
from services.booking.ledger import Posting
from services.booking.money import to_decimal
from services.booking.store.tables import ledger


class Ledger:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, postings: Iterable[Posting], at: datetime) -> None:
        """Write both lines of each posting, all in one statement: only together do they balance."""
        lines = [line for posting in postings for line in _lines_of(posting, at)]
        if lines:
            self._connection.execute(sa.insert(ledger).values(lines))

    def page(self, booking_id: int | None, page: int, page_size: int) -> tuple[list[LedgerItem], int]:
        """Lines, of one booking or all, newest first, and how many there are in all."""
        wanted = sa.true() if booking_id is None else ledger.c.booking_id == booking_id
        total = self._connection.scalar(sa.select(sa.func.count()).select_from(ledger).where(wanted)) or 0
        some = sa.select(ledger).where(wanted).order_by(ledger.c.id.desc())
        rows = self._connection.execute(some.offset((page - 1) * page_size).limit(page_size))
        return [_item_of(row) for row in rows], total


def _lines_of(posting: Posting, at: datetime) -> Sequence[dict[str, Any]]:
    return [
        {
            "at": at,
            "booking_id": posting.booking_id,
            "kind": posting.kind,
            "account": account,
            "amount": amount,
            "currency": posting.currency,
        }
        for account, amount in posting.lines
    ]


def _item_of(row: Row[Any]) -> LedgerItem:
    return LedgerItem(
        id=row.id,
        at=row.at,
        account=row.account,
        amount=to_decimal(row.amount),
        currency=row.currency,
        kind=row.kind,
        booking_id=row.booking_id,
    )
