"""Packages over HTTP: offered, bought, paid, used, given back, run out; and what the books say of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from requests import Response

from tests.end_to_end.people import (
    Anyone,
    Json,
    Person,
    Student,
    Tutor,
    a_student,
    a_tutor,
    done,
    ledger_of,
    refused,
    start_of,
)
from tests.end_to_end.world import World
from tests.stripe_stand_in import StripeStandIn, running_stripe
from tests.waiting import eventually

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def tutor(world: World) -> Tutor:
    return a_tutor(world, requires_approval_for_one_on_one=False)


@pytest.fixture
def student(world: World) -> Student:
    return a_student(world)


def books_of(admin: Person, package: Json) -> dict[str, float]:
    """What the package and its credits have moved on every account."""
    items = done(admin.get("/api/admin/ledger", package_id=package["id"], page_size=100))["items"]
    accounts: dict[str, float] = {}
    for item in items:
        accounts[item["account"]] = round(accounts.get(item["account"], 0) + item["amount"], 2)
    assert round(sum(accounts.values()), 2) == 0
    return {account: amount for account, amount in accounts.items() if amount}


def test_a_package_from_the_offer_to_the_last_credit(
    world: World, anyone: Anyone, admin: Person, tutor: Tutor, student: Student
) -> None:
    offer = tutor.offer()
    listed = done(anyone.get(f"/api/tutors/{tutor.profile_id}/packages"))
    assert [each["id"] for each in listed["items"]] == [offer["id"]]
    package = student.buy(offer)
    assert (package["price"], package["platform_fee"], package["total_amount"]) == (90.0, 13.5, 103.5)
    assert (package["credits_left"], package["status"], package["tutor_name"]) == (3, "active", tutor.name)
    starts = tutor.starts(first=2)
    lessons = [student.book(tutor, start, use_package_id=package["id"]) for start in starts[:6:2]]
    assert {lesson["paid_with"] for lesson in lessons} == {"credit"}
    assert {lesson["total_amount"] for lesson in lessons} == {46.0}  # for the record
    refused(student.ask_for(tutor, starts[8], use_package_id=package["id"]), 409, "no_credit")
    world.wait_until(start_of(lessons[-1]) + HOUR)
    for lesson in lessons:
        tutor.complete(lesson)
    assert books_of(admin, package) == {
        f"student:{student.id}": 103.5,
        f"tutor:{tutor.profile_id}": -90.0,
        "platform": -13.5,
    }
    assert ledger_of(admin, lessons[0]) == {
        f"prepaid:{package['id']}": 34.5,
        f"tutor:{tutor.profile_id}": -30.0,
        "platform": -4.5,
    }


def test_a_credit_comes_back_as_the_preview_says(world: World, tutor: Tutor, student: Student) -> None:
    package = student.buy(tutor.offer())
    early, late = (
        student.book(tutor, start, use_package_id=package["id"]) for start in tutor.starts(first=3)[:4:2]
    )
    assert student.package(package)["credits_left"] == 1
    for lesson, returned in ((early, True), (late, False)):
        if not returned:
            world.wait_until(start_of(late) - HOUR)
        preview = done(student.get(f"/api/bookings/{lesson['id']}/cancellation-preview"))
        assert (preview["credit_returned"], preview["refund_amount"]) == (returned, 0)
        assert student.cancel(lesson)["credit_returned"] is returned
    assert student.package(package)["credits_left"] == 2


def test_what_is_withdrawn_is_sold_no_more_and_what_was_sold_stays(
    world: World, anyone: Anyone, tutor: Tutor, student: Student
) -> None:
    offer = tutor.offer()
    package = student.buy(offer)
    done(tutor.delete(f"/api/tutor/packages/{offer['id']}"), 204)
    world.settle()
    assert done(anyone.get(f"/api/tutors/{tutor.profile_id}/packages"))["total"] == 0
    refused(student.post(f"/api/packages/{offer['id']}/purchase"), 409, "not_offered")
    assert student.book(tutor, tutor.starts()[0], use_package_id=package["id"])["status"] == "CONFIRMED"


def test_what_is_not_used_in_time_lapses(world: World, admin: Person, tutor: Tutor, student: Student) -> None:
    package = student.buy(tutor.offer(valid_days=2))
    world.pass_time(days=2)
    refused(student.ask_for(tutor, tutor.starts()[0], use_package_id=package["id"]), 409, "no_credit")
    eventually(lambda: student.package(package)["credits_left"] == 0, within=20)
    assert student.package(package)["status"] == "expired"
    eventually(lambda: f"prepaid:{package['id']}" not in books_of(admin, package), within=20)


def test_a_purchase_repeated_with_its_key_is_the_same(tutor: Tutor, student: Student) -> None:
    path = f"/api/packages/{tutor.offer()['id']}/purchase"
    first, second = (student.post(path, key="my-package") for _ in range(2))
    assert (first.status_code, first.content) == (second.status_code, second.content)
    assert second.headers["Idempotent-Replayed"] == "true"
    assert done(student.get("/api/packages"))["total"] == 1


def test_without_a_provider_an_admin_settles_what_is_owed(
    admin: Person, tutor: Tutor, student: Student
) -> None:
    booking = student.book(tutor, tutor.starts()[0])
    path = f"/api/bookings/{booking['id']}/payment"
    eventually(lambda: done(student.get(path))["status"] == "pending", within=10)
    payment = done(student.get(path))
    assert (payment["amount"], payment["provider"], payment["client_secret"]) == (46.0, "offline", None)
    settle = f"/api/admin/payments/{payment['id']}/settle"
    assert done(admin.post(settle))["status"] == "paid"
    refused(admin.post(settle), 409, "not_by_hand")
    assert ledger_of(admin, booking) == {"provider:offline": 46.0, "escrow": -46.0}
    found = done(admin.get("/api/admin/payments", student_id=student.id, status="paid"))
    assert [each["id"] for each in found["items"]] == [payment["id"]]


# --- with a provider ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def stripe(world: World) -> Iterator[StripeStandIn]:
    """Stripe's stand-in, used by the platform from here on."""
    with running_stripe() as running:
        restarted(world, **running.settings)
        yield running
        restarted(world)


def restarted(world: World, **settings: str) -> None:
    """Have booking run with other settings."""
    world.stack.process("booking").stop()
    world.stack.start("booking", **settings)


def secret_of(student: Student, path: str) -> str:
    """What the student pays by, once it is there."""
    eventually(lambda: done(student.get(path))["client_secret"] is not None, within=20)
    return str(done(student.get(path))["client_secret"])


def tell(anyone: Anyone, notice: tuple[str, str]) -> Response:
    """Send a webhook as Stripe does."""
    body, signature = notice
    headers = {"Content-Type": "application/json; charset=utf-8", "Stripe-Signature": signature}
    return anyone.call("POST", "/api/payments/stripe", headers, data=body)


def test_a_lesson_is_paid_through_stripe_and_the_money_goes_back(
    anyone: Anyone, admin: Person, tutor: Tutor, student: Student, stripe: StripeStandIn
) -> None:
    booking = student.book(tutor, tutor.starts(first=3)[0])
    path = f"/api/bookings/{booking['id']}/payment"
    intent = stripe.intent_of(secret_of(student, path))
    stripe.pay(intent)
    notice = stripe.notice_of(intent)
    refused(tell(anyone, (notice[0] + " ", notice[1])), 401, "signature_invalid")
    assert [tell(anyone, notice).status_code for _ in range(2)] == [204, 204]
    assert done(student.get(path))["status"] == "paid"
    assert ledger_of(admin, booking) == {"provider:stripe": 46.0, "escrow": -46.0}
    student.cancel(booking)
    eventually(lambda: ledger_of(admin, booking) == {}, within=20)
    assert [refund["amount"] for refund in stripe.refunds] == [4600]


def test_a_package_through_stripe_is_good_once_it_is_paid(
    world: World, anyone: Anyone, tutor: Tutor, student: Student, stripe: StripeStandIn
) -> None:
    package = student.buy(tutor.offer())
    assert package["status"] == "unpaid"
    start = tutor.starts(first=2)[0]
    refused(student.ask_for(tutor, start, use_package_id=package["id"]), 409, "no_credit")
    path = f"/api/packages/{package['id']}/payment"
    intent = stripe.intent_of(secret_of(student, path))
    stripe.pay(intent)
    done(tell(anyone, stripe.notice_of(intent)), 204)
    assert student.book(tutor, start, use_package_id=package["id"])["status"] == "CONFIRMED"


def test_what_is_not_paid_in_time_is_free_for_others(
    world: World, tutor: Tutor, student: Student, stripe: StripeStandIn
) -> None:
    start = tutor.starts(first=2)[0]
    booking = student.book(tutor, start)
    path = f"/api/bookings/{booking['id']}/payment"
    secret_of(student, path)
    world.pass_time(minutes=31)
    eventually(lambda: student.booking(booking["id"])["status"] == "CANCELLED_BY_ADMIN", within=20)
    world.settle()
    assert start in tutor.starts(first=1, last=4)
    a_student(world).book(tutor, start)
