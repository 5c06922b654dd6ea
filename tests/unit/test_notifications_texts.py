"""Texts on their way to a provider: what it is asked, and what it may answer."""

from __future__ import annotations

from base64 import b64decode
from datetime import UTC, datetime
from urllib.parse import parse_qs

import pytest

from chassis.egress import Egress
from contracts.booking import BookingConfirmed
from contracts.notifications import PreferencesView
from services.notifications.audience import notes_of
from services.notifications.domain import Channel, Letter, Notification, Reader
from services.notifications.rendering import Text, as_text
from services.notifications.senders import NotSent
from services.notifications.texts import Provider
from tests.builders import a_booking_state
from tests.strangers import Host, a_host, answering, silent

TEXT = Text("+442079460018", "Hello, Jörg & co.\nSee you.")
CREATED = answering(b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}")


def provider(host: Host, seconds: float = 5) -> Provider:
    egress = Egress(allow_loopback=True, seconds=seconds)
    return Provider(egress, host.url.rstrip("/"), "AC1", "z8Lm4", "Tutoring")


def test_a_provider_is_asked_in_the_way_of_twilio() -> None:
    with a_host(CREATED) as host:
        provider(host).send(TEXT)

    head, _, body = host.asked[0].decode().partition("\r\n\r\n")
    lines = head.split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines[1:])
    login = next(line for line in lines if line.lower().startswith("authorization: ")).rpartition(" ")[2]
    assert lines[0] == "POST /2010-04-01/Accounts/AC1/Messages.json HTTP/1.1"
    assert headers["content-type"] == "application/x-www-form-urlencoded"
    assert b64decode(login) == b"AC1:z8Lm4"
    assert parse_qs(body) == {"From": ["Tutoring"], "To": [TEXT.phone], "Body": [TEXT.words]}


def test_a_refusal_is_told_without_the_number() -> None:
    refusal = answering(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 13\r\n\r\n+442079460018")
    with a_host(refusal) as host, pytest.raises(NotSent) as reason:
        provider(host).send(TEXT)

    assert str(reason.value) == "HTTP 400"


def test_a_silent_provider_is_left_in_time() -> None:
    with a_host(silent(3)) as host, pytest.raises(NotSent) as reason:
        provider(host, seconds=0.3).send(TEXT)

    assert str(reason.value) == "too_slow"


def test_the_token_is_not_shown() -> None:
    assert "z8Lm4" not in repr(Provider(Egress(), "https://texts.example", "AC1", "z8Lm4", "Tutoring"))


def test_a_text_says_what_the_application_says() -> None:
    note = next(iter(notes_of(BookingConfirmed(a_booking_state()))))
    notification = Notification(7, note, datetime(2025, 10, 21, tzinfo=UTC))
    john = Reader(42, "John Doe", "john@example.com", "Europe/London", "en")
    wanted = PreferencesView(phone="+442079460018")

    assert as_text(Letter(1, notification, john, "Jane", 1, Channel.SMS, wanted)) == Text(
        "+442079460018",
        "Your lesson with Jane is confirmed\n"
        "Your lesson with Jane takes place on Saturday, 25 October 2025, 15:00–16:00 (Europe/London, BST).",
    )
