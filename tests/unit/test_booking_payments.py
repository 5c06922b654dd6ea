"""How far a payment comes: every outcome in every order, and what it puts into the books."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.booking import PaymentKind, PaymentStatus
from contracts.errors import NotByHand
from services.booking.domain import BY_HAND, Outcome, Payment, Place, Task
from services.booking.domain.payment import pay_by
from services.booking.ledger import postings_for_payment
from tests.builders import a_lesson

NOW = datetime(2025, 10, 21, 10, tzinfo=UTC)
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
S, K = PaymentStatus, PaymentKind


def a_payment(status: PaymentStatus = S.DUE, **changes: object) -> Payment:
    payment = Payment(
        9, "key", K.PAYMENT, 42, 5175, "EUR", NOW, booking_id=100, pay_by=NOW + 30 * MINUTE, next_try_at=NOW
    )
    return replace(payment, status=status, **changes)  # type: ignore[arg-type]


def a_refund(status: PaymentStatus = S.DUE, **changes: object) -> Payment:
    return a_payment(status, kind=K.REFUND, refund_of=8, pay_by=None, provider="stripe", **changes)


def test_what_is_due_is_begun_and_then_waits_for_its_deadline() -> None:
    claimed = a_payment().claimed("stripe", NOW)
    assert (claimed.task(NOW), claimed.provider, claimed.attempts) == (Task.BEGIN, "stripe", 1)
    begun = claimed.after(Outcome(S.PENDING, "pi_1", "secret"))
    assert (begun.status, begun.reference, begun.client_secret) == (S.PENDING, "pi_1", "secret")
    assert begun.next_try_at == begun.pay_by == NOW + 30 * MINUTE
    assert begun.task(NOW + 30 * MINUTE) is Task.WITHDRAW


@pytest.mark.parametrize(
    ("ahead", "place", "left"),
    [
        (3 * DAY, None, 30 * MINUTE),
        (10 * MINUTE, None, 10 * MINUTE),
        (3 * DAY, Place(7, 1), 2 * DAY),
        (DAY, Place(7, 1), 30 * MINUTE),
        (10 * MINUTE, Place(7, 1), 10 * MINUTE),
    ],
)
def test_a_lesson_is_paid_soon_one_of_a_series_a_day_before_it_starts(
    ahead: timedelta, place: Place | None, left: timedelta
) -> None:
    assert pay_by(a_lesson(start_at=NOW + ahead, place=place), NOW) == NOW + left


def test_what_nobody_answers_is_tried_again_each_time_later() -> None:
    payment, pauses = a_payment(), []
    for _ in range(9):
        payment = payment.claimed("stripe", NOW)
        assert payment.next_try_at is not None
        pauses.append((payment.next_try_at - NOW).total_seconds())
    assert pauses == [10, 20, 40, 80, 160, 320, 600, 600, 600]


def test_what_is_settled_by_hand_has_no_deadline() -> None:
    begun = a_payment().claimed(BY_HAND, NOW).after(Outcome(S.PENDING, deadline=False))
    assert (begun.pay_by, begun.next_try_at, begun.is_wanted(NOW + 99 * MINUTE)) == (None, None, True)
    settled = begun.settled_by_hand()
    assert settled.status is S.PAID
    with pytest.raises(NotByHand):
        settled.settled_by_hand()


def test_what_is_called_off_is_withdrawn_where_a_provider_knows_of_it() -> None:
    begun = a_payment().claimed("stripe", NOW).after(Outcome(S.PENDING, "pi_1", "secret"))
    assert begun.called_off(NOW).claimed("stripe", NOW).task(NOW) is Task.WITHDRAW
    never_begun = a_payment().called_off(NOW)
    assert (never_begun.status, never_begun.next_try_at) == (S.CANCELLED, None)


def test_however_late_it_is_looked_at_it_is_begun_once() -> None:
    late = a_payment().claimed("offline", NOW + 60 * MINUTE)
    assert late.task(NOW + 60 * MINUTE) is Task.BEGIN
    waiting = late.after(Outcome(S.PENDING, deadline=False))
    assert (waiting.status, waiting.pay_by, waiting.next_try_at) == (S.PENDING, None, None)


@pytest.mark.parametrize(
    "payment",
    [
        a_payment(),
        a_payment(S.PENDING, provider="stripe"),
        a_payment(S.FAILED),
        a_refund(),
        a_refund(S.PENDING),
    ],
)
def test_a_providers_affairs_are_not_settled_by_hand(payment: Payment) -> None:
    with pytest.raises(NotByHand):
        payment.settled_by_hand()


def test_a_refund_that_failed_can_be_given_by_hand() -> None:
    settled = a_refund(S.FAILED).settled_by_hand()
    assert (settled.status, settled.provider) == (S.PAID, BY_HAND)


def test_an_outcome_of_something_else_changes_nothing() -> None:
    begun = a_payment(S.PENDING, reference="pi_1")
    assert begun.after(Outcome(S.PAID, "pi_2")) is begun
    assert begun.after(Outcome(S.PAID, "pi_1")).status is S.PAID


@given(st.lists(st.sampled_from([*S]), max_size=12), st.booleans())
def test_paid_is_paid_whatever_else_is_heard_and_is_booked_once(
    heard: list[PaymentStatus], is_refund: bool
) -> None:
    payment = a_refund() if is_refund else a_payment(provider="stripe")
    kinds: Counter[str] = Counter()
    for status in heard:
        after = payment.after(Outcome(status))
        if after is not payment:
            kinds.update(posting.kind for posting in postings_for_payment(payment, after))
        if payment.status is S.PAID:
            assert after.status in ((S.PAID, S.FAILED) if is_refund else (S.PAID,))
        payment = after
    assert max(kinds.values(), default=0) <= 1
    assert (kinds["payment"] == 1) is (not is_refund and payment.status is S.PAID)
    assert kinds["repayment"] - kinds["repayment_failed"] == (is_refund and payment.status is S.PAID)
    if is_refund and S.FAILED not in heard:
        assert payment.status is not S.FAILED


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        (
            a_payment(S.PENDING, provider="stripe"),
            S.PAID,
            {"provider:stripe": 5175, "student:42": -5175},
        ),
        (a_refund(), S.PAID, {"student:42": 5175, "provider:stripe": -5175}),
        (a_refund(S.PAID), S.FAILED, {"provider:stripe": 5175, "student:42": -5175}),
        (a_refund(), S.FAILED, {}),
        (a_payment(S.PENDING), S.CANCELLED, {}),
        (a_payment(S.PENDING), S.FAILED, {}),
    ],
)
def test_money_that_came_or_went_is_in_the_books(
    before: Payment, after: PaymentStatus, lines: dict[str, int]
) -> None:
    postings = postings_for_payment(before, before.after(Outcome(after)))
    assert dict(line for posting in postings for line in posting.lines) == lines
    assert all(posting.booking_id == 100 for posting in postings)
