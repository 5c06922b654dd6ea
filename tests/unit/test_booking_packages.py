"""Packages: what their credits are worth, what they pay for, when they come back; nothing gets lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.booking import BookingStatus as S
from contracts.booking import CreditReason, PackageStatus, PolicyTerms, RefundTier
from contracts.errors import NoCredit, Refusal
from services.booking.domain import (
    SYSTEM,
    Booking,
    Credit,
    Lesson,
    Package,
    PackageChange,
    Person,
    Side,
    Step,
    hold,
    purchase,
    take,
)
from services.booking.ledger import ESCROW, PLATFORM, Posting, postings_for, postings_for_package
from services.booking.money import Sum
from services.booking.views import preview_of
from tests.builders import a_booking, a_lesson, a_package, a_package_offer

START = datetime(2025, 10, 25, 14, tzinfo=UTC)
MADE = datetime(2025, 10, 21, 10, tzinfo=UTC)
BOUGHT, EXPIRES = datetime(2025, 10, 1, 10, tzinfo=UTC), datetime(2025, 10, 31, 10, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
STUDENT, TUTOR, ADMIN = Person(Side.STUDENT, 42), Person(Side.TUTOR, 50), Person(Side.ADMIN, 1)
URL = "https://meet.example/xyz"
CREDIT = Credit(5, Sum(3333, 500, "EUR"))
HALF = PolicyTerms(refund_tiers=[RefundTier(12, 100), RefundTier(1, 50)])


def euros(net: int, fee: int) -> Sum:
    return Sum(net, fee, "EUR")


# --- buying, using, ending ----------------------------------------------------------------------------


def test_a_purchase_costs_the_offers_price_and_the_fee_and_is_charged_whole() -> None:
    bought = purchase(5, a_package_offer(), 42, 50, BOUGHT)
    package = bought.package
    assert (package.price, package.left, package.credits_left) == (euros(10000, 1500), euros(10000, 1500), 3)
    assert (package.expires_at, package.notice_at) == (EXPIRES, EXPIRES - 7 * DAY)
    assert _moved(postings_for_package(bought)) == {"student:42": 11500, "prepaid:5": -11500}
    assert (bought.credits, bought.reason) == (3, CreditReason.PURCHASED)


def test_a_package_that_is_good_for_a_week_or_less_gives_no_notice() -> None:
    assert purchase(5, a_package_offer(valid_days=7), 42, 50, BOUGHT).package.notice_at is None


def test_the_last_credit_takes_the_remainder() -> None:
    package = a_package()
    worths: list[Sum] = []
    for _ in range(3):
        change, credit = package.use(a_lesson(), MADE)
        package, worths = change.package, [*worths, credit.worth]
    assert worths == [euros(3333, 500), euros(3333, 500), euros(3334, 500)]
    assert (package.credits_left, package.left) == (0, euros(0, 0))


def test_a_booking_of_several_seats_takes_as_many_credits() -> None:
    change, credit = a_package().use(a_lesson(seats=2), MADE)
    assert (credit.count, credit.worth, change.package.credits_left) == (2, euros(6666, 1000), 1)
    with pytest.raises(NoCredit):
        change.package.use(a_lesson(seats=2), MADE)


@pytest.mark.parametrize(
    ("package", "lesson"),
    [
        (a_package(credits_left=0), a_lesson()),
        (a_package(expires_at=MADE), a_lesson()),
        (a_package(status=PackageStatus.EXPIRED), a_lesson()),
        (a_package(status=PackageStatus.UNPAID), a_lesson()),
        (a_package(status=PackageStatus.CANCELLED), a_lesson()),
        (a_package(student_id=43), a_lesson()),
        (a_package(tutor_profile_id=11), a_lesson()),
        (a_package(course_id=80), a_lesson()),
        (a_package(course_id=80), a_lesson(course_id=81)),
    ],
)
def test_a_credit_that_is_not_there_or_not_meant_pays_for_nothing(package: Package, lesson: Lesson) -> None:
    with pytest.raises(NoCredit):
        package.use(lesson, MADE)


@pytest.mark.parametrize(
    ("package", "lesson"),
    [
        (a_package(expires_at=MADE + timedelta.resolution), a_lesson()),
        (a_package(), a_lesson(course_id=80)),
        (a_package(course_id=80), a_lesson(course_id=80)),
        (a_package(), a_lesson(start_at=EXPIRES + DAY)),  # used in time, taught later
    ],
)
def test_a_credit_pays_for_what_it_was_bought_for(package: Package, lesson: Lesson) -> None:
    change, _ = package.use(lesson, MADE)
    assert (change.credits, change.reason) == (-1, CreditReason.USED)


def test_what_is_left_at_the_end_lapses_to_tutor_and_platform() -> None:
    used = a_package().use(a_lesson(), MADE)[0].package
    lapsed = used.expire()
    assert (lapsed.package.status, lapsed.package.credits_left, lapsed.credits) == (
        PackageStatus.EXPIRED,
        0,
        -2,
    )
    assert _moved(postings_for_package(lapsed)) == {"prepaid:5": 7667, "tutor:10": -6667, PLATFORM: -1000}


def test_what_is_left_when_the_tutor_is_gone_goes_back_to_the_student() -> None:
    used = a_package().use(a_lesson(), MADE)[0].package
    refunded = used.refund()
    assert (refunded.package.status, refunded.package.refunded, refunded.reason, refunded.credits) == (
        PackageStatus.CANCELLED,
        7667,
        CreditReason.REFUNDED,
        -2,
    )
    assert _moved(postings_for_package(refunded)) == {"prepaid:5": 7667, "student:42": -7667}


def test_what_comes_back_after_the_tutor_is_gone_goes_on_to_the_student() -> None:
    refunded = a_package().use(a_lesson(), MADE)[0].package.refund()
    back = refunded.package.take_back(CREDIT)
    assert not postings_for_package(back)
    again = back.package.refund(booking_id=7)
    assert (again.package.refunded, again.refunded, again.credits) == (11500, 3833, -1)
    assert _moved(postings_for_package(again)) == {"prepaid:5": 3833, "student:42": -3833}
    assert [posting.booking_id for posting in postings_for_package(again)] == [7]


@pytest.mark.parametrize("end", [Package.cancel, Package.refund])
def test_what_was_never_paid_need_not_be_paid(end: Callable[[Package], PackageChange]) -> None:
    ended = end(a_package(status=PackageStatus.UNPAID))
    assert (ended.reason, ended.package.refunded) == (CreditReason.CANCELLED, 11500)
    assert _moved(postings_for_package(ended)) == {"prepaid:5": 11500, "student:42": -11500}


def test_of_what_was_used_up_nothing_goes_back() -> None:
    refunded = a_package(credits_left=0, left=euros(0, 0)).refund()
    assert (refunded.package.refunded, postings_for_package(refunded)) == (0, [])


def test_what_comes_back_after_the_end_is_there_but_of_no_use() -> None:
    back = a_package().expire().package.take_back(CREDIT).package
    assert (back.credits_left, back.left, back.status) == (1, CREDIT.worth, PackageStatus.EXPIRED)
    with pytest.raises(NoCredit):
        back.use(a_lesson(), MADE)


# --- lessons that are paid with a credit -----------------------------------------------------------------


BACK = {"prepaid:5": -3833, ESCROW: 3833}
EARNED = {ESCROW: 3833, "tutor:10": -3333, PLATFORM: -500}


@pytest.mark.parametrize(
    ("step", "moved"),
    [
        (a_booking(credit=CREDIT).complete(TUTOR, START + HOUR), EARNED),
        (a_booking(credit=CREDIT).mark_no_show(TUTOR, START + HOUR, None), EARNED),
        (a_booking(credit=CREDIT).mark_no_show(STUDENT, START + HOUR, None), BACK),
        (a_booking(S.PENDING, credit=CREDIT).decline(TUTOR, MADE, None), BACK),
        (a_booking(S.PENDING, credit=CREDIT).expire(START), BACK),
        (a_booking(S.HELD, credit=CREDIT).expire(START), BACK),
        (a_booking(S.HELD, credit=CREDIT).cancel(STUDENT, MADE, None), BACK),
        (a_booking(credit=CREDIT).cancel(TUTOR, START + HOUR, None), BACK),
        (a_booking(credit=CREDIT).cancel(ADMIN, START - HOUR, None), BACK),
        (a_booking(credit=CREDIT).cancel(STUDENT, START - 12 * HOUR, None), BACK),
        (a_booking(credit=CREDIT, terms=HALF).cancel(STUDENT, START - 2 * HOUR, None), EARNED),
        (a_booking(credit=CREDIT).cancel(STUDENT, START - HOUR, None), EARNED),
    ],
)
def test_a_credit_comes_back_whole_or_is_earned(step: Step, moved: dict[str, int]) -> None:
    assert _moved(postings_for(step)) == moved
    assert step.booking.credit_returned is (moved is BACK)
    assert step.booking.refunded in (0, None)


def test_a_credit_leaves_its_package_as_soon_as_the_time_is_held() -> None:
    lesson = a_lesson(credit=CREDIT)
    held = hold(7, lesson, STUDENT, MADE)
    assert _moved(postings_for(held)) == {"prepaid:5": 3833, ESCROW: -3833}
    assert postings_for(held.booking.check_out(STUDENT, MADE, URL)) == []


@pytest.mark.parametrize(
    ("before", "percent", "returned"), [(12 * HOUR, 100, True), (2 * HOUR, 0, False), (HOUR / 2, 0, False)]
)
def test_a_preview_says_whether_the_credit_comes_back(
    before: timedelta, percent: int, returned: bool
) -> None:
    step = a_booking(credit=CREDIT, terms=HALF).cancel(STUDENT, START - before, None)
    preview = preview_of(step, START - before)
    assert preview.refund_amount == 0
    assert preview.refund_percent == percent
    assert preview.credit_returned is returned
    assert preview.credit_returned is step.booking.credit_returned


# --- a walk through everything, against a model -------------------------------------------------------------


acts = st.lists(
    st.tuples(
        st.sampled_from(
            ["hold", "take", "cancel", "no-show", "complete", "check out", "expire", "decline", "gone"]
        ),
        st.integers(0, 5),
        st.sampled_from([STUDENT, TUTOR, ADMIN, SYSTEM]),
        st.timedeltas(timedelta(0), 2 * DAY),
    ),
    max_size=40,
)


@given(count=st.integers(1, 5), price=st.integers(0, 1000), percent=st.integers(0, 100), plan=acts)
def test_over_any_walk_the_books_agree_with_what_packages_and_lessons_say(
    count: int, price: int, percent: int, plan: list[tuple[str, int, Person, timedelta]]
) -> None:
    walk = Walk(count, price, percent)
    for act, which, by, later in plan:
        walk.go(act, which, by, later)
        walk.check()


class Walk:
    """One package and any number of lessons; all that is posted is kept."""

    def __init__(self, count: int, price: int, percent: int) -> None:
        self.terms = PolicyTerms(
            requires_approval_for_one_on_one=percent % 2 == 0, refund_tiers=[RefundTier(24, percent)]
        )
        bought = purchase(5, a_package_offer(credits=count, price=price), 42, 50, BOUGHT)
        self.package, self.now = bought.package, BOUGHT
        self.bookings: list[Booking] = []
        self.postings = postings_for_package(bought)

    def go(self, act: str, which: int, by: Person, later: timedelta) -> None:
        self.now += later
        if self.package.status_at(self.now) is not self.package.status:
            self.change(self.package.expire())
        acts = {"hold": self._begin, "take": self._begin, "gone": self._lose_tutor}
        try:
            acts[act](act) if act in acts else self._go_on(act, which, by)
        except Refusal:
            return

    def _begin(self, act: str) -> None:
        lesson = a_lesson(start_at=self.now + DAY, terms=self.terms)
        change, credit = self.package.use(lesson, self.now)
        lesson = replace(lesson, credit=credit)
        number = len(self.bookings)
        begun = hold(number, lesson, STUDENT, self.now)
        if act == "take":
            begun = take(number, lesson, STUDENT, self.now, URL)
        self.change(change)
        self.bookings.append(begun.booking)
        self.postings += postings_for(begun)

    def _lose_tutor(self, _: str) -> None:
        if self.package.status is PackageStatus.ACTIVE:
            self.change(self.package.refund())

    def _go_on(self, act: str, which: int, by: Person) -> None:
        booking = self.bookings[which % max(len(self.bookings), 1)] if self.bookings else a_booking(S.EXPIRED)
        step = {
            "cancel": lambda: booking.cancel(by, self.now, None),
            "no-show": lambda: booking.mark_no_show(by, self.now, None),
            "complete": lambda: booking.complete(by, self.now),
            "check out": lambda: booking.check_out(by, self.now, URL),
            "expire": lambda: booking.expire(self.now),
            "decline": lambda: booking.decline(by, self.now, None),
        }[act]()
        self.bookings[booking.id] = step.booking
        self.postings += postings_for(step)
        if step.booking.credit_returned:
            assert booking.credit is not None
            self.change(self.package.take_back(booking.credit))
            if self.package.status is PackageStatus.CANCELLED:
                self.change(self.package.refund(booking.id))

    def change(self, change: PackageChange) -> None:
        self.package = change.package
        self.postings += postings_for_package(change)

    def check(self) -> None:
        balances = _moved(self.postings)
        waiting = [booking.lesson.stake.total for booking in self.bookings if booking.is_charged]
        used = [booking for booking in self.bookings if not booking.credit_returned]
        assert balances[ESCROW] == -sum(waiting)
        assert balances["prepaid:5"] == -self.package.left.total
        assert balances["student:42"] == self.package.price.total - self.package.refunded
        if self.package.status is PackageStatus.CANCELLED:
            assert self.package.left.total == 0
        assert sum(balances.values()) == 0
        assert balances["tutor:10"] <= 0
        assert balances[PLATFORM] <= 0
        if self.package.status is PackageStatus.ACTIVE:
            assert self.package.credits_left == self.package.credits_total - len(used)
        assert self.package.left.net >= 0
        assert self.package.left.fee >= 0


def _moved(postings: Iterable[Posting]) -> Counter[str]:
    moved: Counter[str] = Counter()
    for posting in postings:
        for account, amount in posting.lines:
            moved[account] += amount
    return moved
