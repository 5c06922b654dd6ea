"""Prices and refunds by hand-made tables and against exact fractions."""

from __future__ import annotations

from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.booking import RefundTier
from services.booking.money import Price, half_up, price_by_rate, price_of_course, share, to_decimal, to_minor
from services.booking.refunds import full_refund, is_late, refund_by_tiers, tier_for

amounts = st.integers(0, 10**10)
minutes = st.integers(1, 2880)
percents = st.integers(0, 100)
tiers = st.lists(
    st.builds(RefundTier, st.floats(0, 2160).map(lambda hours: round(hours, 2)), percents),
    max_size=6,
    unique_by=lambda tier: tier.hours_before,
)
spans = st.timedeltas(timedelta(hours=-50), timedelta(hours=2200))

DAY_THEN_HOURS = [RefundTier(24, 100), RefundTier(6.5, 50), RefundTier(0, 10)]


@pytest.mark.parametrize(
    ("rate", "length", "net", "fee", "total"),
    [
        (4500, 60, 4500, 675, 5175),  # the example of the source: 45.00 + 6.75 = 51.75
        (4500, 90, 6750, 1013, 7763),  # 15 % are 1012.5
        (4500, 45, 3375, 506, 3881),  # 506.25
        (3333, 30, 1667, 250, 1917),  # 1666.5; 250.05
        (1, 30, 1, 0, 1),
        (1, 29, 0, 0, 0),
        (10, 20, 3, 0, 3),
        (0, 60, 0, 0, 0),
    ],
)
def test_a_price_is_rate_times_hours_with_the_fee_on_top(
    rate: int, length: int, net: int, fee: int, total: int
) -> None:
    price = price_by_rate(rate, length, "EUR")
    assert (price.net, price.fee, price.total) == (net, fee, total)


@given(amounts, minutes)
def test_a_price_is_the_exact_one_rounded_half_up(rate: int, length: int) -> None:
    net = (Decimal(rate * length) / 60).quantize(Decimal(1), ROUND_HALF_UP)
    fee = (net * 15 / 100).quantize(Decimal(1), ROUND_HALF_UP)
    assert price_by_rate(rate, length, "EUR") == Price(rate, int(net), int(fee), "EUR")


@given(amounts, minutes)
def test_a_course_in_its_own_duration_costs_its_own_price(price: int, length: int) -> None:
    assert price_of_course(price, length, length, "EUR").net == price


@given(amounts, minutes, minutes)
def test_another_duration_costs_in_proportion(price: int, duration: int, length: int) -> None:
    exact = Fraction(price * length, duration)
    assert abs(price_of_course(price, duration, length, "EUR").net - exact) <= Fraction(1, 2)


@given(amounts, st.integers(1, 10**6))
def test_half_a_unit_is_rounded_up(numerator: int, denominator: int) -> None:
    exact = Fraction(numerator, denominator)
    assert -Fraction(1, 2) < half_up(numerator, denominator) - exact <= Fraction(1, 2)


@given(amounts)
def test_minor_units_survive_the_way_over_the_wire(amount: int) -> None:
    assert to_minor(to_decimal(amount)) == amount
    assert -to_decimal(amount).as_tuple().exponent == 2


@pytest.mark.parametrize(
    ("hours", "percent"),
    [(400, 100), (24, 100), (23.99, 50), (6.5, 50), (6.49, 10), (0, 10), (-0.01, 0), (-5, 0)],
)
def test_the_tier_with_the_most_hours_that_are_left_decides(hours: float, percent: int) -> None:
    refund = refund_by_tiers(DAY_THEN_HOURS, timedelta(hours=hours), 5175)
    assert (refund.percent, refund.amount) == (percent, share(5175, percent))


def test_exactly_at_the_edge_still_counts_and_an_instant_later_no_more() -> None:
    edge = timedelta(hours=12)
    assert refund_by_tiers([RefundTier(12, 100)], edge, 5175).amount == 5175
    assert refund_by_tiers([RefundTier(12, 100)], edge - timedelta.resolution, 5175).amount == 0


def test_without_tiers_nothing_comes_back() -> None:
    refund = refund_by_tiers([], timedelta(hours=1000), 5175)
    assert (refund.percent, refund.amount, refund.tier) == (0, 0, None)


@given(tiers, spans)
def test_the_order_of_tiers_does_not_matter(some: list[RefundTier], left: timedelta) -> None:
    reached = [tier for tier in some if Fraction(tier.hours_before) * 3600 <= Fraction(left.total_seconds())]
    best = None
    for tier in reached:
        best = tier if best is None or tier.hours_before > best.hours_before else best
    assert tier_for(some, left) == tier_for(some[::-1], left) == best


@given(tiers, spans, amounts)
def test_a_refund_is_never_more_than_what_was_paid(
    some: list[RefundTier], left: timedelta, paid: int
) -> None:
    assert 0 <= refund_by_tiers(some, left, paid).amount <= paid == full_refund(paid).amount


@pytest.mark.parametrize(("hours", "late"), [(24, False), (23.9, True), (0, True), (-3, True)])
def test_what_is_no_longer_free_is_late(hours: float, late: bool) -> None:
    assert is_late(DAY_THEN_HOURS, timedelta(hours=hours)) is late
