"""Stripe moves the money: a PaymentIntent for each payment, a Refund for each refund.

What becomes of them Stripe tells by signed webhooks, at least once and in any order; a withdrawal
looks for itself. The metadata carries our key, which is also what makes a repeated call be done once.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

import stripe

from contracts.booking import PaymentStatus
from contracts.errors import SignatureInvalid
from services.booking.domain import Outcome, Payment
from services.booking.payments.border import Notice, Unreachable

R = TypeVar("R")

TIMEOUT_SECONDS = 10
_LATER = (
    stripe.APIConnectionError,
    stripe.APIError,
    stripe.AuthenticationError,  # a wrong key is mended by people, and then it goes on
    stripe.PermissionError,
    stripe.RateLimitError,
)
_KEY = "payment"  # in the metadata

# By the kind of object and Stripe's status of it; whatever else there is leaves it as it is.
_STATUSES = {
    ("payment_intent", "succeeded"): PaymentStatus.PAID,
    ("payment_intent", "canceled"): PaymentStatus.CANCELLED,
    ("refund", "succeeded"): PaymentStatus.PAID,
    ("refund", "failed"): PaymentStatus.FAILED,
    ("refund", "canceled"): PaymentStatus.FAILED,
}


class StripePayments:
    name: ClassVar = "stripe"
    remote: ClassVar = True

    def __init__(self, secret_key: str, webhook_secret: str, api_base: str) -> None:
        self._webhook_secret = webhook_secret
        client = stripe.StripeClient(
            secret_key,
            base_addresses={"api": api_base.rstrip("/")},
            http_client=stripe.RequestsClient(timeout=TIMEOUT_SECONDS),
            max_network_retries=0,  # our own rows are tried again
        )
        self._intents, self._refunds = client.v1.payment_intents, client.v1.refunds

    def begin(self, payment: Payment) -> Outcome:
        wanted: Any = {
            "amount": payment.amount,
            "currency": payment.currency.lower(),
            "automatic_payment_methods": {"enabled": True},
            "metadata": {_KEY: payment.key},
        }
        return _answered(lambda: self._intents.create(wanted, {"idempotency_key": payment.key}))

    def withdraw(self, payment: Payment) -> Outcome:
        """One that nobody was told the secret of can not be paid."""
        reference = payment.reference
        if reference is None:
            return Outcome(PaymentStatus.CANCELLED)
        cancelled = _answered(lambda: self._intents.cancel(reference))
        if cancelled.status is PaymentStatus.FAILED:  # too late, or already done
            return _answered(lambda: self._intents.retrieve(reference))
        return cancelled

    def pay_back(self, refund: Payment, of: Payment) -> Outcome:
        wanted: Any = {
            "payment_intent": of.reference,
            "amount": refund.amount,
            "metadata": {_KEY: refund.key},
        }
        return _answered(lambda: self._refunds.create(wanted, {"idempotency_key": refund.key}))

    def hear(self, payload: str, signature: str) -> Notice | None:
        try:
            stripe.WebhookSignature.verify_header(payload, signature, self._webhook_secret, tolerance=300)
            thing = json.loads(payload)["data"]["object"]
        except (stripe.SignatureVerificationError, ValueError, KeyError, TypeError):
            raise SignatureInvalid() from None
        key = (thing.get("metadata") or {}).get(_KEY)
        status = _STATUSES.get((thing.get("object"), thing.get("status")))
        return Notice(key, Outcome(status, thing["id"])) if key and status else None


def _answered(ask: Callable[[], Any]) -> Outcome:
    """What the answer says; a refusal of the request itself is final. Raises `Unreachable`."""
    try:
        thing = ask()
    except _LATER as error:
        raise Unreachable(type(error).__name__) from error
    except stripe.StripeError:
        return Outcome(PaymentStatus.FAILED)
    status = _STATUSES.get((thing.object, thing.status), PaymentStatus.PENDING)
    return Outcome(status, thing.id, getattr(thing, "client_secret", None))
