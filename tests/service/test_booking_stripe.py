"""Payments by Stripe in the running service, which may be slow, absent, or say things twice and late."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from itertools import count

import pytest

from chassis.context import Actor
from contracts.booking import (
    BookingCancelled,
    BookingStatus,
    BookingView,
    CancelBooking,
    CreditsChanged,
    GetBooking,
    GetBookingPayment,
    GetHistory,
    GetPackagePayment,
    HearStripe,
    ListLedger,
    ListPackages,
    ListPayments,
    ListWaitlist,
    PackageView,
    PaymentDue,
    PaymentKind,
    PaymentSettled,
    PaymentStatus,
    PaymentView,
    PurchasePackage,
    SettlePayment,
)
from contracts.errors import NoCredit, NotByHand, SignatureInvalid
from tests.builders import a_package_offer_change
from tests.groups import Groups
from tests.recurring import Recurring
from tests.stack import Stack
from tests.stripe_stand_in import StripeStandIn, Thing, running_stripe
from tests.subject import Subject, TestClock
from tests.teaching import ADMIN, Teaching
from tests.waiting import eventually

pytestmark = pytest.mark.slow

S, B = PaymentStatus, BookingStatus
_offers = count(9000)


@pytest.fixture(scope="module")
def stripe() -> Iterator[StripeStandIn]:
    with running_stripe() as running:
        yield running


@pytest.fixture(scope="module")
def booking(stack: Stack, module_clock: TestClock, stripe: StripeStandIn) -> Iterator[Subject]:
    """The service, told to use the stand-in."""
    made = Subject(stack, "booking", module_clock)
    made.start(**stripe.settings)
    yield made
    made.stop()


@pytest.fixture
def teaching(booking: Subject) -> Teaching:
    made = Teaching(booking)
    made.terms(requires_approval_for_one_on_one=False)
    return made


@pytest.fixture
def hear(booking: Subject, stripe: StripeStandIn) -> Hear:
    return Hear(booking, stripe)


class Hear:
    """Has Stripe tell the platform how something stands now."""

    def __init__(self, booking: Subject, stripe: StripeStandIn) -> None:
        self._booking, self._stripe = booking, stripe

    def __call__(self, thing: Thing, times: int = 1) -> None:
        for _ in range(times):
            self._booking.ask(HearStripe(*self._stripe.notice_of(thing)))


def payment_of(booking: Subject, teaching: Teaching, view: BookingView) -> PaymentView:
    return booking.ask(GetBookingPayment(view.id), teaching.student)


def payable(booking: Subject, teaching: Teaching, view: BookingView) -> str:
    """The client secret, once there is one."""
    eventually(lambda: payment_of(booking, teaching, view).client_secret is not None, within=30)
    return str(payment_of(booking, teaching, view).client_secret)


def intent_of(booking: Subject, teaching: Teaching, stripe: StripeStandIn, view: BookingView) -> Thing:
    return stripe.intent_of(payable(booking, teaching, view))


def status(booking: Subject, view: BookingView) -> BookingStatus:
    return booking.ask(GetBooking(view.id), ADMIN).status


def refund_of(booking: Subject, teaching: Teaching) -> PaymentView | None:
    found = booking.ask(ListPayments(kind=PaymentKind.REFUND, student_id=teaching.student.id), ADMIN).items
    return found[0] if found else None


def balances(booking: Subject, view: BookingView) -> dict[str, Decimal]:
    moved: Counter[str] = Counter()
    for item in booking.ask(ListLedger(booking_id=view.id), ADMIN).items:
        moved[item.account] += item.amount  # type: ignore[assignment]
    assert sum(moved.values()) == 0
    return {account: Decimal(amount) for account, amount in moved.items() if amount}


# --- paying -------------------------------------------------------------------------------------------


def test_a_student_pays_by_the_secret_and_the_books_hear_of_it_once(
    booking: Subject, teaching: Teaching, stripe: StripeStandIn, hear: Hear
) -> None:
    view = teaching.book()
    assert view.status is B.CONFIRMED
    intent = intent_of(booking, teaching, stripe, view)
    assert (intent["amount"], intent["currency"]) == (5175, "eur")
    pending = payment_of(booking, teaching, view)
    assert (pending.status, pending.pay_by) == (S.PENDING, pending.created_at + timedelta(minutes=30))
    assert booking.ask(GetBookingPayment(view.id), ADMIN).client_secret is None
    hear(intent)  # nothing has happened yet
    assert payment_of(booking, teaching, view).status is S.PENDING
    stripe.pay(intent)
    hear(intent, times=3)
    paid = payment_of(booking, teaching, view)
    assert (paid.status, paid.client_secret) == (S.PAID, None)
    assert balances(booking, view) == {"provider:stripe": Decimal("51.75"), "escrow": Decimal("-51.75")}
    hear({**intent, "status": "canceled"})  # what comes late and can not be true any more
    assert payment_of(booking, teaching, view).status is S.PAID
    with pytest.raises(NotByHand):
        booking.ask(SettlePayment(paid.id), ADMIN)


def test_a_notice_may_come_before_stripes_own_answer(
    booking: Subject, teaching: Teaching, stripe: StripeStandIn, hear: Hear
) -> None:
    stripe.fail_next("lost")
    before = len(stripe.intents)
    view = teaching.book()
    eventually(lambda: len(stripe.intents) == before + 1, within=10)
    intent = stripe.intents[-1]
    stripe.pay(intent)
    hear(intent)
    assert payment_of(booking, teaching, view).status is S.PAID


def test_who_is_not_stripe_is_not_believed(
    booking: Subject, teaching: Teaching, stripe: StripeStandIn
) -> None:
    view = teaching.book()
    intent = intent_of(booking, teaching, stripe, view)
    paid = {**intent, "status": "succeeded"}
    body, _ = stripe.notice_of(paid)
    for notice in ((body, ""), (body, "t=1,v1=00"), stripe.notice_of(paid, secret="whsec_guessed")):
        with pytest.raises(SignatureInvalid):
            booking.ask(HearStripe(*notice))
    other = {**paid, "id": "pi_of_somebody_else"}
    booking.ask(HearStripe(*stripe.notice_of(other)))
    booking.ask(HearStripe(*stripe.notice_of({**paid, "metadata": {"payment": "unknown"}})))
    assert payment_of(booking, teaching, view).status is S.PENDING


@pytest.mark.parametrize("failures", [("500",), ("timeout",), ("lost",), ("429", "timeout")])
def test_while_stripe_does_not_answer_it_is_asked_again_and_asked_for_one_payment(
    booking: Subject,
    teaching: Teaching,
    stripe: StripeStandIn,
    clock: TestClock,
    failures: tuple[str, ...],
) -> None:
    before = len(stripe.asked)
    stripe.fail_next(*failures)
    view = teaching.book()
    for number in range(len(failures)):
        eventually(lambda: len(stripe.asked) == before + number + 1, within=20)  # noqa: B023
        clock.advance(seconds=60)
    payable(booking, teaching, view)
    keys = {asked.key for asked in stripe.asked[before:]}
    assert len(keys) == 1
    assert len([intent for intent in stripe.intents if intent["metadata"]["payment"] in keys]) == 1


# --- not paying ---------------------------------------------------------------------------------------


def test_what_is_not_paid_within_half_an_hour_is_called_off(
    booking: Subject, teaching: Teaching, stripe: StripeStandIn, clock: TestClock
) -> None:
    view = teaching.book()
    intent = intent_of(booking, teaching, stripe, view)
    clock.advance(minutes=29)
    assert status(booking, view) is B.CONFIRMED
    clock.advance(minutes=1)
    eventually(lambda: status(booking, view) is B.CANCELLED_BY_ADMIN, within=20)
    assert intent["status"] == "canceled"
    assert payment_of(booking, teaching, view).status is S.CANCELLED
    assert balances(booking, view) == {}
    [step] = booking.ask(GetHistory(view.id), teaching.student).items[-1:]
    assert (step.by, step.reason) == ("system", "It was not paid in time.")
    assert view.id in {told.booking.id for told in booking.told(BookingCancelled)}
    assert teaching.book(by=teaching.another_student()).start_time == view.start_time


def test_what_was_paid_stands_even_if_nobody_said_so(
    booking: Subject, teaching: Teaching, stripe: StripeStandIn, clock: TestClock
) -> None:
    view = teaching.book()
    stripe.pay(intent_of(booking, teaching, stripe, view))
    clock.advance(minutes=30)
    eventually(lambda: payment_of(booking, teaching, view).status is S.PAID, within=20)
    assert status(booking, view) is B.CONFIRMED


def test_a_deadline_waits_for_stripe_to_answer(
    booking: Subject, teaching: Teaching, stripe: StripeStandIn, clock: TestClock, hear: Hear
) -> None:
    view = teaching.book()
    intent = intent_of(booking, teaching, stripe, view)
    stripe.fail_next("500")
    before = len(stripe.asked)
    clock.advance(minutes=30)
    eventually(lambda: len(stripe.asked) > before, within=20)
    assert status(booking, view) is B.CONFIRMED
    stripe.pay(intent)
    hear(intent)
    assert payment_of(booking, teaching, view).status is S.PAID


def test_what_stripe_refuses_is_called_off_at_once(
    booking: Subject, teaching: Teaching, stripe: StripeStandIn
) -> None:
    stripe.fail_next("refused")
    view = teaching.book()
    eventually(lambda: status(booking, view) is B.CANCELLED_BY_ADMIN, within=20)
    assert payment_of(booking, teaching, view).status is S.FAILED


def test_a_seat_that_is_not_paid_is_offered_to_who_waits(booking: Subject, clock: TestClock) -> None:
    groups = Groups(booking)
    session = groups.announce(capacity=1)
    [(_, seat)] = groups.fill(session)
    [waiting] = groups.queue(session, 1)
    clock.advance(minutes=30)
    eventually(lambda: status(booking, seat) is B.CANCELLED_BY_ADMIN, within=20)
    [entry] = booking.ask(ListWaitlist(), waiting).items
    assert entry.status == "offered"


# --- giving back --------------------------------------------------------------------------------------


def test_what_was_paid_goes_back_the_same_way_once(
    booking: Subject, teaching: Teaching, stripe: StripeStandIn, clock: TestClock, hear: Hear
) -> None:
    view = teaching.book()
    intent = intent_of(booking, teaching, stripe, view)
    stripe.pay(intent)
    hear(intent)
    stripe.fail_next("lost")
    before = len(stripe.asked)
    booking.ask(CancelBooking(view.id), teaching.student)
    eventually(lambda: len(stripe.asked) > before, within=20)
    clock.advance(minutes=1)
    eventually(lambda: balances(booking, view) == {}, within=20)
    assert [each["amount"] for each in stripe.refunds if each["payment_intent"] == intent["id"]] == [5175]
    hear(stripe.refunds[-1], times=2)
    assert balances(booking, view) == {}


def test_what_is_cancelled_before_it_was_paid_is_not_paid_any_more(
    booking: Subject, teaching: Teaching, stripe: StripeStandIn
) -> None:
    view = teaching.book()
    intent = intent_of(booking, teaching, stripe, view)
    booking.ask(CancelBooking(view.id), teaching.student)
    assert payment_of(booking, teaching, view).client_secret is None
    eventually(lambda: intent["status"] == "canceled", within=20)
    eventually(lambda: payment_of(booking, teaching, view).status is S.CANCELLED, within=20)
    assert (status(booking, view), refund_of(booking, teaching)) == (B.CANCELLED_BY_STUDENT, None)


def test_what_is_paid_and_cancelled_at_the_same_time_goes_back(
    booking: Subject, teaching: Teaching, stripe: StripeStandIn, hear: Hear
) -> None:
    view = teaching.book()
    intent = intent_of(booking, teaching, stripe, view)
    stripe.pay(intent)
    booking.ask(CancelBooking(view.id), teaching.student)
    hear(intent)
    eventually(lambda: balances(booking, view) == {}, within=20)
    assert [each["amount"] for each in stripe.refunds if each["payment_intent"] == intent["id"]] == [5175]


def test_a_refund_that_fails_later_is_left_to_people(
    booking: Subject, teaching: Teaching, stripe: StripeStandIn, hear: Hear
) -> None:
    view = teaching.book()
    intent = intent_of(booking, teaching, stripe, view)
    stripe.pay(intent)
    hear(intent)
    booking.ask(CancelBooking(view.id), teaching.student)
    eventually(lambda: balances(booking, view) == {}, within=20)
    hear({**stripe.refunds[-1], "status": "failed"})
    refund = refund_of(booking, teaching)
    assert refund is not None
    assert refund.status is S.FAILED
    assert balances(booking, view)[f"student:{teaching.student.id}"] == Decimal("-51.75")
    booking.ask(SettlePayment(refund.id), ADMIN)
    assert balances(booking, view) == {
        "provider:stripe": Decimal("51.75"),
        "provider:offline": Decimal("-51.75"),
    }


# --- being told ---------------------------------------------------------------------------------------


def to_pay(booking: Subject, student: Actor) -> list[PaymentDue]:
    """What the student was told to pay, the first first."""
    told: list[PaymentDue] = booking.told(PaymentDue, student_id=student.id)
    return told


def test_a_student_is_told_once_until_when_a_lesson_can_be_paid(
    booking: Subject, teaching: Teaching, stripe: StripeStandIn, hear: Hear
) -> None:
    view = teaching.book()
    intent = intent_of(booking, teaching, stripe, view)
    stripe.pay(intent)
    hear(intent)
    (due,) = to_pay(booking, teaching.student)
    assert due.booking is not None
    assert (due.booking.id, due.amount) == (view.id, Decimal("51.75"))
    assert due.pay_by == payment_of(booking, teaching, view).created_at + timedelta(minutes=30)


def test_of_what_was_paid_or_called_off_it_is_told_that_nobody_has_to_pay_any_more(
    booking: Subject, teaching: Teaching, stripe: StripeStandIn, hear: Hear, clock: TestClock
) -> None:
    paid, unpaid = teaching.book(), teaching.book(hour=12)
    intent = intent_of(booking, teaching, stripe, paid)
    stripe.pay(intent)
    hear(intent, times=2)
    assert settled(booking, paid) == ["paid"]
    clock.advance(minutes=31)
    eventually(lambda: settled(booking, unpaid) == ["cancelled"], within=20)
    assert settled(booking, paid) == ["paid"]


def settled(booking: Subject, lesson: BookingView) -> list[str]:
    """How it was told that the payment has ended."""
    return [event.status for event in booking.told(PaymentSettled, booking_id=lesson.id)]


def test_a_student_is_told_of_every_lesson_of_a_series_that_falls_due(
    booking: Subject, stripe: StripeStandIn
) -> None:
    recurring = Recurring(booking)
    recurring.terms(requires_approval_for_one_on_one=False)
    series = recurring.agree(occurrence_count=3)
    eventually(lambda: len(to_pay(booking, recurring.student)) == 3, within=30)
    last = {due.booking.id: due.pay_by for due in to_pay(booking, recurring.student) if due.booking}
    assert last == {each.booking_id: each.start_at - timedelta(days=1) for each in series.occurrences}


def test_a_student_is_told_until_when_a_package_can_be_paid(
    booking: Subject, teaching: Teaching, stripe: StripeStandIn
) -> None:
    package = a_purchase(booking, teaching)
    eventually(lambda: len(to_pay(booking, teaching.student)) == 1, within=20)
    (due,) = to_pay(booking, teaching.student)
    assert (due.package_id, due.package_name, due.booking) == (package.id, "Three lessons", None)


# --- packages -----------------------------------------------------------------------------------------


def a_purchase(booking: Subject, teaching: Teaching) -> PackageView:
    offer = a_package_offer_change(offer_id=next(_offers), tutor_profile_id=teaching.profile_id)
    booking.hear(offer)
    return booking.ask(PurchasePackage(offer.offer_id), teaching.student)


def payment_of_package(booking: Subject, teaching: Teaching, package: PackageView) -> PaymentView:
    return booking.ask(GetPackagePayment(package.id), teaching.student)


def test_a_package_can_be_used_once_it_is_paid(
    booking: Subject, teaching: Teaching, stripe: StripeStandIn, hear: Hear
) -> None:
    package = a_purchase(booking, teaching)
    assert package.status == "unpaid"
    with pytest.raises(NoCredit):
        teaching.book(use_package_id=package.id)
    eventually(lambda: payment_of_package(booking, teaching, package).client_secret is not None, within=20)
    intent = stripe.intent_of(str(payment_of_package(booking, teaching, package).client_secret))
    stripe.pay(intent)
    hear(intent, times=2)
    assert teaching.book(use_package_id=package.id).package_id == package.id
    reasons = [event.reason for event in booking.told(CreditsChanged, package_id=package.id)]
    assert reasons == ["purchased", "paid", "used"]


def test_a_package_that_is_not_paid_is_called_off(
    booking: Subject, teaching: Teaching, stripe: StripeStandIn, clock: TestClock
) -> None:
    package = a_purchase(booking, teaching)
    clock.advance(minutes=30)
    eventually(
        lambda: booking.ask(ListPackages(), teaching.student).items[0].status == "cancelled", within=20
    )
    items = booking.ask(ListLedger(package_id=package.id), ADMIN).items
    assert {item.kind for item in items} == {"purchase", "purchase_cancelled"}
    assert sum(item.amount for item in items) == 0
