"""Webhooks as their receivers meet them: told once, signed, again and again, and let be at last."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from itertools import count, pairwise
from typing import Any

import psycopg
import pytest
from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError

from chassis import wire
from chassis.context import Actor
from contracts.booking import BookingConfirmed, BookingHeld, BookingState, BookingStatus, PolicyChanged
from contracts.catalog import Role
from contracts.errors import (
    AddressNotAllowed,
    Denied,
    NotFound,
    Stale,
    TooManyWebhooks,
    WebhookPaused,
)
from contracts.message import Request
from contracts.notifications import (
    CreateWebhook,
    GetWebhook,
    ListNotifications,
    ListWebhookDeliveries,
    ListWebhooks,
    PingWebhook,
    RemoveWebhook,
    ResendWebhookDelivery,
    UpdateWebhook,
    WebhookDelivery,
    WebhookDeliveryStatus,
    WebhookStatus,
    WebhookView,
)
from contracts.reviews import ReviewPublished
from services.notifications.webhooks import MOST_WEBHOOKS, PAUSES
from tests.builders import a_booking_state, a_tutor_change, an_account_change
from tests.stack import Stack, eventually
from tests.strangers import Got, Receiver, a_host, dripping, endless, silent
from tests.subject import Subject, TestClock

_numbers = count(1000)

OF_OTHERS = "SELECT count(*) FROM webhook_deliveries WHERE webhook_id IN"
OF_OTHERS += " (SELECT id FROM webhooks WHERE account_id >= 10000)"

CLAIMED = "SELECT 1 FROM webhooks WHERE id = :id AND claimed_until > now()"

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("clock")]


@pytest.fixture
def student() -> Actor:
    return Actor(next(_numbers), "student")


@pytest.fixture
def tutor() -> Actor:
    number = next(_numbers)
    return Actor(number, "tutor", number + 1_000_000)


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
    return a_booking_state(id=next(_numbers), **people, **changes)


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


# --- what is told ------------------------------------------------------------------------------------


def test_what_concerns_somebody_is_told_as_it_is_on_the_bus_and_signed(
    notifications: Subject, student: Actor, receiver: Receiver, confirmed: Callable[[], BookingConfirmed]
) -> None:
    webhook = subscribe(notifications, student, receiver.url)
    event = confirmed()
    event_id = notifications.hear(event)
    arrived(receiver)
    got = receiver.got[0]
    told = Verifier(str(webhook.secret)).verify(got.body, got.headers)
    assert (told["id"], told["type"], told["source"]) == (event_id, "booking_confirmed", "/booking")
    assert told["data"]["booking"]["id"] == event.booking.id
    assert "@" not in got.body.decode()
    assert got.headers["webhook-id"] == event_id
    assert got.headers["Content-Type"] == "application/cloudevents+json"
    eventually(lambda: deliveries(notifications, student, webhook)[0].status == "delivered")
    (delivery,) = deliveries(notifications, student, webhook)
    assert (delivery.event_id, delivery.status, delivery.next_attempt_at) == (event_id, "delivered", None)
    assert [(each.status, each.error) for each in delivery.attempts] == [(204, None)]


def test_a_webhook_hears_its_owners_news_of_the_types_it_wants(
    notifications: Subject, student: Actor, tutor: Actor, confirmed: Callable[[], BookingConfirmed]
) -> None:
    stranger, admin = Actor(next(_numbers), "student"), Actor(next(_numbers), "admin")
    with Receiver() as of_student, Receiver() as of_tutor, Receiver() as of_stranger, Receiver() as of_admin:
        subscribe(notifications, student, of_student.url, "booking_confirmed", "booking_held")
        subscribe(notifications, tutor, of_tutor.url, "*")
        subscribe(notifications, stranger, of_stranger.url, "*")
        subscribe(notifications, admin, of_admin.url, "review_published", "booking_confirmed")
        held = a_booking(student, tutor, status=BookingStatus.HELD)
        notifications.hear(BookingHeld(booking=held))
        notifications.hear(confirmed())
        notifications.hear(ReviewPublished(1, 2, tutor.profile_id, tutor.id, student.id, 5, 1))
        eventually(lambda: types(of_student.got) == ["booking_held", "booking_confirmed"])
        eventually(lambda: types(of_tutor.got) == ["booking_confirmed", "review_published"])
        eventually(lambda: types(of_admin.got) == ["booking_confirmed", "review_published"])
        nothing_arrives(of_stranger, 0.5)
        assert of_stranger.got == []


def test_a_tutor_hears_what_names_the_profile_alone(
    notifications: Subject, student: Actor, tutor: Actor, receiver: Receiver
) -> None:
    for person in (student, tutor):
        subscribe(notifications, person, receiver.url, "policy_changed")
    notifications.hear(a_tutor_change(account_id=tutor.id, tutor_profile_id=tutor.profile_id))
    notifications.hear(PolicyChanged(tutor.profile_id, 1))
    arrived(receiver)
    assert json.loads(receiver.got[0].body)["data"]["tutor_profile_id"] == tutor.profile_id
    nothing_arrives(receiver)


def test_an_event_that_arrives_twice_is_told_once(
    notifications: Subject, student: Actor, receiver: Receiver, confirmed: Callable[[], BookingConfirmed]
) -> None:
    subscribe(notifications, student, receiver.url)
    event = confirmed()
    event_id = notifications.hear(event)
    notifications.hear(event, event_id)
    arrived(receiver)
    nothing_arrives(receiver)


def test_how_things_stand_is_no_news(
    notifications: Subject, student: Actor, receiver: Receiver, confirmed: Callable[[], BookingConfirmed]
) -> None:
    subscribe(notifications, student, receiver.url)
    again = wire.cloud_event(confirmed(), "told-again", notifications.clock.now(), "resync", again=True)
    notifications.tell_raw("booking", "booking_confirmed", wire.encode(again))
    news = notifications.hear(confirmed())
    arrived(receiver)
    assert ids(receiver.got) == [news]


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
    owner = Actor(next(_numbers), role)
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


# --- secrets -----------------------------------------------------------------------------------------


def test_a_secret_is_shown_once_and_the_old_one_signs_for_a_day(
    notifications: Subject,
    student: Actor,
    receiver: Receiver,
    confirmed: Callable[[], BookingConfirmed],
    clock: TestClock,
) -> None:
    webhook = subscribe(notifications, student, receiver.url)
    assert notifications.ask(GetWebhook(webhook.id), by=student).secret is None
    rotated = notifications.ask(UpdateWebhook(webhook.id, rotate_secret=True), by=student)
    old, new = Verifier(str(webhook.secret)), Verifier(str(rotated.secret))
    assert rotated.secret != webhook.secret
    notifications.hear(confirmed())
    arrived(receiver)
    old.verify(receiver.got[0].body, receiver.got[0].headers)
    new.verify(receiver.got[0].body, receiver.got[0].headers)
    clock.advance(hours=24, seconds=1)
    assert notifications.ask(GetWebhook(webhook.id), by=student).rotated_until is None
    notifications.hear(confirmed())
    arrived(receiver, 2)
    new.verify(receiver.got[1].body, receiver.got[1].headers)
    with pytest.raises(WebhookVerificationError):
        old.verify(receiver.got[1].body, receiver.got[1].headers)


def test_the_answer_to_a_repeated_command_is_kept_sealed(
    notifications: Subject, student: Actor, receiver: Receiver
) -> None:
    create = CreateWebhook(receiver.url, ["*"])
    first = notifications.ask(create, by=student, key="k-1")
    assert notifications.ask(create, by=student, key="k-1") == first
    kept = b"".join(bytes(row.answer) for row in notifications.sql("SELECT answer FROM commands"))
    assert str(first.secret).encode() not in kept


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
    admin = Actor(next(_numbers), "admin")
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
