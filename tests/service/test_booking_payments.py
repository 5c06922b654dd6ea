"""Payments by hand, as they are without a provider: nothing waits for them, and an admin settles them."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from decimal import Decimal
from itertools import count

import pytest

from chassis.context import Actor
from contracts.booking import (
    BookingStatus,
    BookingView,
    CancelBooking,
    CheckOutBooking,
    ConfirmBooking,
    DeclineBooking,
    GetBookingPayment,
    GetPackagePayment,
    HearStripe,
    ListLedger,
    ListPayments,
    MarkNoShowTutor,
    PackageView,
    PaymentKind,
    PaymentStatus,
    PaymentView,
    PurchasePackage,
    SettlePayment,
)
from contracts.catalog import AccountErased
from contracts.errors import Denied, NotByHand, NotFound, SignatureInvalid
from tests.builders import a_package_offer_change
from tests.subject import Subject, TestClock
from tests.teaching import ADMIN, Teaching
from tests.waiting import eventually

S = PaymentStatus
_offers = count(9000)


@pytest.fixture
def teaching(booking: Subject) -> Teaching:
    return Teaching(booking)


def payment_of(booking: Subject, view: BookingView, by: Actor = ADMIN) -> PaymentView:
    return booking.ask(GetBookingPayment(view.id), by)


def pending(booking: Subject, view: BookingView) -> PaymentView:
    """The payment, once it waits for people."""
    eventually(lambda: payment_of(booking, view).status is S.PENDING, within=10)
    return payment_of(booking, view)


def refund_of(booking: Subject, student: Actor) -> PaymentView | None:
    found = booking.ask(ListPayments(kind=PaymentKind.REFUND, student_id=student.id), ADMIN).items
    return found[0] if found else None


def balances(booking: Subject, view: BookingView) -> dict[str, Decimal]:
    moved: Counter[str] = Counter()
    for item in booking.ask(ListLedger(booking_id=view.id), ADMIN).items:
        moved[item.account] += item.amount  # type: ignore[assignment]
    assert sum(moved.values()) == 0
    return {account: Decimal(amount) for account, amount in moved.items() if amount}


def test_a_charge_waits_for_an_admin_who_settles_it_once(booking: Subject, teaching: Teaching) -> None:
    view = teaching.book()
    payment = pending(booking, view)
    assert (payment.amount, payment.currency, payment.provider) == (Decimal("51.75"), "EUR", "offline")
    assert (payment.pay_by, payment.client_secret) == (None, None)
    settled = booking.ask(SettlePayment(payment.id), ADMIN)
    assert settled.status is S.PAID
    assert balances(booking, view) == {"provider:offline": Decimal("51.75"), "escrow": Decimal("-51.75")}
    with pytest.raises(NotByHand):
        booking.ask(SettlePayment(payment.id), ADMIN)


def test_an_unpaid_lesson_is_held_all_the_same(
    booking: Subject, teaching: Teaching, clock: TestClock
) -> None:
    view = teaching.book_confirmed()
    pending(booking, view)
    clock.set(view.start_time)
    assert payment_of(booking, view).status is S.PENDING
    assert booking.sql("SELECT status FROM bookings WHERE id = :id", id=view.id)[0].status == "CONFIRMED"


def test_no_time_that_passes_before_it_is_looked_at_calls_a_lesson_off(
    booking: Subject, teaching: Teaching, clock: TestClock
) -> None:
    view = teaching.book_confirmed()
    clock.advance(hours=1)
    assert pending(booking, view).pay_by is None
    assert booking.sql("SELECT status FROM bookings WHERE id = :id", id=view.id)[0].status == "CONFIRMED"


def test_a_hold_is_paid_for_once_it_is_checked_out(booking: Subject, teaching: Teaching) -> None:
    view = teaching.book(hold=True)
    with pytest.raises(NotFound):
        payment_of(booking, view)
    booking.ask(CheckOutBooking(view.id), teaching.student)
    assert pending(booking, view).amount == Decimal("51.75")


def test_what_is_given_back_before_it_was_paid_is_not_owed(booking: Subject, teaching: Teaching) -> None:
    view = teaching.book()
    booking.ask(DeclineBooking(view.id), teaching.tutor)
    eventually(lambda: payment_of(booking, view).status is S.CANCELLED, within=10)
    assert refund_of(booking, teaching.student) is None
    assert balances(booking, view) == {}


def test_what_was_paid_goes_back_by_hand(booking: Subject, teaching: Teaching) -> None:
    view = teaching.book()
    booking.ask(SettlePayment(pending(booking, view).id), ADMIN)
    cancelled = booking.ask(CancelBooking(view.id), teaching.student)
    assert cancelled.status is BookingStatus.CANCELLED_BY_STUDENT
    refund = refund_of(booking, teaching.student)
    assert refund is not None
    assert refund.amount == Decimal("51.75")
    booking.ask(SettlePayment(refund.id), ADMIN)
    assert balances(booking, view) == {}


def test_of_what_is_paid_after_all_the_refund_goes_back(
    booking: Subject, teaching: Teaching, clock: TestClock
) -> None:
    teaching.terms(refund_tiers=[{"hours_before": 12, "percent": 50}])
    view = teaching.book()
    payment = pending(booking, view)
    booking.ask(CancelBooking(view.id), teaching.student)
    assert payment_of(booking, view).status is S.PENDING  # half of it is owed
    booking.ask(SettlePayment(payment.id), ADMIN)
    refund = refund_of(booking, teaching.student)
    assert refund is not None
    assert refund.amount == Decimal("25.88")


def test_a_package_is_paid_by_hand_as_well_and_used_at_once(booking: Subject, teaching: Teaching) -> None:
    package = bought(booking, teaching)
    view = teaching.book(use_package_id=package.id)
    with pytest.raises(NotFound):
        payment_of(booking, view)
    assert booking.ask(GetPackagePayment(package.id), teaching.student).amount == Decimal("115.00")
    payment = pending_for(booking, package)
    booking.ask(SettlePayment(payment.id), ADMIN)
    items = booking.ask(ListLedger(account="provider:offline", package_id=package.id), ADMIN).items
    assert [(item.kind, item.amount) for item in items] == [("payment", Decimal("115.00"))]
    with pytest.raises(Denied):
        booking.ask(GetPackagePayment(package.id), teaching.another_student())


@pytest.mark.parametrize("is_paid_first", [True, False])
def test_of_an_erased_tutors_package_goes_back_what_was_paid_for_unused_credits(
    booking: Subject, teaching: Teaching, clock: TestClock, is_paid_first: bool
) -> None:
    package = bought(booking, teaching)
    lesson = teaching.book_confirmed(use_package_id=package.id)
    payment = pending_for(booking, package)
    if is_paid_first:
        booking.ask(SettlePayment(payment.id), ADMIN)
    clock.set(lesson.start_time + timedelta(minutes=30))
    booking.hear(AccountErased(teaching.tutor.id, 2, teaching.profile_id))
    if not is_paid_first:
        booking.ask(SettlePayment(payment.id), ADMIN)
    refund = refund_of(booking, teaching.student)
    assert refund is not None
    assert (refund.amount, refund.package_id) == (Decimal("76.67"), package.id)
    booking.ask(MarkNoShowTutor(lesson.id), teaching.student)
    last = refund_of(booking, teaching.student)
    assert last is not None
    assert (last.amount, last.booking_id, last.refund_of) == (Decimal("38.33"), lesson.id, payment.id)
    for each in (refund, last):
        booking.ask(SettlePayment(each.id), ADMIN)
    lines = booking.ask(ListLedger(account=f"student:{teaching.student.id}"), ADMIN).items
    assert sum(line.amount for line in lines) == 0


def test_an_unpaid_package_whose_last_credit_comes_back_after_the_tutor_is_gone_is_not_owed(
    booking: Subject, teaching: Teaching, clock: TestClock
) -> None:
    package = bought(booking, teaching)
    lesson = teaching.book_confirmed(use_package_id=package.id)
    pending_for(booking, package)
    clock.set(lesson.start_time + timedelta(minutes=30))
    booking.hear(AccountErased(teaching.tutor.id, 2, teaching.profile_id))
    booking.ask(MarkNoShowTutor(lesson.id), teaching.student)
    eventually(lambda: booking.ask(GetPackagePayment(package.id), ADMIN).status is S.CANCELLED, within=10)
    assert refund_of(booking, teaching.student) is None


def test_an_erased_tutors_package_that_was_neither_paid_nor_used_is_not_owed(
    booking: Subject, teaching: Teaching
) -> None:
    package = bought(booking, teaching)
    pending_for(booking, package)
    booking.hear(AccountErased(teaching.tutor.id, 2, teaching.profile_id))
    eventually(lambda: booking.ask(GetPackagePayment(package.id), ADMIN).status is S.CANCELLED, within=10)
    assert refund_of(booking, teaching.student) is None


def bought(booking: Subject, teaching: Teaching) -> PackageView:
    """Three lessons that the student has just bought."""
    offer = a_package_offer_change(offer_id=next(_offers), tutor_profile_id=teaching.profile_id)
    booking.hear(offer)
    return booking.ask(PurchasePackage(offer.offer_id), teaching.student)


def pending_for(booking: Subject, package: PackageView) -> PaymentView:
    """The package's payment, once it waits for people."""
    eventually(lambda: booking.ask(GetPackagePayment(package.id), ADMIN).status is S.PENDING, within=10)
    return booking.ask(GetPackagePayment(package.id), ADMIN)


def test_a_payment_is_its_students_and_the_admins_affair(booking: Subject, teaching: Teaching) -> None:
    view = booking.ask(ConfirmBooking(teaching.book().id), teaching.tutor)
    assert payment_of(booking, view, teaching.student).student_id == teaching.student.id
    for stranger in (teaching.tutor, teaching.another_student()):
        with pytest.raises(Denied):
            payment_of(booking, view, stranger)
    with pytest.raises(NotFound):
        booking.ask(GetBookingPayment(987_654_321), ADMIN)
    with pytest.raises(NotFound):
        booking.ask(SettlePayment(987_654_321), ADMIN)


def test_nobody_is_heard_where_there_is_no_provider(booking: Subject) -> None:
    with pytest.raises(SignatureInvalid):
        booking.ask(HearStripe("{}", "t=1,v1=00"))
