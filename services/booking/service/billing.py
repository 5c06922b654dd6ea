"""What charges and refunds leave to be paid: noted beside them, moved later by a provider or by hand.

A charge makes a payment fall due. A refund of everything calls it off while nothing was paid; once
it was paid, the refund goes back the same way. In between, a part that comes back waits for the rest
to be paid.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime

from chassis.unit import Unit
from contracts.booking import PaymentKind, PaymentStatus
from services.booking.domain import Booking, Package, PackageChange, Payment, Step
from services.booking.domain.payment import PAY_WITHIN, pay_by
from services.booking.store import Payments


def bill(unit: Unit, steps: Iterable[Step]) -> None:
    """Note what the steps of bookings that are paid with money leave to be paid."""
    for made in steps:
        booking, was_charged = made.booking, made.before is not None and made.before.is_charged
        if booking.credit is not None:
            continue
        if booking.is_charged and not was_charged:
            _owe(unit, booking, pay_by(booking.lesson, unit.now))
        elif was_charged and booking.refunded:
            payment = Payments(unit.connection).of_booking(booking.id, to_change=True)
            _give_back(unit, payment, booking.refunded, booking.refunded)


def bill_package(unit: Unit, package: Package) -> None:
    """Note what a purchase leaves to be paid."""
    _owe(unit, package, unit.now + PAY_WITHIN)


def give_back_package(unit: Unit, change: PackageChange) -> None:
    """Note what goes back for a package that was cancelled, or for a booking that its credits paid for."""
    payment = Payments(unit.connection).of_package(change.package.id, to_change=True)
    _give_back(unit, payment, change.refunded, change.package.refunded, change.booking_id)


def pay_back(unit: Unit, payment: Payment, amount: int, booking_id: int | None = None) -> None:
    """Have money go back that was paid, by the way it came; of a package, if need be for one booking."""
    payments = Payments(unit.connection)
    refund = Payment(
        id=payments.next_id(),
        key=uuid.uuid4().hex,
        kind=PaymentKind.REFUND,
        student_id=payment.student_id,
        amount=amount,
        currency=payment.currency,
        created_at=unit.now,
        booking_id=booking_id or payment.booking_id,
        package_id=None if booking_id else payment.package_id,
        refund_of=payment.id,
        provider=payment.provider,
        next_try_at=unit.now,
    )
    payments.add(refund)


def _owe(unit: Unit, bought: Booking | Package, until: datetime) -> None:
    is_booking = isinstance(bought, Booking)
    if not bought.price.total:
        return
    payments = Payments(unit.connection)
    payment = Payment(
        id=payments.next_id(),
        key=uuid.uuid4().hex,
        kind=PaymentKind.PAYMENT,
        student_id=bought.student_id,
        amount=bought.price.total,
        currency=bought.price.currency,
        created_at=unit.now,
        booking_id=bought.id if is_booking else None,
        package_id=None if is_booking else bought.id,
        pay_by=until,
        next_try_at=unit.now,
    )
    payments.add(payment)


def _give_back(
    unit: Unit, payment: Payment | None, amount: int, in_all: int, booking_id: int | None = None
) -> None:
    """Nothing where nothing comes back, or what was bought was charged before there were payments."""
    if payment is None or not amount:
        return
    if payment.status is PaymentStatus.PAID:
        pay_back(unit, payment, amount, booking_id)
    elif payment.is_open and in_all == payment.amount:
        Payments(unit.connection).save(payment.called_off(unit.now))
