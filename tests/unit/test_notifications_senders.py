"""The way to the mail server: where it is, what is said to it, and what it may answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from deploy.ports import LOOPBACK, free_ports
from services.notifications.senders import NotSent, Postbox


class Clerk:
    """Takes every mail, or none for this reason."""

    def __init__(self, refusal: str = "") -> None:
        self.refusal = refusal
        self.taken: list[Any] = []

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self.refusal or "250 fine"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.taken.append(envelope)
        return "250 taken"


@contextmanager
def office(clerk: Clerk) -> Iterator[str]:
    """A mail server; its URL."""
    (port,) = free_ports(1)
    controller = Controller(clerk, hostname=LOOPBACK, port=port)
    controller.start()
    try:
        yield f"{LOOPBACK}:{port}"
    finally:
        controller.stop()


def a_message(to: str = "john@example.com") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "no-reply@lessons.example", to, "Hello"
    message.set_content("Hello.")
    return message


@pytest.mark.parametrize(
    ("url", "postbox"),
    [
        ("smtp://127.0.0.1:2525", Postbox("127.0.0.1", 2525)),
        ("smtp://mail.example", Postbox("mail.example", 25)),
        ("smtps://mail.example", Postbox("mail.example", 465, encrypted=True)),
        ("smtp://me:p%40ss@mail.example:587", Postbox("mail.example", 587, user="me", password="p@ss")),
    ],
)
def test_a_url_says_where_the_server_is(url: str, postbox: Postbox) -> None:
    assert Postbox.at(url) == postbox
    assert "p@ss" not in repr(postbox)


def test_a_message_arrives() -> None:
    clerk = Clerk()
    with office(clerk) as address:
        Postbox.at(f"smtp://{address}").put(a_message())

    assert [envelope.rcpt_tos for envelope in clerk.taken] == [["john@example.com"]]


def test_an_address_beyond_ascii_arrives() -> None:
    clerk = Clerk()
    with office(clerk) as address:
        Postbox.at(f"smtp://{address}").put(a_message("jörg@example.com"))

    assert [envelope.rcpt_tos for envelope in clerk.taken] == [["jörg@example.com"]]


def test_a_refusal_is_told_without_the_address() -> None:
    clerk = Clerk("550 no john@example.com here")
    with office(clerk) as address, pytest.raises(NotSent) as refusal:
        Postbox.at(f"smtp://{address}").put(a_message())

    assert str(refusal.value) == "SMTPRecipientsRefused"


def test_a_password_is_not_said_in_the_clear() -> None:
    clerk = Clerk()
    with office(clerk) as address, pytest.raises(NotSent) as refusal:
        Postbox.at(f"smtp://me:secret@{address}").put(a_message())

    assert str(refusal.value) == "SMTPNotSupportedError"
    assert not clerk.taken


def test_a_closed_office_takes_nothing() -> None:
    (port,) = free_ports(1)
    with pytest.raises(NotSent, match="ConnectionRefusedError"):
        Postbox.at(f"smtp://{LOOPBACK}:{port}").put(a_message())
