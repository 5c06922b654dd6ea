"""What webhooks are told: what concerns their owner, once, as it is on the bus, and signed."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError

from chassis import wire
from chassis.context import Actor
from contracts.booking import BookingConfirmed, BookingHeld, BookingStatus, PolicyChanged
from contracts.notifications import CreateWebhook, GetWebhook, UpdateWebhook
from contracts.reviews import ReviewPublished
from tests.builders import a_tutor_change
from tests.service.correspondents import numbers
from tests.service.receiving import a_booking, arrived, deliveries, ids, nothing_arrives, subscribe, types
from tests.strangers import Receiver
from tests.subject import Subject, TestClock
from tests.waiting import eventually

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("clock")]


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
    stranger, admin = Actor(next(numbers), "student"), Actor(next(numbers), "admin")
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
