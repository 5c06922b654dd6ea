"""A tutor's terms: what is asked of them beyond types and bounds, and their normal form."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from typing import Any

from contracts.booking import PolicyTerms, RefundTier
from contracts.errors import Invalid

MOST = 20  # durations, and tiers

DEFAULTS = PolicyTerms()


def normal(terms: PolicyTerms) -> PolicyTerms:
    """The terms alone, durations and refund tiers in order. Raises `Invalid`."""
    errors = [*_against_durations(terms.durations_minutes), *_against_tiers(terms.refund_tiers)]
    if errors:
        raise Invalid(errors=errors)
    only_terms = {field.name: getattr(terms, field.name) for field in fields(PolicyTerms)}
    return replace(
        PolicyTerms(**only_terms),
        durations_minutes=sorted(terms.durations_minutes),
        refund_tiers=sorted(terms.refund_tiers, key=lambda tier: -tier.hours_before),
    )


def _against_durations(durations: Sequence[int]) -> Iterator[dict[str, Any]]:
    if not 1 <= len(durations) <= MOST:
        yield _error("/durations_minutes", f"There must be between 1 and {MOST}.")
    for index in _repeated(durations):
        yield _error(f"/durations_minutes/{index}", "Is there twice.")


def _against_tiers(tiers: Sequence[RefundTier]) -> Iterator[dict[str, Any]]:
    if len(tiers) > MOST:
        yield _error("/refund_tiers", f"There can be {MOST} at most.")
    for index in _repeated([tier.hours_before for tier in tiers]):
        yield _error(f"/refund_tiers/{index}/hours_before", "Is there twice.")


def _repeated(values: Sequence[float]) -> Iterator[int]:
    """The places of values that stood before."""
    return (index for index, value in enumerate(values) if value in values[:index])


def _error(pointer: str, detail: str) -> dict[str, Any]:
    return {"pointer": pointer, "detail": detail}
