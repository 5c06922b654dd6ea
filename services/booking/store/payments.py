"""Payments as they are stored. Who may see them follows from whose booking or package they are for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection, Row, Select

from chassis.database import for_change
from contracts.booking import ListPayments, PaymentKind, PaymentStatus
from contracts.errors import NotFound
from services.booking.domain import Payment
from services.booking.domain.payment import TRIES_FOR
from services.booking.store.tables import payments

_c = payments.c
_NEXT_ID = sa.select(sa.Sequence("payments_id_seq").next_value())
_PAYMENT, _REFUND = _c.kind == PaymentKind.PAYMENT, _c.kind == PaymentKind.REFUND


class Payments:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def next_id(self) -> int:
        return self._connection.execute(_NEXT_ID).scalar_one()

    def add(self, payment: Payment) -> None:
        self._connection.execute(sa.insert(payments).values(asdict(payment)))

    def save(self, payment: Payment) -> None:
        """Write the next version of a payment that was read for it."""
        before = sa.and_(_c.id == payment.id, _c.version == payment.version - 1)
        written = sa.update(payments).where(before).values(asdict(payment)).returning(_c.id)
        self._connection.execute(written).scalar_one()

    def get(self, payment_id: int, *, to_change: bool = False) -> Payment:
        """Raises `NotFound`."""
        wanted = sa.select(payments).where(_c.id == payment_id)
        found = next(self._all(for_change(wanted) if to_change else wanted), None)
        if found is None:
            raise NotFound("There is no such payment.")
        return found

    def find(self, key: str) -> Payment | None:
        """The payment with this key, if it is ours."""
        return next(self._all(sa.select(payments).where(_c.key == key)), None)

    def of_booking(self, booking_id: int, *, to_change: bool = False) -> Payment | None:
        """What is paid for a booking; nothing where no money is."""
        wanted = sa.select(payments).where(_c.booking_id == booking_id, _PAYMENT)
        return next(self._all(for_change(wanted) if to_change else wanted), None)

    def of_package(self, package_id: int, *, to_change: bool = False) -> Payment | None:
        """What is paid for a package; nothing where no money is."""
        wanted = sa.select(payments).where(_c.package_id == package_id, _PAYMENT)
        return next(self._all(for_change(wanted) if to_change else wanted), None)

    def claim(self, provider: str, now: datetime, most: int) -> list[Payment]:
        """Some of what the provider is to do something about and nobody else is at, noted as being done."""
        due = sa.and_(_c.next_try_at <= now, sa.or_(_c.provider.is_(None), _c.provider == provider))
        oldest = sa.select(payments).where(due).order_by(_c.next_try_at).limit(most)
        claimed = [
            payment.claimed(provider, now) for payment in self._all(for_change(oldest, skip_locked=True))
        ]
        for payment in claimed:
            self.save(payment)
        return claimed

    def give_up(self, now: datetime) -> None:
        """Leave to people the refunds that were tried for so long that a repetition might pay twice."""
        tried = sa.and_(_REFUND, _c.status == PaymentStatus.DUE, _c.next_try_at.is_not(None))
        old = sa.and_(tried, _c.created_at < now - TRIES_FOR)
        failed = {"status": PaymentStatus.FAILED, "next_try_at": None, "version": _c.version + 1}
        self._connection.execute(sa.update(payments).where(old).values(failed))

    def page(self, wanted: ListPayments) -> tuple[list[Payment], int]:
        """Those that are wanted, newest first, and how many there are in all."""
        where = sa.and_(True, *_conditions(wanted))
        total = self._connection.scalar(sa.select(sa.func.count()).select_from(payments).where(where)) or 0
        some = sa.select(payments).where(where).order_by(_c.id.desc())
        some = some.offset((wanted.page - 1) * wanted.page_size).limit(wanted.page_size)
        return list(self._all(some)), total

    def _all(self, wanted: Select[Any]) -> Iterator[Payment]:
        return (_payment_of(row) for row in self._connection.execute(wanted))


def _conditions(wanted: ListPayments) -> Iterator[ColumnElement[bool]]:
    if wanted.kind is not None:
        yield _c.kind == wanted.kind
    if wanted.status is not None:
        yield _c.status == wanted.status
    if wanted.student_id is not None:
        yield _c.student_id == wanted.student_id


def _payment_of(row: Row[Any]) -> Payment:
    values = {field.name: getattr(row, field.name) for field in fields(Payment)}
    return Payment(**{**values, "kind": PaymentKind(row.kind), "status": PaymentStatus(row.status)})
