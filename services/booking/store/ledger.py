"""The append-only ledger: the database refuses changes, and postings that do not add up to nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection, Row

from contracts.booking import LedgerItem, ListLedger
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

    def page(self, request: ListLedger) -> tuple[list[LedgerItem], int]:
        """The lines that are wanted, newest first, and how many there are in all."""
        wanted = sa.and_(True, *_conditions(request))
        total = self._connection.scalar(sa.select(sa.func.count()).select_from(ledger).where(wanted)) or 0
        some = sa.select(ledger).where(wanted).order_by(ledger.c.id.desc())
        some = some.offset((request.page - 1) * request.page_size).limit(request.page_size)
        rows = self._connection.execute(some)
        return [_item_of(row) for row in rows], total


def _conditions(request: ListLedger) -> Iterator[ColumnElement[bool]]:
    if request.booking_id is not None:
        yield ledger.c.booking_id == request.booking_id
    if request.package_id is not None:
        yield ledger.c.package_id == request.package_id
    if request.account is not None:
        yield ledger.c.account == request.account


def _lines_of(posting: Posting, at: datetime) -> Sequence[dict[str, Any]]:
    return [
        {
            "at": at,
            "booking_id": posting.booking_id,
            "package_id": posting.package_id,
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
        package_id=row.package_id,
    )
