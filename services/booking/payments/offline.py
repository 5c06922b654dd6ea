"""No provider: people move the money by hand, and an admin says so. Nothing waits for it."""

from __future__ import annotations

from typing import ClassVar

from contracts.booking import PaymentStatus
from contracts.errors import SignatureInvalid
from services.booking.domain import BY_HAND, Outcome, Payment
from services.booking.payments.border import Notice


class Offline:
    name: ClassVar = BY_HAND
    remote: ClassVar = False

    def begin(self, payment: Payment) -> Outcome:  # noqa: ARG002
        return Outcome(PaymentStatus.PENDING, deadline=False)

    def withdraw(self, payment: Payment) -> Outcome:  # noqa: ARG002
        return Outcome(PaymentStatus.CANCELLED)

    def pay_back(self, refund: Payment, of: Payment) -> Outcome:  # noqa: ARG002
        return Outcome(PaymentStatus.PENDING, deadline=False)

    def hear(self, payload: str, signature: str) -> Notice | None:  # noqa: ARG002
        raise SignatureInvalid()
