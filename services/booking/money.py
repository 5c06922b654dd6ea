"""What a lesson costs: exact sums in integer minor units of one currency.

Who pays whom and when is the ledger's concern, what comes back that of `refunds`.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

FEE_PERCENT = 15  # the platform's, on top of the tutor's price


@dataclass(frozen=True)
class Sum:
    """What is paid in one go, in minor units: the tutor's part, and the platform's fee on top."""

    net: int
    fee: int
    currency: str

    @property
    def total(self) -> int:
        return self.net + self.fee

    def __add__(self, other: Sum) -> Sum:
        return Sum(self.net + other.net, self.fee + other.fee, self.currency)

    def __sub__(self, other: Sum) -> Sum:
        return Sum(self.net - other.net, self.fee - other.fee, self.currency)

    def part(self, parts: int, of: int) -> Sum:
        """So many of equal parts, each rounded down to the minor unit."""
        return Sum(self.net // of * parts, self.fee // of * parts, self.currency)


@dataclass(frozen=True)
class Price:
    """What a lesson was sold for, in minor units; later changes of rates or fees do not reach it."""

    hourly_rate: int
    net: int
    fee: int
    currency: str

    @property
    def sum(self) -> Sum:
        return Sum(self.net, self.fee, self.currency)

    @property
    def total(self) -> int:
        """What the student pays: the tutor's price and the platform's fee on top."""
        return self.net + self.fee


def price_by_rate(hourly_rate: int, minutes: int, currency: str) -> Price:
    """The price of so many minutes at an hourly rate."""
    return _with_fee(hourly_rate, half_up(hourly_rate * minutes, 60), currency)


def price_of_course(price: int, duration: int, minutes: int, currency: str) -> Price:
    """The price where `duration` minutes cost `price`; the hourly rate is what that amounts to."""
    return _with_fee(half_up(price * 60, duration), half_up(price * minutes, duration), currency)


def price_of_seats(seat_price: int, seats: int, minutes: int, currency: str) -> Price:
    """The price of seats in a session of so many minutes; the hourly rate is that of one seat."""
    return _with_fee(half_up(seat_price * 60, minutes), seat_price * seats, currency)


def sum_with_fee(net: int, currency: str) -> Sum:
    """The tutor's price with the platform's fee on top."""
    return Sum(net, share(net, FEE_PERCENT), currency)


def share(amount: int, percent: int) -> int:
    """So many percent of an amount, rounded half-up."""
    return half_up(amount * percent, 100)


def half_up(numerator: int, denominator: int) -> int:
    """A quotient of natural numbers, rounded half-up."""
    return (2 * numerator + denominator) // (2 * denominator)


def to_minor(amount: Decimal) -> int:
    """The minor units of an amount with two places."""
    return int(amount.scaleb(2))


def to_decimal(amount: int) -> Decimal:
    """The amount with two places of so many minor units."""
    return Decimal(amount).scaleb(-2)


def _with_fee(hourly_rate: int, net: int, currency: str) -> Price:
    return Price(hourly_rate, net, share(net, FEE_PERCENT), currency)
