"""Moving the money: asking a provider, hearing from it, and looking at payments."""

from __future__ import annotations

from functools import partial

import structlog

from chassis.service import Service, answers, every
from chassis.settings import Settings
from chassis.unit import Round, Unit
from contracts.booking import (
    GetBookingPayment,
    GetPackagePayment,
    HearStripe,
    ListPayments,
    PaymentPage,
    PaymentView,
    SettlePayment,
)
from contracts.catalog import DoneView
from contracts.errors import NotFound
from services.booking.domain import Outcome, Payment, Task
from services.booking.payments import Unreachable, provider_of
from services.booking.service.settling import take_in, take_in_by_hand
from services.booking.store import Bookings, Packages, Payments
from services.booking.views import payment_view

log = structlog.get_logger()

BATCH = 200  # where nobody has to be waited for


class Paying(Service):
    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._provider = provider_of(settings)

    @answers(GetBookingPayment)
    def get_booking_payment(self, request: GetBookingPayment, unit: Unit) -> PaymentView:
        booking = Bookings(unit.connection).get(request.booking_id, unit.actor)
        return _seen(unit, Payments(unit.connection).of_booking(booking.id))

    @answers(GetPackagePayment)
    def get_package_payment(self, request: GetPackagePayment, unit: Unit) -> PaymentView:
        package = Packages(unit.connection).get(request.package_id, unit.actor)
        return _seen(unit, Payments(unit.connection).of_package(package.id))

    @answers(ListPayments)
    def list_payments(self, request: ListPayments, unit: Unit) -> PaymentPage:
        found, total = Payments(unit.connection).page(request)
        items = [payment_view(payment, unit.actor.id, unit.now) for payment in found]
        return PaymentPage(items, total, request.page, request.page_size)

    @answers(SettlePayment)
    def settle_payment(self, request: SettlePayment, unit: Unit) -> PaymentView:
        return _seen(unit, take_in_by_hand(unit, request.payment_id))

    @answers(HearStripe)
    def hear_stripe(self, request: HearStripe, unit: Unit) -> DoneView:
        notice = self._provider.hear(request.payload, request.signature)
        payment = Payments(unit.connection).find(notice.key) if notice else None
        if notice and payment:
            take_in(unit, payment.id, notice.outcome)
        return DoneView()

    @every(seconds=1, at_once=4)
    def move_money(self, unit: Round) -> None:
        """Have the provider do what is to be done, outside of this transaction where that takes time."""
        payments = Payments(unit.connection)
        payments.give_up(unit.now)
        most = unit.room if self._provider.remote else BATCH
        for payment in payments.claim(self._provider.name, unit.now, most):
            of = payments.get(payment.refund_of) if payment.refund_of is not None else None
            ask = partial(self._ask, payment.task(unit.now), payment, of)
            if self._provider.remote:
                unit.afterwards(ask, partial(_take_in, payment.id))
            else:
                _take_in(payment.id, ask(), unit)

    def _ask(self, task: Task, payment: Payment, of: Payment | None) -> Outcome | None:
        """What the provider says, if anything: the claim is tried again."""
        try:
            if task is Task.PAY_BACK and of is not None:
                return self._provider.pay_back(payment, of)
            if task is Task.WITHDRAW:
                return self._provider.withdraw(payment)
            return self._provider.begin(payment)
        except Unreachable as reason:
            log.warning("provider_unreachable", task=task, payment=payment.id, reason=str(reason))
            return None


def _take_in(payment_id: int, outcome: Outcome | None, unit: Unit) -> None:
    if outcome is not None:
        take_in(unit, payment_id, outcome)


def _seen(unit: Unit, payment: Payment | None) -> PaymentView:
    if payment is None:
        raise NotFound("There is no money to be paid for it.")
    return payment_view(payment, unit.actor.id, unit.now)
