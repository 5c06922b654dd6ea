"""What a student gets back when a lesson will not be held.

By the terms that the booking was made under: of the tiers whose `hours_before` are still left
before the start, the one with the most hours decides; exactly at its edge it still counts.
Cancelled by the tutor or an admin, declined, run out, a mere hold: everything. A credit of a package
can not be divided: it comes back where everything would, else it stays used.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from contracts.booking import RefundTier
from services.booking.money import share

ALL = 100  # percent


@dataclass(frozen=True)
class Refund:
    """What comes back of what was paid; `tier` where one of the terms' decided."""

    percent: int
    amount: int
    tier: RefundTier | None = None


def full_refund(paid: int) -> Refund:
    """Everything that was paid."""
    return Refund(ALL, paid)


def refund_by_tiers(tiers: Sequence[RefundTier], left: timedelta, paid: int) -> Refund:
    """What a student gets back who cancels with so much time left before the start."""
    tier = tier_for(tiers, left)
    percent = tier.percent if tier else 0
    return Refund(percent, share(paid, percent), tier)


def undivided(refund: Refund) -> Refund:
    """The same for what comes back whole or not at all."""
    return refund if refund.percent == ALL else Refund(0, 0, refund.tier)


def tier_for(tiers: Sequence[RefundTier], left: timedelta) -> RefundTier | None:
    """The tier that rules with so much time left before the start."""
    reached = [tier for tier in tiers if timedelta(hours=tier.hours_before) <= left]
    return max(reached, key=lambda tier: tier.hours_before, default=None)


def is_late(tiers: Sequence[RefundTier], left: timedelta) -> bool:
    """Whether a cancellation so long before the start is no longer free, by the terms' own measure."""
    tier = tier_for(tiers, left)
    return tier is None or tier.percent < ALL
