"""What follows when it is heard how far a payment has come: the books, and its booking or package.

Booking or package are locked before the payment, as whoever changes them does.
"""

from __future__ import annotations

from chassis.unit import Unit
from contracts.booking import PackageStatus, PaymentKind, PaymentStatus
from services.booking.domain import SYSTEM, Booking, Outcome, Package, Payment
from services.booking.ledger import postings_for_payment
from services.booking.service.billing import pay_back
from services.booking.service.credits import change_package
from services.booking.service.queue import lock_sessions
from services.booking.service.steps import advance
from services.booking.store import Bookings, Ledger, Packages, Payments
from services.booking.telling import payment_due, payment_settled

NOT_PAID = "It was not paid in time."


def take_in(unit: Unit, payment_id: int, outcome: Outcome) -> None:
    """Take in what a provider says of a payment; nothing where that is no news."""
    payments = Payments(unit.connection)
    nothing_follows = outcome.status is PaymentStatus.PENDING
    bought = None if nothing_follows else _locked(unit, payments.get(payment_id))
    payment = payments.get(payment_id, to_change=True)
    after = payment.after(outcome)
    if after is not payment:
        _settle(unit, payment, after, bought)


def take_in_by_hand(unit: Unit, payment_id: int) -> Payment:
    """Somebody moved the money. Raises `NotFound`, `NotByHand`."""
    payments = Payments(unit.connection)
    bought = _locked(unit, payments.get(payment_id))
    payment = payments.get(payment_id, to_change=True)
    settled = payment.settled_by_hand()
    _settle(unit, payment, settled, bought)
    return settled


def _locked(unit: Unit, payment: Payment) -> Booking | Package | None:
    """What the payment is for."""
    if payment.booking_id is None:
        assert payment.package_id is not None, "a payment is for a booking or a package"
        return Packages(unit.connection).lock(payment.package_id)
    bookings = Bookings(unit.connection)
    if session_id := bookings.session_of(payment.booking_id):
        lock_sessions(unit, session_id)
    return bookings.lock(payment.booking_id)


def _settle(unit: Unit, before: Payment, payment: Payment, bought: Booking | Package | None) -> None:
    Payments(unit.connection).save(payment)
    Ledger(unit.connection).add(postings_for_payment(before, payment), unit.now)
    if payment.kind is PaymentKind.REFUND:
        return
    if bought is not None and payment.pay_by is not None and not payment.is_open:
        unit.tell(payment_settled(payment, bought))
    if payment.status is PaymentStatus.PAID:
        _is_paid(unit, payment, bought)
    elif payment.status is PaymentStatus.PENDING:
        _can_be_paid(unit, payment)
    elif not payment.is_open:
        _stays_unpaid(unit, bought)


def _can_be_paid(unit: Unit, payment: Payment) -> None:
    """Whoever is to pay in time is told so."""
    if payment.pay_by is not None and payment.is_wanted(unit.now):
        unit.tell(payment_due(payment, _bought(unit, payment)))


def _bought(unit: Unit, payment: Payment) -> Booking | Package:
    """What the payment is for, as it stands."""
    if payment.booking_id is not None:
        return Bookings(unit.connection).of([payment.booking_id])[0]
    assert payment.package_id is not None, "a payment is for a booking or a package"
    return Packages(unit.connection).of(payment.package_id)


def _is_paid(unit: Unit, payment: Payment, bought: Booking | Package | None) -> None:
    """A package can be used; what has ended meanwhile gives back what it owes."""
    if isinstance(bought, Package) and bought.status is PackageStatus.UNPAID:
        change_package(unit, bought.pay())
    elif bought is not None and bought.refunded:
        pay_back(unit, payment, bought.refunded)


def _stays_unpaid(unit: Unit, bought: Booking | Package | None) -> None:
    """What nobody pays for is called off."""
    if isinstance(bought, Package):
        if bought.status is PackageStatus.UNPAID:
            change_package(unit, bought.cancel())
    elif bought is not None and bought.is_active:
        advance(unit, bought.cancel(SYSTEM, unit.now, NOT_PAID))
