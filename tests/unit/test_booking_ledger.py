"""The books over whole lives of bookings: always balanced, settled to nothing, never paid twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.booking import BookingStatus, PolicyTerms, RefundTier
from contracts.errors import Refusal
from services.booking.domain import SYSTEM, Booking, Person, Side, Step, hold, take
from services.booking.ledger import ESCROW, PLATFORM, Kind, Posting, postings_for
from services.booking.money import price_by_rate
from tests.builders import a_booking, a_lesson

START = datetime(2025, 10, 25, 14, tzinfo=UTC)
MADE = datetime(2025, 10, 21, 10, tzinfo=UTC)
STUDENT, TUTOR, ADMIN = Person(Side.STUDENT, 42), Person(Side.TUTOR, 50), Person(Side.ADMIN, 1)
URL = "https://meet.example/xyz"
HOUR = timedelta(hours=1)
HALF = PolicyTerms(refund_tiers=[RefundTier(12, 100), RefundTier(1, 50)])


def test_a_hold_costs_nothing_and_the_checkout_charges_the_whole() -> None:
    held = hold(7, a_lesson(), STUDENT, MADE)
    assert postings_for(held) == []
    assert postings_for(held.booking.check_out(STUDENT, MADE, URL)) == [
        Posting(Kind.CHARGE, "student:42", ESCROW, 5175, "EUR", 7)
    ]


@pytest.mark.parametrize("approval", [True, False])
def test_what_is_requested_or_confirmed_at_once_is_charged(approval: bool) -> None:
    lesson = a_lesson(terms=PolicyTerms(requires_approval_for_one_on_one=approval))
    assert _moved(postings_for(take(7, lesson, STUDENT, MADE, URL))) == {"student:42": 5175, ESCROW: -5175}


@pytest.mark.parametrize(
    "step",
    [
        a_booking(BookingStatus.PENDING).confirm(TUTOR, MADE, URL, None),
        a_booking().move(STUDENT, MADE, START + HOUR, "Europe/London"),
        a_booking(BookingStatus.HELD).cancel(STUDENT, MADE, None),
        a_booking(BookingStatus.HELD).expire(START),
    ],
)
def test_other_steps_on_the_way_move_no_money(step: Step) -> None:
    assert postings_for(step) == []


HELD_LESSON = {ESCROW: 5175, "tutor:10": -4500, PLATFORM: -675}
ALL_BACK = {ESCROW: 5175, "student:42": -5175}
HALF_BACK = {ESCROW: 5175, "student:42": -2588, "tutor:10": -2250, PLATFORM: -337}


@pytest.mark.parametrize(
    ("step", "moved"),
    [
        (a_booking().complete(TUTOR, START + HOUR), HELD_LESSON),
        (a_booking().complete(SYSTEM, START + 25 * HOUR), HELD_LESSON),
        (a_booking().mark_no_show(TUTOR, START + HOUR, None), HELD_LESSON),
        (a_booking().mark_no_show(STUDENT, START + HOUR, None), ALL_BACK),
        (a_booking(BookingStatus.PENDING).decline(TUTOR, MADE, None), ALL_BACK),
        (a_booking(BookingStatus.PENDING).expire(START), ALL_BACK),
        (a_booking().cancel(TUTOR, START + HOUR, None), ALL_BACK),
        (a_booking().cancel(ADMIN, START - HOUR, None), ALL_BACK),
        (a_booking().cancel(STUDENT, START - 12 * HOUR, None), ALL_BACK),
        (a_booking(terms=HALF).cancel(STUDENT, START - 2 * HOUR, None), HALF_BACK),
        (a_booking().cancel(STUDENT, START - HOUR, None), HELD_LESSON),
    ],
)
def test_every_end_settles_the_escrow(step: Step, moved: dict[str, int]) -> None:
    assert _moved(postings_for(step)) == moved


@given(rate=st.integers(0, 10**7), minutes=st.integers(1, 2880), percent=st.integers(0, 100))
def test_the_division_of_a_partial_refund_is_fair_to_a_minor_unit(
    rate: int, minutes: int, percent: int
) -> None:
    price = price_by_rate(rate, minutes, "EUR")
    terms = PolicyTerms(refund_tiers=[RefundTier(0, percent)])
    step = a_booking(price=price, terms=terms, duration_minutes=minutes).cancel(STUDENT, START - HOUR, None)
    moved = _moved(postings_for(step))
    assert moved[ESCROW] == price.total
    for account, share in (("student:42", percent), ("tutor:10", 100 - percent), (PLATFORM, 100 - percent)):
        whole = {"student:42": price.total, "tutor:10": price.net, PLATFORM: price.fee}[account]
        assert 0 <= -moved[account] <= whole
        assert abs(-moved[account] * 100 - whole * share) <= 100


lives = st.lists(
    st.tuples(
        st.sampled_from(
            ["check out", "confirm", "decline", "cancel", "move", "complete", "no-show", "expire"]
        ),
        st.sampled_from([STUDENT, TUTOR, ADMIN, SYSTEM]),
        st.timedeltas(timedelta(0), timedelta(days=2)),
    ),
    max_size=8,
)


@given(
    held=st.booleans(),
    approval=st.booleans(),
    rate=st.integers(0, 10**6),
    percent=st.integers(0, 100),
    life=lives,
)
def test_over_any_life_the_books_balance_and_what_has_ended_is_settled(
    held: bool, approval: bool, rate: int, percent: int, life: list[tuple[str, Person, timedelta]]
) -> None:
    terms = PolicyTerms(requires_approval_for_one_on_one=approval, refund_tiers=[RefundTier(5, percent)])
    lesson = a_lesson(terms=terms, price=price_by_rate(rate, 60, "EUR"))
    steps = [hold(7, lesson, STUDENT, MADE) if held else take(7, lesson, STUDENT, MADE, URL)]
    steps += _live(steps[0].booking, life)
    postings = [posting for step in steps for posting in postings_for(step)]
    balances, last = _moved(postings), steps[-1].booking
    assert sum(balances.values()) == 0
    assert balances[ESCROW] == (-last.price.total if last.is_charged else 0)
    assert balances["student:42"] >= 0 >= max(balances["tutor:10"], balances[PLATFORM])
    assert max(Counter(posting.kind for posting in postings).values(), default=0) <= 1
    assert all(posting.amount > 0 for posting in postings)


def _live(booking: Booking, life: list[tuple[str, Person, timedelta]]) -> Iterable[Step]:
    """Every step of the plan that the booking takes; the others it refuses."""
    now = MADE
    for act, by, later in life:
        now += later
        try:
            step = _act(booking, act, by, now)
        except Refusal:
            continue
        booking = step.booking
        yield step


def _act(booking: Booking, act: str, by: Person, now: datetime) -> Step:
    return {
        "check out": lambda: booking.check_out(by, now, URL),
        "confirm": lambda: booking.confirm(by, now, URL, None),
        "decline": lambda: booking.decline(by, now, None),
        "cancel": lambda: booking.cancel(by, now, None),
        "move": lambda: booking.move(by, now, booking.start_at + HOUR, "UTC"),
        "complete": lambda: booking.complete(by, now),
        "no-show": lambda: booking.mark_no_show(by, now, None),
        "expire": lambda: booking.expire(now),
    }[act]()


def _moved(postings: Iterable[Posting]) -> Counter[str]:
    moved: Counter[str] = Counter()
    for posting in postings:
        assert sum(amount for _, amount in posting.lines) == 0
        for account, amount in posting.lines:
            moved[account] += amount
    return moved
