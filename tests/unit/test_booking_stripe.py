"""The border to Stripe, over real HTTP: what is asked, what is understood, what is not trusted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from contracts.booking import PaymentKind, PaymentStatus
from contracts.errors import SignatureInvalid
from services.booking.domain import Outcome, Payment
from services.booking.payments import Notice, Unreachable
from services.booking.payments.stripe import StripePayments
from tests.stripe_stand_in import SECRET_KEY, WEBHOOK_SECRET, StripeStandIn, running_stripe

S = PaymentStatus
NOW = datetime(2025, 10, 21, 10, tzinfo=UTC)
PAYMENT = Payment(9, "key-of-9", PaymentKind.PAYMENT, 42, 5175, "EUR", NOW, booking_id=100)
REFUND = Payment(10, "key-of-10", PaymentKind.REFUND, 42, 2588, "EUR", NOW, booking_id=100, refund_of=9)


@pytest.fixture
def stand_in() -> Iterator[StripeStandIn]:
    with running_stripe() as running:
        yield running


@pytest.fixture
def border(stand_in: StripeStandIn) -> StripePayments:
    return StripePayments(SECRET_KEY, WEBHOOK_SECRET, stand_in.url)


def begun(border: StripePayments) -> Payment:
    return PAYMENT.after(border.begin(PAYMENT))


def test_a_payment_becomes_an_intent_that_the_student_can_pay(
    border: StripePayments, stand_in: StripeStandIn
) -> None:
    outcome = border.begin(PAYMENT)
    [intent] = stand_in.intents
    assert outcome == Outcome(S.PENDING, intent["id"], intent["client_secret"])
    assert (intent["amount"], intent["currency"]) == (5175, "eur")
    assert stand_in.asked[0].key == "key-of-9"


@pytest.mark.parametrize("failure", ["500", "429", "timeout", "lost"])
def test_what_failed_is_asked_again_and_done_once(
    border: StripePayments, stand_in: StripeStandIn, failure: str
) -> None:
    stand_in.fail_next(failure)
    with pytest.raises(Unreachable):
        border.begin(PAYMENT)
    assert border.begin(PAYMENT).status is S.PENDING
    assert len(stand_in.intents) == 1


def test_what_is_refused_has_failed(border: StripePayments, stand_in: StripeStandIn) -> None:
    stand_in.fail_next("refused")
    assert border.begin(PAYMENT).status is S.FAILED


def test_a_wrong_key_is_for_people_to_mend(stand_in: StripeStandIn) -> None:
    with pytest.raises(Unreachable):
        StripePayments("sk_wrong", WEBHOOK_SECRET, stand_in.url).begin(PAYMENT)


def test_nobody_there_is_no_answer() -> None:
    with pytest.raises(Unreachable):
        StripePayments(SECRET_KEY, WEBHOOK_SECRET, "http://127.0.0.1:9").begin(PAYMENT)


def test_a_withdrawal_comes_first_or_finds_that_it_was_paid(
    border: StripePayments, stand_in: StripeStandIn
) -> None:
    payment = begun(border)
    assert border.withdraw(payment).status is S.CANCELLED
    assert border.withdraw(payment).status is S.CANCELLED
    other = PAYMENT.after(border.begin(Payment(11, "key-of-11", PaymentKind.PAYMENT, 42, 100, "EUR", NOW)))
    stand_in.pay(stand_in.intents[1])
    assert border.withdraw(other) == Outcome(S.PAID, other.reference, other.client_secret)
    stand_in.intents[1]["status"] = "processing"
    assert border.withdraw(other).status is S.PENDING


def test_what_was_never_begun_is_withdrawn_without_a_word(
    border: StripePayments, stand_in: StripeStandIn
) -> None:
    assert border.withdraw(PAYMENT).status is S.CANCELLED
    assert stand_in.asked == []


def test_money_goes_back_once_and_never_more_than_came(
    border: StripePayments, stand_in: StripeStandIn
) -> None:
    payment = begun(border)
    assert border.pay_back(REFUND, payment).status is S.FAILED  # nothing was paid yet
    stand_in.pay(stand_in.intents[0])
    refund = Payment(12, "key-of-12", PaymentKind.REFUND, 42, 2588, "EUR", NOW, refund_of=9)
    stand_in.fail_next("lost")
    with pytest.raises(Unreachable):
        border.pay_back(refund, payment)
    assert border.pay_back(refund, payment).status is S.PAID
    assert [each["amount"] for each in stand_in.refunds] == [2588]


@pytest.mark.parametrize(
    ("stripes", "ours"),
    [
        ("succeeded", S.PAID),
        ("canceled", S.CANCELLED),
        ("requires_payment_method", None),
        ("processing", None),
    ],
)
def test_a_signed_notice_says_what_became_of_a_payment(
    border: StripePayments, stand_in: StripeStandIn, stripes: str, ours: PaymentStatus | None
) -> None:
    payment = begun(border)
    [intent] = stand_in.intents
    intent["status"] = stripes
    notice = border.hear(*stand_in.notice_of(intent))
    assert payment.reference is not None
    assert notice == (Notice("key-of-9", Outcome(ours, payment.reference)) if ours else None)


def test_a_notice_of_something_else_says_nothing(border: StripePayments, stand_in: StripeStandIn) -> None:
    for thing in (
        {"object": "payment_intent", "id": "pi_9", "status": "succeeded", "metadata": {}},
        {"object": "refund", "id": "re_9", "status": "succeeded", "metadata": None},
    ):
        assert border.hear(*stand_in.notice_of(thing)) is None


def test_what_is_not_signed_by_stripe_is_not_heard(border: StripePayments, stand_in: StripeStandIn) -> None:
    border.begin(PAYMENT)
    body, signature = stand_in.notice_of(stand_in.intents[0])
    forged = stand_in.notice_of(stand_in.intents[0], secret="whsec_guessed")
    old = stand_in.notice_of(stand_in.intents[0], age=301)
    for payload, claim in ((body, ""), (body + " ", signature), (body, "t=1,v1=00"), forged, old, ("", "x")):
        with pytest.raises(SignatureInvalid):
            border.hear(payload, claim)
