"""When a webhook is tried again, rests or pauses, and how what it is told is signed."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError

from contracts.errors import WebhookPaused
from contracts.notifications import WebhookDeliveryStatus, WebhookStatus
from services.notifications.webhooks import (
    PAUSES,
    TRIES,
    Attempt,
    Pace,
    Parcel,
    Pause,
    Webhook,
    rest_after,
    signed,
    verdict_on,
)

NOW = datetime(2027, 1, 4, 9, tzinfo=UTC)
OLD, NEW = "whsec_b2xkIHNlY3JldCBvZiAzMiBieXRlcyBpbiBhbGwu", "whsec_bmV3IHNlY3JldCBvZiAzMiBieXRlcyBpbiBhbGwu"
QUICKLY = timedelta(milliseconds=30)
S = WebhookDeliveryStatus


def a_webhook(**changes: Any) -> Webhook:
    given = {
        "id": 7,
        "account_id": 42,
        "hears_all": False,
        "url": "https://hooks.example/",
        "event_types": ("*",),
        "description": "",
        "created_at": NOW,
        "secret": OLD,
    }
    return Webhook(**{**given, **changes})


def a_parcel(**changes: Any) -> Parcel:
    given = {
        "delivery_id": 1,
        "webhook_id": 7,
        "url": "https://hooks.example/",
        "secrets": (OLD,),
        "event_id": "e-1",
        "body": '{"type":"booking_confirmed"}',
        "tries": 1,
        "silences": 0,
        "claimed_at": NOW,
    }
    return Parcel(**{**given, **changes})


def answered(status: int, duration: timedelta = QUICKLY) -> Attempt:
    return Attempt(duration, status)


def unanswered(word: str = "too_slow", seconds: float = 10) -> Attempt:
    return Attempt(timedelta(seconds=seconds), None, word)


# --- what follows from an attempt ------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_what_was_taken_is_done(status: int) -> None:
    verdict = verdict_on(answered(status), a_parcel(silences=3), NOW)
    assert (verdict.status, verdict.due_at, verdict.rests_until, verdict.silences) == (
        S.DELIVERED,
        None,
        None,
        0,
    )


@pytest.mark.parametrize("status", [301, 302, 307, 400, 401, 404, 409, 429, 500, 503])
def test_what_was_answered_otherwise_is_tried_again_by_itself(status: int) -> None:
    verdict = verdict_on(answered(status), a_parcel(), NOW)
    assert (verdict.status, verdict.due_at, verdict.pause) == (S.QUEUED, NOW + timedelta(seconds=5), None)
    assert (verdict.silences, verdict.rests_until) == (0, None)


def test_who_says_nothing_rests_altogether() -> None:
    verdict = verdict_on(unanswered(), a_parcel(tries=2, silences=1), NOW)
    assert (verdict.status, verdict.due_at) == (S.QUEUED, NOW + timedelta(minutes=5))
    assert (verdict.silences, verdict.rests_until) == (2, NOW + timedelta(seconds=4))


def test_who_is_gone_is_told_nothing_more() -> None:
    verdict = verdict_on(answered(410), a_parcel(), NOW)
    assert (verdict.status, verdict.pause) == (S.FAILED, Pause.GONE)


@pytest.mark.parametrize("attempt", [answered(500), unanswered("unreachable")])
def test_who_kept_failing_for_five_days_is_told_nothing_more(attempt: Attempt) -> None:
    assert verdict_on(attempt, a_parcel(tries=TRIES - 1), NOW).status is S.QUEUED
    verdict = verdict_on(attempt, a_parcel(tries=TRIES), NOW)
    assert (verdict.status, verdict.due_at, verdict.pause) == (S.FAILED, None, Pause.KEPT_FAILING)


def test_it_is_tried_at_once_and_then_less_and_less_often_for_five_days() -> None:
    since = list(accumulate(PAUSES))
    assert since[0] == timedelta(seconds=5)
    assert since[1] < timedelta(minutes=6)
    assert timedelta(days=4, hours=23) < since[-1] <= timedelta(days=5)
    assert list(PAUSES[:-1]) == sorted(PAUSES[:-1])


@pytest.mark.parametrize(
    ("milliseconds", "pace"), [(0, "swift"), (999, "swift"), (1000, "slow"), (9999, "slow")]
)
def test_who_takes_a_second_counts_as_slow_whatever_is_answered(milliseconds: int, pace: str) -> None:
    took = timedelta(milliseconds=milliseconds)
    for attempt in (answered(204, took), answered(500, took), Attempt(took, None, "unreachable")):
        assert verdict_on(attempt, a_parcel(), NOW).pace == Pace(pace)


@given(st.integers(1, 10_000))
def test_a_rest_grows_to_ten_minutes_and_not_beyond(silences: int) -> None:
    assert timedelta() < rest_after(silences) <= rest_after(silences + 1) <= timedelta(minutes=10)


# --- signatures --------------------------------------------------------------------------------------


def test_what_is_sent_is_signed_as_the_standard_says() -> None:
    headers = signed(a_parcel(), datetime.now(UTC))
    assert headers["webhook-id"] == "e-1"
    assert Verifier(OLD).verify(a_parcel().body, headers) == json.loads(a_parcel().body)
    with pytest.raises(WebhookVerificationError):
        Verifier(OLD).verify(a_parcel().body + " ", headers)
    with pytest.raises(WebhookVerificationError):
        Verifier(NEW).verify(a_parcel().body, headers)


def test_either_of_two_live_secrets_verifies() -> None:
    headers = signed(a_parcel(secrets=(NEW, OLD)), datetime.now(UTC))
    for secret in (NEW, OLD):
        Verifier(secret).verify(a_parcel().body, headers)


def test_a_secret_that_was_rotated_out_is_live_for_a_day() -> None:
    webhook = a_webhook().rotated(NEW, NOW)
    assert webhook.secrets_at(NOW) == (NEW, OLD)
    assert webhook.secrets_at(NOW + timedelta(hours=23, minutes=59)) == (NEW, OLD)
    assert webhook.secrets_at(NOW + timedelta(hours=24)) == (NEW,)


def test_a_secret_shows_only_where_it_is_asked_for() -> None:
    webhook = a_webhook().rotated(NEW, NOW)
    assert webhook.view(NOW).secret is None
    assert webhook.view(NOW, with_secret=True).secret == NEW
    for shown in (repr(webhook), repr(webhook.view(NOW, with_secret=True)), repr(a_parcel())):
        assert "whsec_" not in shown


# --- pausing ------------------------------------------------------------------------------------------


def test_a_paused_webhook_says_why_and_goes_on_without_a_reason() -> None:
    paused = a_webhook().paused(Pause.GONE)
    assert (paused.status, paused.view(NOW).paused_because) == (WebhookStatus.PAUSED, "gone")
    with pytest.raises(WebhookPaused):
        paused.must_be_active()
    resumed = paused.resumed()
    resumed.must_be_active()
    assert (resumed.status, resumed.paused_because) == (WebhookStatus.ACTIVE, None)
