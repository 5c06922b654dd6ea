"""Webhooks that fail, are slow or are gone: tried again, let be at last, and in nobody else's way."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import pairwise

import psycopg
import pytest

from chassis.context import Actor
from contracts.booking import BookingConfirmed
from contracts.catalog import Role
from contracts.errors import WebhookPaused
from contracts.notifications import (
    GetWebhook,
    ListNotifications,
    ListWebhooks,
    PingWebhook,
    ResendWebhookDelivery,
    UpdateWebhook,
    WebhookDeliveryStatus,
    WebhookStatus,
)
from services.notifications.webhooks import PAUSES
from tests.builders import an_account_change
from tests.service.correspondents import numbers
from tests.service.receiving import a_booking, arrived, deliveries, failed, ids, nothing_arrives, subscribe
from tests.stack import Stack
from tests.strangers import Receiver, a_host, dripping, endless, silent
from tests.subject import Subject, TestClock
from tests.waiting import eventually

OF_OTHERS = "SELECT count(*) FROM webhook_deliveries WHERE webhook_id IN"
OF_OTHERS += " (SELECT id FROM webhooks WHERE account_id >= 10000)"

CLAIMED = "SELECT 1 FROM webhooks WHERE id = :id AND claimed_until > now()"

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("clock")]


# --- what is tried again -----------------------------------------------------------------------------


def test_a_failing_address_is_tried_again_under_the_same_id_until_it_takes_it(
    notifications: Subject,
    student: Actor,
    receiver: Receiver,
    confirmed: Callable[[], BookingConfirmed],
    clock: TestClock,
) -> None:
    receiver.status = 500
    webhook = subscribe(notifications, student, receiver.url)
    event_id = notifications.hear(confirmed())
    failed(notifications, student, webhook, 1)
    clock.advance(seconds=6)
    failed(notifications, student, webhook, 2)
    nothing_arrives(receiver, 1)
    receiver.status = 200
    clock.advance(minutes=5)
    arrived(receiver, 3)
    assert ids(receiver.got) == [event_id] * 3
    eventually(lambda: deliveries(notifications, student, webhook)[0].status == "delivered")
    (delivery,) = deliveries(notifications, student, webhook)
    assert [each.status for each in delivery.attempts] == [500, 500, 200]


def test_after_five_days_of_failing_a_webhook_is_paused_until_its_owner_has_it_go_on(
    notifications: Subject,
    student: Actor,
    receiver: Receiver,
    confirmed: Callable[[], BookingConfirmed],
    clock: TestClock,
) -> None:
    receiver.status = 503
    webhook = subscribe(notifications, student, receiver.url)
    notifications.hear(confirmed())
    for tries, pause in enumerate(PAUSES, start=1):
        failed(notifications, student, webhook, tries)
        clock.advance(seconds=pause.total_seconds() + 1)
    eventually(lambda: notifications.ask(GetWebhook(webhook.id), by=student).status == "paused")
    view = notifications.ask(GetWebhook(webhook.id), by=student)
    assert view.paused_because == "kept_failing"
    (delivery,) = deliveries(notifications, student, webhook)
    assert (delivery.status, len(delivery.attempts)) == (WebhookDeliveryStatus.FAILED, len(PAUSES) + 1)
    notifications.hear(confirmed())
    with pytest.raises(WebhookPaused):
        notifications.ask(ResendWebhookDelivery(webhook.id, delivery.id), by=student)
    nothing_arrives(receiver, 1)
    receiver.status = 200
    go_on = UpdateWebhook(webhook.id, status=WebhookStatus.ACTIVE)
    assert notifications.ask(go_on, by=student).paused_because is None
    notifications.ask(ResendWebhookDelivery(webhook.id, delivery.id), by=student)
    arrived(receiver, len(PAUSES) + 2)


def test_an_address_that_is_gone_pauses_its_webhook_at_once(
    notifications: Subject, student: Actor, receiver: Receiver, confirmed: Callable[[], BookingConfirmed]
) -> None:
    receiver.status = 410
    webhook = subscribe(notifications, student, receiver.url)
    notifications.hear(confirmed())
    arrived(receiver)
    eventually(lambda: notifications.ask(GetWebhook(webhook.id), by=student).paused_because == "gone")


@pytest.mark.parametrize("role", ["student", "tutor", "admin"])
def test_who_owns_a_webhook_that_pauses_is_told_so_in_the_application_and_by_mail(
    notifications: Subject, receiver: Receiver, role: str
) -> None:
    owner = Actor(next(numbers), role)
    address = f"{role}{owner.id}@example.com"
    notifications.hear(an_account_change(account_id=owner.id, email=address, role=Role(role)))
    receiver.status = 410
    webhook = subscribe(notifications, owner, receiver.url)
    notifications.ask(PingWebhook(webhook.id), by=owner)
    eventually(lambda: told(notifications, owner) == ["Your webhook to 127.0.0.1 was paused"])
    eventually(lambda: mailed(notifications, address) == told(notifications, owner), within=10)
    notifications.ask(UpdateWebhook(webhook.id, status=WebhookStatus.ACTIVE), by=owner)
    notifications.ask(UpdateWebhook(webhook.id, status=WebhookStatus.PAUSED), by=owner)
    assert len(told(notifications, owner)) == 1  # of what they do themselves they know


def test_what_an_address_says_that_was_changed_meanwhile_pauses_nothing(
    notifications: Subject, student: Actor, receiver: Receiver
) -> None:
    receiver.status, receiver.seconds = 410, 1
    webhook = subscribe(notifications, student, receiver.url)
    notifications.ask(PingWebhook(webhook.id), by=student)
    arrived(receiver)
    notifications.ask(UpdateWebhook(webhook.id, url=f"{receiver.url}/new"), by=student)
    eventually(lambda: deliveries(notifications, student, webhook)[0].status == WebhookDeliveryStatus.FAILED)
    assert notifications.ask(GetWebhook(webhook.id), by=student).status is WebhookStatus.ACTIVE
    assert told(notifications, student) == []


def told(notifications: Subject, owner: Actor) -> list[str]:
    """The titles of what somebody was told in the application."""
    return [view.title for view in notifications.ask(ListNotifications(), by=owner).items]


def mailed(notifications: Subject, address: str) -> list[str]:
    """The subjects of what somebody was sent."""
    return [str(mail["Subject"]) for mail in notifications.stack.mails if mail["X-Envelope-To"] == address]


def test_a_redirect_is_no_answer(
    notifications: Subject, student: Actor, confirmed: Callable[[], BookingConfirmed], receiver: Receiver
) -> None:
    receiver.status = 302
    webhook = subscribe(notifications, student, receiver.url)
    notifications.hear(confirmed())
    arrived(receiver)
    eventually(lambda: [each.status for each in deliveries(notifications, student, webhook)] == ["queued"])


def test_a_process_that_dies_while_it_hands_over_loses_nothing(
    notifications: Subject, student: Actor, receiver: Receiver, confirmed: Callable[[], BookingConfirmed]
) -> None:
    receiver.seconds = 3
    subscribe(notifications, student, receiver.url)
    event_id = notifications.hear(confirmed())
    arrived(receiver)
    notifications.stack.process("notifications").kill()
    receiver.seconds = 0
    notifications.stack.start("notifications")
    notifications.clock.advance(seconds=31)
    arrived(receiver, 2)
    assert ids(receiver.got) == [event_id] * 2


# --- nobody is slowed down ---------------------------------------------------------------------------


def test_slow_dead_and_hostile_addresses_slow_nobody_else_down(
    notifications: Subject,
    student: Actor,
    tutor: Actor,
    receiver: Receiver,
    confirmed: Callable[[], BookingConfirmed],
) -> None:
    """Forty that say nothing, some that never end or are not there, each with several events; one answers."""
    quick = subscribe(notifications, student, receiver.url)
    notifications.ask(PingWebhook(quick.id), by=student)
    arrived(receiver)
    head = b"HTTP/1.1 200 OK\r\nX-Head: "
    with a_host(silent(15)) as slow, a_host(dripping(head, b"x")) as drip, a_host(endless(head)) as flood:
        hosts = [*[slow.url] * 40, *[drip.url, flood.url, "http://127.0.0.1:9/"] * 4]
        for number, url in enumerate(hosts):
            owner = Actor(10_000 + number, "student")
            subscribe(notifications, owner, url)
            for _ in range(3):
                notifications.tell(BookingConfirmed(booking=a_booking(owner, tutor)))
        eventually(lambda: notifications.sql(OF_OTHERS)[0].count == 3 * len(hosts), within=60)
        eventually(lambda: len(slow.asked) >= 32)
        waits = []
        for number in range(2, 10):
            event_id = notifications.hear(confirmed())
            began = time.monotonic()
            arrived(receiver, number)
            waits.append(receiver.got[-1].at - began)
            assert ids(receiver.got)[-1] == event_id
    assert sorted(waits)[-2] < 2, waits
    notifications.sql("DELETE FROM webhooks WHERE account_id >= 10000 AND account_id < 10100")


def test_one_address_is_asked_one_thing_at_a_time(
    notifications: Subject, student: Actor, receiver: Receiver, confirmed: Callable[[], BookingConfirmed]
) -> None:
    receiver.seconds = 0.3
    subscribe(notifications, student, receiver.url)
    sent = [notifications.hear(confirmed()) for _ in range(4)]
    eventually(lambda: len(receiver.got) == 4, within=15)
    assert ids(receiver.got) == sent
    times = [each.at for each in receiver.got]
    assert all(later - earlier >= 0.3 for earlier, later in pairwise(times))


def test_a_webhook_is_removed_while_it_is_noted_how_a_delivery_went(
    notifications: Subject,
    stack: Stack,
    student: Actor,
    receiver: Receiver,
    confirmed: Callable[[], BookingConfirmed],
) -> None:
    receiver.seconds = 0.5
    webhook = subscribe(notifications, student, receiver.url)
    notifications.hear(confirmed())
    eventually(lambda: bool(notifications.sql(CLAIMED, id=webhook.id)))
    with psycopg.connect(stack.servers.migration_url("notifications")) as remover:
        remover.execute("SELECT FROM webhooks WHERE id = %s FOR UPDATE", [webhook.id])
        eventually(lambda: notifications.waiting() > 0)
        remover.execute(
            "SELECT FROM webhook_deliveries WHERE webhook_id = %s FOR UPDATE NOWAIT", [webhook.id]
        )
        remover.execute("DELETE FROM webhooks WHERE id = %s", [webhook.id])
    assert notifications.ask(ListWebhooks(), student).total == 0
