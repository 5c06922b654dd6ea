"""A tutor's terms in normal form, and what is refused of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from contracts.booking import PolicyTerms, RefundTier, ReplacePolicy
from contracts.errors import Invalid
from services.booking.policy import DEFAULTS, normal


def test_durations_rise_and_tiers_fall() -> None:
    terms = normal(
        ReplacePolicy(
            durations_minutes=[90, 30, 60],
            refund_tiers=[RefundTier(1, 10), RefundTier(48, 100), RefundTier(6.5, 50)],
        )
    )
    assert terms.durations_minutes == [30, 60, 90]
    assert [tier.hours_before for tier in terms.refund_tiers] == [48, 6.5, 1]


def test_only_the_terms_are_kept_of_a_request() -> None:
    assert normal(ReplacePolicy(course_id=5, expected_version=3)) == DEFAULTS
    assert type(normal(ReplacePolicy())) is PolicyTerms


def test_a_tutor_may_refund_nothing() -> None:
    assert normal(ReplacePolicy(refund_tiers=[])).refund_tiers == []


@pytest.mark.parametrize(
    ("wrong", "pointers"),
    [
        ({"durations_minutes": []}, ["/durations_minutes"]),
        ({"durations_minutes": list(range(1, 22))}, ["/durations_minutes"]),
        ({"durations_minutes": [30, 60, 30, 60]}, ["/durations_minutes/2", "/durations_minutes/3"]),
        ({"refund_tiers": [RefundTier(12, 100), RefundTier(12.0, 50)]}, ["/refund_tiers/1/hours_before"]),
        ({"refund_tiers": [RefundTier(hours, 1) for hours in range(21)]}, ["/refund_tiers"]),
        (
            {"durations_minutes": [], "refund_tiers": [RefundTier(1, 1), RefundTier(1, 1)]},
            ["/durations_minutes", "/refund_tiers/1/hours_before"],
        ),
    ],
)
def test_every_wrong_value_is_pointed_at(wrong: dict[str, Any], pointers: list[str]) -> None:
    with pytest.raises(Invalid) as refusal:
        normal(replace(ReplacePolicy(), **wrong))
    assert [error["pointer"] for error in refusal.value.errors] == pointers
