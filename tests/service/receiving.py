"""Webhooks to a receiver of one's own: what arrived there, and how its deliveries went."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from chassis.context import Actor
from contracts.booking import BookingConfirmed, BookingState
from contracts.notifications import CreateWebhook, ListWebhookDeliveries, WebhookDelivery, WebhookView
from tests.builders import a_booking_state
from tests.service.correspondents import numbers
from tests.strangers import Got, Receiver
from tests.subject import Subject
from tests.waiting import eventually


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as made:
        yield made


@pytest.fixture
def confirmed(student: Actor, tutor: Actor) -> Callable[[], BookingConfirmed]:
    """Makes news of one booking after another."""

    def make() -> BookingConfirmed:
        return BookingConfirmed(booking=a_booking(student, tutor))

    return make


def a_booking(student: Actor, tutor: Actor, **changes: Any) -> BookingState:
    people = {"student_id": student.id, "tutor_profile_id": tutor.profile_id, "tutor_account_id": tutor.id}
    return a_booking_state(id=next(numbers), **people, **changes)


def subscribe(notifications: Subject, by: Actor, url: str, *types: str) -> WebhookView:
    return notifications.ask(CreateWebhook(url, list(types) or ["*"]), by=by)


def deliveries(notifications: Subject, by: Actor, webhook: WebhookView) -> list[WebhookDelivery]:
    return notifications.ask(ListWebhookDeliveries(webhook.id, page_size=100), by=by).items


def types(got: list[Got]) -> list[str]:
    return [json.loads(each.body)["type"] for each in got]


def ids(got: list[Got]) -> list[str]:
    return [each.headers["webhook-id"] for each in got]


def arrived(receiver: Receiver, number: int = 1) -> None:
    eventually(lambda: len(receiver.got) == number, within=10)


def failed(notifications: Subject, by: Actor, webhook: WebhookView, times: int) -> None:
    """The one delivery has failed so often, and it is noted when to try again: time may pass."""

    def noted() -> bool:
        return [len(each.attempts) for each in deliveries(notifications, by, webhook)] == [times]

    eventually(noted, within=10)


def nothing_arrives(receiver: Receiver, seconds: float = 2) -> None:
    before = len(receiver.got)
    time.sleep(seconds)
    assert len(receiver.got) == before
