"""Packages in the running service: bought, used by lessons, given back, run out; and what the books say."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import pytest

from chassis.context import Actor
from contracts.booking import (
    BookingCancelled,
    BookingStatus,
    CancelBooking,
    CheckOutBooking,
    CompleteBooking,
    ConfirmBooking,
    CreditReason,
    CreditsChanged,
    DeclineBooking,
    GetBooking,
    ListLedger,
    ListPackages,
    MarkNoShowTutor,
    Means,
    PackageExpiring,
    PackageStatus,
    PackageView,
    PreviewCancellation,
    PurchasePackage,
)
from contracts.catalog import TutorStatus
from contracts.errors import NoCredit, NotFound, NotOffered, Refusal, SlotTaken, TutorNotApproved
from contracts.operations import Resync
from tests.builders import a_course_change, a_package_offer_change
from tests.subject import Subject, TestClock
from tests.teaching import ADMIN, Teaching
from tests.waiting import eventually

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
_offers = count(5000)


@pytest.fixture
def teaching(booking: Subject) -> Teaching:
    return Teaching(booking)


@pytest.fixture
def package(booking: Subject, teaching: Teaching) -> PackageView:
    """Three lessons that the student has just bought for 100.00 and the fee."""
    return bought(booking, teaching)


def an_offer(booking: Subject, teaching: Teaching, **changes: Any) -> int:
    offer_id = next(_offers)
    changes = {"tutor_profile_id": teaching.profile_id, **changes}
    booking.hear(a_package_offer_change(offer_id=offer_id, **changes))
    return offer_id


def bought(booking: Subject, teaching: Teaching, **changes: Any) -> PackageView:
    offer_id = an_offer(booking, teaching, **changes)
    return booking.ask(PurchasePackage(offer_id), teaching.student)


def left(booking: Subject, package: PackageView, by: Actor) -> tuple[int, str]:
    """The credits and the status as its student sees them."""
    [seen] = [each for each in booking.ask(ListPackages(), by).items if each.id == package.id]
    return seen.credits_left, str(seen.status)


def reasons(booking: Subject, package: PackageView) -> list[tuple[str, int, int]]:
    """What was told of the package's credits: why, how many, and how many were left."""
    told = booking.told(CreditsChanged, package_id=package.id)
    assert [event.version for event in told] == sorted(event.version for event in told)
    return [(str(event.reason), event.change, event.credits_left) for event in told]


def balances(booking: Subject, package: PackageView) -> dict[str, Decimal]:
    """What the package and its credits have moved on every account."""
    moved: Counter[str] = Counter()
    for item in booking.ask(ListLedger(package_id=package.id, page_size=100), ADMIN).items:
        moved[item.account] += item.amount  # type: ignore[assignment]
    assert sum(moved.values()) == 0
    return {account: Decimal(amount) for account, amount in moved.items() if amount}


# --- buying -------------------------------------------------------------------------------------------


def test_a_purchase_is_charged_with_the_fee_and_waits_as_prepaid(
    booking: Subject, teaching: Teaching, package: PackageView
) -> None:
    assert (package.price, package.platform_fee, package.total_amount) == (
        Decimal("100.00"),
        Decimal("15.00"),
        Decimal("115.00"),
    )
    assert (package.credits_total, package.credits_left, package.status) == (3, 3, PackageStatus.ACTIVE)
    assert package.expires_at == package.purchased_at + 30 * DAY
    assert package.tutor_name == f"tutor {teaching.account_id}"
    assert booking.ask(ListPackages(), teaching.student).items == [package]
    assert booking.ask(ListPackages(), teaching.another_student()).total == 0
    assert balances(booking, package) == {
        f"student:{teaching.student.id}": Decimal("115.00"),
        f"prepaid:{package.id}": Decimal("-115.00"),
    }
    assert reasons(booking, package) == [("purchased", 3, 3)]


def test_what_is_not_offered_is_not_sold(booking: Subject, teaching: Teaching) -> None:
    booking.hear(a_course_change(course_id=90, tutor_profile_id=teaching.profile_id, active=False))
    refusals: dict[int, type[Refusal]] = {
        987_654_321: NotFound,
        an_offer(booking, teaching, active=False): NotOffered,
        an_offer(booking, teaching, course_id=90): NotOffered,
        an_offer(booking, teaching, tutor_profile_id=987_654_321): TutorNotApproved,
    }
    for offer_id, refusal in refusals.items():
        with pytest.raises(refusal):
            booking.ask(PurchasePackage(offer_id), teaching.student)
    offer_id = an_offer(booking, teaching)
    teaching.learn_tutor(status=TutorStatus.SUSPENDED, version=2)
    with pytest.raises(TutorNotApproved):
        booking.ask(PurchasePackage(offer_id), teaching.student)


def test_a_purchase_that_is_asked_twice_is_made_once(booking: Subject, teaching: Teaching) -> None:
    offer_id, key = an_offer(booking, teaching), f"buy-{teaching.student.id}"
    first, second = (booking.ask(PurchasePackage(offer_id), teaching.student, key=key) for _ in range(2))
    assert first == second
    assert booking.ask(ListPackages(), teaching.student).total == 1


def test_packages_are_found_by_tutor_and_status(
    booking: Subject, teaching: Teaching, package: PackageView, clock: TestClock
) -> None:
    of_tutor = ListPackages(tutor_profile_id=teaching.profile_id)
    assert booking.ask(of_tutor, teaching.student).total == 1
    assert booking.ask(ListPackages(tutor_profile_id=987_654_321), teaching.student).total == 0
    clock.set(package.expires_at)
    assert booking.ask(ListPackages(status=PackageStatus.ACTIVE), teaching.student).total == 0
    assert booking.ask(ListPackages(status=PackageStatus.EXPIRED), teaching.student).total == 1


# --- using --------------------------------------------------------------------------------------------


def test_a_lesson_takes_a_credit_and_is_settled_from_it(
    booking: Subject, teaching: Teaching, package: PackageView, clock: TestClock
) -> None:
    view = teaching.book_confirmed(use_package_id=package.id)
    assert (view.paid_with, view.package_id) == (Means.CREDIT, package.id)
    assert view.total_amount == Decimal("51.75")  # for the record
    assert left(booking, package, teaching.student) == (2, "active")
    clock.set(view.end_time)
    booking.ask(CompleteBooking(view.id), teaching.tutor)
    assert balances(booking, package) == {
        f"student:{teaching.student.id}": Decimal("115.00"),
        f"prepaid:{package.id}": Decimal("-76.67"),
        f"tutor:{teaching.profile_id}": Decimal("-33.33"),
        "platform": Decimal("-5.00"),
    }
    kinds = [item.kind for item in booking.ask(ListLedger(booking_id=view.id), ADMIN).items]
    assert set(kinds) == {"credit_used", "payout", "fee"}


def test_a_package_pays_for_as_many_lessons_as_it_has_credits(
    booking: Subject, teaching: Teaching, package: PackageView
) -> None:
    for hour in (9, 11, 13):
        teaching.book(hour, use_package_id=package.id)
    with pytest.raises(NoCredit):
        teaching.book(15, use_package_id=package.id)
    assert left(booking, package, teaching.student) == (0, "active")
    assert f"prepaid:{package.id}" not in balances(booking, package)


def test_a_package_pays_only_for_whom_and_what_it_was_bought_for(
    booking: Subject, teaching: Teaching, package: PackageView
) -> None:
    other = Teaching(booking)
    course = a_course_change(course_id=91, tutor_profile_id=teaching.profile_id)
    booking.hear(course)
    of_course = bought(booking, teaching, course_id=91)
    for wanted, by in (
        (teaching.wanted(use_package_id=package.id), teaching.another_student()),
        (other.wanted(use_package_id=package.id), teaching.student),
        (teaching.wanted(use_package_id=of_course.id), teaching.student),
        (teaching.wanted(use_package_id=987_654_321), teaching.student),
    ):
        with pytest.raises(NoCredit):
            booking.ask(wanted, by)
    taken = teaching.book(subject_id=None, course_id=91, duration_minutes=50, use_package_id=of_course.id)
    assert taken.package_id == of_course.id


def test_what_can_not_be_booked_costs_no_credit(
    booking: Subject, teaching: Teaching, package: PackageView
) -> None:
    teaching.book(10, by=teaching.another_student())
    with pytest.raises(SlotTaken):
        teaching.book(10, use_package_id=package.id)
    assert left(booking, package, teaching.student) == (3, "active")


def test_of_many_at_once_only_as_many_are_booked_as_there_are_credits(
    booking: Subject, teaching: Teaching, package: PackageView
) -> None:
    def attempt(hour: int) -> str:
        try:
            teaching.book(hour, use_package_id=package.id)
        except NoCredit:
            return "no credit"
        return "booked"

    with ThreadPoolExecutor(8) as pool:
        outcomes = Counter(pool.map(attempt, range(9, 17)))
    assert outcomes == {"booked": 3, "no credit": 5}
    assert left(booking, package, teaching.student) == (0, "active")


# --- coming back --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("hours_before", "returned"), [(12.1, True), (11.9, False)])
def test_cancelled_in_time_the_credit_comes_back_as_the_preview_says(
    booking: Subject,
    teaching: Teaching,
    package: PackageView,
    clock: TestClock,
    hours_before: float,
    returned: bool,
) -> None:
    view = teaching.book_confirmed(use_package_id=package.id)
    clock.set(view.start_time - hours_before * HOUR)
    preview = booking.ask(PreviewCancellation(view.id), teaching.student)
    assert (preview.credit_returned, preview.refund_amount) == (returned, Decimal("0.00"))
    cancelled = booking.ask(CancelBooking(view.id), teaching.student)
    assert cancelled.credit_returned is returned
    assert booking.told(BookingCancelled)[-1].credit_returned is returned
    assert left(booking, package, teaching.student) == (3 if returned else 2, "active")
    assert (reasons(booking, package)[-1] == ("returned", 1, 3)) is returned


def test_what_is_not_the_students_doing_gives_the_credit_back(
    booking: Subject, teaching: Teaching, package: PackageView, clock: TestClock
) -> None:
    declined, missed, cancelled = (teaching.book(hour, use_package_id=package.id) for hour in (9, 11, 13))
    booking.ask(DeclineBooking(declined.id), teaching.tutor)
    missed = booking.ask(ConfirmBooking(missed.id), teaching.tutor)
    booking.ask(ConfirmBooking(cancelled.id), teaching.tutor)
    clock.set(missed.start_time + 10 * MINUTE)
    booking.ask(MarkNoShowTutor(missed.id), teaching.student)
    booking.ask(CancelBooking(cancelled.id), teaching.tutor)
    assert left(booking, package, teaching.student) == (3, "active")
    assert balances(booking, package)[f"prepaid:{package.id}"] == Decimal("-115.00")


def test_a_hold_takes_a_credit_that_its_end_gives_back(
    booking: Subject, teaching: Teaching, package: PackageView, clock: TestClock
) -> None:
    teaching.book(9, use_package_id=package.id, hold=True)
    checked_out = teaching.book(11, use_package_id=package.id, hold=True)
    dropped = teaching.book(13, use_package_id=package.id, hold=True)
    assert left(booking, package, teaching.student) == (0, "active")
    booking.ask(CheckOutBooking(checked_out.id), teaching.student)
    booking.ask(CancelBooking(dropped.id), teaching.student)
    assert left(booking, package, teaching.student) == (1, "active")
    clock.advance(minutes=11)
    eventually(lambda: left(booking, package, teaching.student) == (2, "active"), within=20)


def test_a_credit_of_a_hold_that_ran_out_can_be_used_at_once(
    booking: Subject, teaching: Teaching, clock: TestClock
) -> None:
    package = bought(booking, teaching, credits=1)
    teaching.book(9, use_package_id=package.id, hold=True)
    clock.advance(minutes=11)
    assert teaching.book(9, use_package_id=package.id).status is BookingStatus.PENDING


# --- time ---------------------------------------------------------------------------------------------


def test_what_is_left_lapses_at_the_end_after_a_notice(
    booking: Subject, teaching: Teaching, package: PackageView, clock: TestClock
) -> None:
    view = teaching.book_confirmed(use_package_id=package.id)
    clock.set(package.expires_at - 7 * DAY - HOUR)
    eventually(lambda: booking.ask(GetBooking(view.id), ADMIN).status is BookingStatus.COMPLETED, within=20)
    assert booking.told(PackageExpiring, package_id=package.id) == []
    clock.advance(hours=1)
    eventually(lambda: len(booking.told(PackageExpiring, package_id=package.id)) == 1, within=45)
    clock.set(package.expires_at)
    with pytest.raises(NoCredit):
        teaching.book(day=33, use_package_id=package.id)
    eventually(lambda: reasons(booking, package)[-1:] == [("expired", -2, 0)], within=20)
    assert left(booking, package, teaching.student) == (0, "expired")
    assert balances(booking, package) == {
        f"student:{teaching.student.id}": Decimal("115.00"),
        f"tutor:{teaching.profile_id}": Decimal("-100.00"),
        "platform": Decimal("-15.00"),
    }
    assert len(booking.told(PackageExpiring, package_id=package.id)) == 1


def test_a_credit_that_comes_back_too_late_stays_with_its_package(
    booking: Subject, teaching: Teaching, clock: TestClock
) -> None:
    package = bought(booking, teaching, valid_days=1)
    view = teaching.book_confirmed(use_package_id=package.id)
    clock.set(package.expires_at)
    booking.ask(CancelBooking(view.id), teaching.tutor)
    assert left(booking, package, teaching.student) == (1, "expired")
    assert reasons(booking, package)[-2:] == [("expired", -2, 0), ("returned", 1, 1)]
    assert balances(booking, package)[f"prepaid:{package.id}"] == Decimal("-38.33")
    with pytest.raises(NoCredit):
        teaching.book(12, use_package_id=package.id)


# --- the database's word --------------------------------------------------------------------------------


def test_the_database_itself_refuses_what_is_impossible(
    booking: Subject, teaching: Teaching, package: PackageView
) -> None:
    for change in ("credits_left = -1", "credits_left = 4", "net_left = -1", "fee_left = platform_fee + 1"):
        with pytest.raises(Exception, match="check constraint"):
            booking.sql(f"UPDATE packages SET {change} WHERE id = :id", id=package.id)
    with pytest.raises(Exception, match="append-only"):
        booking.sql("UPDATE ledger SET amount = 1 WHERE package_id = :id", id=package.id)


def test_packages_are_told_again_without_a_reason(
    booking: Subject, teaching: Teaching, package: PackageView
) -> None:
    booking.ask(Resync(), ADMIN)
    again = booking.told(CreditsChanged, package_id=package.id)[-1]
    assert (again.reason, again.change, again.credits_left, again.version) == (None, 0, 3, package.version)
    assert again.concerned == {teaching.student.id, teaching.account_id}
    assert booking.told(CreditsChanged, package_id=package.id)[0].reason == CreditReason.PURCHASED
