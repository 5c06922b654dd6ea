"""Webhooks are their owners' own: to public addresses, so many, changed, pinged and sent again by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from standardwebhooks import Webhook as Verifier

from chassis.context import Actor
from contracts.booking import BookingConfirmed
from contracts.errors import AddressNotAllowed, Denied, NotFound, Stale, TooManyWebhooks
from contracts.message import Request
from contracts.notifications import (
    CreateWebhook,
    GetWebhook,
    ListWebhookDeliveries,
    ListWebhooks,
    PingWebhook,
    RemoveWebhook,
    ResendWebhookDelivery,
    UpdateWebhook,
)
from services.notifications.webhooks import MOST_WEBHOOKS
from tests.service.correspondents import numbers
from tests.service.receiving import arrived, deliveries, ids, nothing_arrives, subscribe
from tests.strangers import Receiver
from tests.subject import Subject, TestClock
from tests.waiting import eventually

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("clock")]


# --- whom it may tell --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        *(
            "https://10.0.0.1/hook",
            "https://169.254.169.254/latest",
            "https://[::1]/",
            "http://93.184.215.14/",
        ),
        *("https://2130706434/", "https://0x7f000001/", "https://93.184.215.14:22/"),
    ],
)
def test_an_address_that_is_not_public_is_refused(notifications: Subject, student: Actor, url: str) -> None:
    if "[" not in url:  # which the contract refuses already
        with pytest.raises(AddressNotAllowed) as refused:
            notifications.ask(CreateWebhook(url, ["*"]), by=student)
        assert refused.value.errors[0]["pointer"] == "/url"


def test_an_address_is_judged_again_at_each_delivery(
    notifications: Subject, student: Actor, confirmed: Callable[[], BookingConfirmed]
) -> None:
    webhook = subscribe(notifications, student, "https://innocent.example/hook")
    notifications.sql("UPDATE webhooks SET url = 'https://10.0.0.1/' WHERE id = :id", id=webhook.id)
    notifications.hear(confirmed())
    eventually(lambda: len(deliveries(notifications, student, webhook)[0].attempts) == 1)
    (attempt,) = deliveries(notifications, student, webhook)[0].attempts
    assert (attempt.status, attempt.error) == (None, "private_address")


def test_webhooks_are_their_owners_own(
    notifications: Subject, student: Actor, tutor: Actor, receiver: Receiver
) -> None:
    webhook = subscribe(notifications, student, receiver.url)
    delivery = notifications.ask(PingWebhook(webhook.id), by=student)
    admin = Actor(next(numbers), "admin")
    for somebody in (tutor, admin):
        assert notifications.ask(ListWebhooks(), by=somebody).total == 0
        requests: list[Request[Any]] = [
            GetWebhook(webhook.id),
            UpdateWebhook(webhook.id, rotate_secret=True),
            RemoveWebhook(webhook.id),
            ListWebhookDeliveries(webhook.id),
            PingWebhook(webhook.id),
            ResendWebhookDelivery(webhook.id, delivery.id),
        ]
        for request in requests:
            with pytest.raises(Denied):
                notifications.ask(request, by=somebody)
    with pytest.raises(NotFound):
        notifications.ask(GetWebhook(10**9), by=student)
    other = subscribe(notifications, tutor, receiver.url)
    with pytest.raises(NotFound):
        notifications.ask(ResendWebhookDelivery(other.id, delivery.id), by=tutor)


def test_there_are_so_many_webhooks_and_no_more(
    notifications: Subject, student: Actor, receiver: Receiver
) -> None:
    made = [subscribe(notifications, student, receiver.url) for _ in range(MOST_WEBHOOKS)]
    with pytest.raises(TooManyWebhooks):
        subscribe(notifications, student, receiver.url)
    notifications.ask(RemoveWebhook(made[0].id), by=student)
    subscribe(notifications, student, receiver.url)


def test_what_is_changed_holds_from_then_on(
    notifications: Subject, student: Actor, receiver: Receiver, confirmed: Callable[[], BookingConfirmed]
) -> None:
    webhook = subscribe(notifications, student, receiver.url, "booking_confirmed")
    changed = UpdateWebhook(webhook.id, event_types=["booking_held"], expected_version=webhook.version)
    assert notifications.ask(changed, by=student).event_types == ["booking_held"]
    with pytest.raises(Stale):
        notifications.ask(changed, by=student)
    notifications.hear(confirmed())
    nothing_arrives(receiver)


# --- by hand -----------------------------------------------------------------------------------------


def test_an_address_can_be_pinged(notifications: Subject, student: Actor, receiver: Receiver) -> None:
    webhook = subscribe(notifications, student, receiver.url, "booking_confirmed")
    other = subscribe(notifications, student, receiver.url, "*")
    delivery = notifications.ask(PingWebhook(webhook.id), by=student)
    arrived(receiver)
    told = Verifier(str(webhook.secret)).verify(receiver.got[0].body, receiver.got[0].headers)
    assert (told["type"], told["data"]) == ("webhook_pinged", {"webhook_id": webhook.id})
    assert ids(receiver.got) == [delivery.event_id]
    assert deliveries(notifications, student, other) == []


def test_what_was_delivered_can_be_sent_again(
    notifications: Subject, student: Actor, receiver: Receiver, confirmed: Callable[[], BookingConfirmed]
) -> None:
    webhook = subscribe(notifications, student, receiver.url)
    event_id = notifications.hear(confirmed())
    arrived(receiver)
    (delivery,) = deliveries(notifications, student, webhook)
    notifications.ask(ResendWebhookDelivery(webhook.id, delivery.id), by=student)
    arrived(receiver, 2)
    assert ids(receiver.got) == [event_id] * 2
    assert receiver.got[0].body == receiver.got[1].body


def test_what_is_long_past_is_forgotten(
    notifications: Subject, student: Actor, receiver: Receiver, clock: TestClock
) -> None:
    webhook = subscribe(notifications, student, receiver.url)
    notifications.ask(PingWebhook(webhook.id), by=student)
    arrived(receiver)
    clock.advance(days=31)
    eventually(lambda: deliveries(notifications, student, webhook) == [])
