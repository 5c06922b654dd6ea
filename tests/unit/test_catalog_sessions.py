"""How long a log-in has to wait, and what a refresh token is worth."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import TooMany
from services.catalog.sessions import (
    DEMO_PASSWORD,
    LONGEST_WAIT,
    Attempts,
    RefreshToken,
    Worth,
    digest_of_address,
    insist_on_patience,
    may_be_used,
)

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def after(failures: int) -> Attempts:
    attempts = Attempts()
    for _ in range(failures):
        attempts = attempts.failed(NOW)
    return attempts


@pytest.mark.parametrize(
    ("failures", "seconds"), [(0, 0), (1, 0), (4, 0), (5, 1), (6, 2), (7, 4), (10, 32), (11, 60), (5000, 60)]
)
def test_each_further_failure_doubles_the_wait_up_to_a_minute(failures: int, seconds: int) -> None:
    assert after(failures).wait(NOW) == seconds * SECOND


@given(st.integers(0, 100), st.integers(0, 3600 * 10**6))
def test_who_waits_as_long_as_told_is_let_in(failures: int, microseconds: int) -> None:
    later = NOW + timedelta(microseconds=microseconds)
    try:
        insist_on_patience(after(failures), later)
    except TooMany as refused:
        wait = timedelta(seconds=refused.data["retry_after"])
        assert wait <= LONGEST_WAIT
        insist_on_patience(after(failures), later + wait)


def test_failures_are_forgotten_after_a_quiet_hour() -> None:
    hour = timedelta(hours=1)
    assert after(9).failed(NOW + hour + SECOND) == Attempts(1, NOW + hour + SECOND)
    assert after(9).failed(NOW + hour) == Attempts(10, NOW + hour)


def test_whoever_guesses_without_pause_has_few_guesses_a_day() -> None:
    attempts, guesses = Attempts(), 0
    for second in range(24 * 3600):
        now = NOW + second * SECOND
        if not attempts.wait(now):
            attempts, guesses = attempts.failed(now), guesses + 1
    assert guesses < 1500


FRESH = RefreshToken(session_id=1, account_id=42, expires_at=NOW)


@pytest.mark.parametrize(
    ("token", "now", "worth"),
    [
        (FRESH, NOW - SECOND, Worth.GOOD),
        (FRESH, NOW, Worth.NOTHING),
        (replace(FRESH, used=True), NOW - SECOND, Worth.REUSED),
        (replace(FRESH, used=True), NOW, Worth.NOTHING),
        (replace(FRESH, session_ended=True), NOW - SECOND, Worth.NOTHING),
        (replace(FRESH, session_ended=True, used=True), NOW - SECOND, Worth.NOTHING),
    ],
)
def test_a_token_is_good_once_before_it_expires_in_a_session_that_goes_on(
    token: RefreshToken, now: datetime, worth: Worth
) -> None:
    assert token.worth(now) is worth


def test_an_address_counts_as_one_however_it_is_spelled() -> None:
    assert digest_of_address("Jane@Example.com") == digest_of_address("jane@example.com")


@pytest.mark.parametrize(
    ("password", "demo_mode", "may"),
    [(DEMO_PASSWORD, True, True), (DEMO_PASSWORD, False, False), ("correct horse", False, True)],
)
def test_the_password_of_the_demo_is_good_in_the_demo_only(password: str, demo_mode: bool, may: bool) -> None:
    assert may_be_used(password, demo_mode) is may
