"""Mails that hold what they should: words, invitations and headers, whatever somebody is called."""

from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html.parser import HTMLParser

import pytest
from icalendar import Calendar

from contracts.booking import (
    BookingCompleted,
    BookingDeclined,
    BookingEvent,
    BookingExpired,
    BookingRequested,
    BookingRescheduled,
)
from contracts.catalog import Role
from services.notifications.rendering import Mail
from services.notifications.senders import compose
from tests.builders import a_booking_state
from tests.happenings import JANE, JOHN, NOW, PLATFORM, TUTOR, S, a_mail, cancelled, confirmed, moved, utc

# --- mails ------------------------------------------------------------------------------------------


def test_a_mail_tells_time_place_and_price() -> None:
    mail = a_mail(confirmed())

    assert mail.subject == "Your lesson with Jane Smith is confirmed"
    assert mail.text.splitlines()[4:9] == [
        "When: Saturday, 25 October 2025, 15:00–16:00 (Europe/London, BST)",
        "Subject: Mathematics",
        "Kind: Video call",
        "Join: https://meet.example/abc123",
        "Price: €51.75",
    ]
    assert '<a href="https://meet.example/abc123"' in mail.html


def test_a_german_mail_is_german_throughout() -> None:
    mail = a_mail(cancelled(Role.TUTOR, "51.75"), reader=replace(JANE, account_id=42), counterpart="John Doe")

    assert mail.subject == "John Doe hat den Unterricht abgesagt"
    assert mail.text.splitlines()[0] == "Guten Tag, Jane Smith,"
    assert "Wann: Samstag, 25. Oktober 2025, 16:00–17:00 Uhr (Europe/Berlin, CEST)" in mail.text
    assert "Erstattung: 51,75\N{NO-BREAK SPACE}€" in mail.text
    assert '<html lang="de">' in mail.html


def test_the_tutor_is_not_told_what_the_student_pays() -> None:
    mail = a_mail(confirmed(), TUTOR, JANE, "John Doe")

    assert "51" not in mail.text


@pytest.mark.parametrize("status", [S.PENDING, S.CANCELLED_BY_TUTOR])
def test_the_way_in_is_told_only_while_the_lesson_stands(status: S) -> None:
    mail = a_mail(BookingRescheduled(a_booking_state(status=status, version=2), status, NOW))

    assert mail.invitation is not None
    assert "meet.example" not in mail.text + mail.html + mail.invitation.content


class Tags(HTMLParser):
    """Collects the tags of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)


def tags(html: str) -> list[str]:
    parser = Tags()
    parser.feed(html)
    return parser.seen


def test_names_and_subjects_are_text_wherever_they_stand() -> None:
    evil = "<script>alert(1)</script>{{ 7 * 7 }}"
    mail = a_mail(confirmed(subject_name=evil), reader=replace(JOHN, name=evil), counterpart=evil)

    assert tags(mail.html) == tags(a_mail(confirmed()).html)
    assert mail.html.count("&lt;script&gt;") == 5
    assert evil in mail.text


# --- invitations --------------------------------------------------------------------------------------


def the_event(mail: Mail) -> tuple[str, dict[str, object]]:
    assert mail.invitation is not None
    calendar = Calendar.from_ical(mail.invitation.content)
    (event,) = calendar.walk("VEVENT")
    return str(calendar["method"]), {name.lower(): event.decoded(name) for name in event}


def test_an_invitation_has_the_times_in_utc_and_a_uid_for_life() -> None:
    mail = a_mail(confirmed())
    method, event = the_event(mail)

    assert method == "REQUEST"
    assert event["uid"] == "booking-100@lessons.example"
    assert (event["dtstart"], event["dtend"]) == (utc("2025-10-25T14:00"), utc("2025-10-25T15:00"))
    assert event["summary"] == "Mathematics with Jane Smith"
    assert event["status"] == "CONFIRMED"
    assert mail.invitation is not None
    assert "DTSTART:20251025T140000Z" in mail.invitation.content


@pytest.mark.parametrize(
    ("event", "method", "status", "sequence"),
    [
        (confirmed(), "REQUEST", "CONFIRMED", 1),
        (moved(), "REQUEST", "CONFIRMED", 4),
        (moved(S.PENDING), "REQUEST", "TENTATIVE", 4),
        (cancelled(Role.TUTOR), "CANCEL", "CANCELLED", 3),
    ],
)
def test_an_invitation_follows_the_lesson(
    event: BookingEvent, method: str, status: str, sequence: int
) -> None:
    told, entry = the_event(a_mail(event))

    assert (told, entry["status"], entry["sequence"]) == (method, status, sequence)
    assert entry["uid"] == "booking-100@lessons.example"


@pytest.mark.parametrize("kind", [BookingRequested, BookingDeclined, BookingCompleted, BookingExpired])
def test_other_mails_leave_the_calendar_alone(kind: type[BookingEvent]) -> None:
    assert a_mail(kind(a_booking_state())).invitation is None


def test_a_tutor_is_not_invited_to_every_seat_of_a_session() -> None:
    seat = confirmed(session_id=90)

    assert a_mail(seat).invitation is not None
    assert a_mail(seat, TUTOR, JANE).invitation is None


def test_a_line_break_in_a_name_adds_no_line_to_a_calendar() -> None:
    mail = a_mail(confirmed(subject_name="Maths; 1, 2\r\nATTENDEE:mailto:x@evil.example"))
    _, event = the_event(mail)

    assert "attendee" in event
    assert mail.invitation is not None
    assert "\r\nATTENDEE:mailto:x" not in mail.invitation.content


# --- messages -----------------------------------------------------------------------------------------


def sent(mail: Mail) -> EmailMessage:
    """The message as the other end reads it."""
    return message_from_bytes(compose(mail, PLATFORM.mail_from, NOW).as_bytes(), policy=default)


def test_a_message_has_text_html_and_the_invitation() -> None:
    message = sent(a_mail(confirmed()))
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    (invitation,) = message.iter_attachments()

    assert (message["From"], message["To"]) == ("no-reply@lessons.example", "John Doe <john@example.com>")
    assert message["Message-ID"] == "<notification-7@lessons.example>"
    assert text is not None and text.get_content().startswith("Hello John Doe,")  # noqa: PT018
    assert html is not None and html.get_content().startswith("<!doctype html>")  # noqa: PT018
    assert invitation.get_content_type() == "text/calendar"
    assert invitation["Content-Type"].params["method"] == "REQUEST"
    assert Calendar.from_ical(invitation.get_content())


def test_a_message_names_nobody_elses_address() -> None:
    message = compose(a_mail(confirmed()), PLATFORM.mail_from, NOW).as_bytes()

    assert b"jane@example.com" not in message


def test_nothing_in_a_name_becomes_a_header() -> None:
    evil = 'X"\r\nBcc: everybody@evil.example\r\n\r\n<evil@example.com>, Y'
    reader = replace(JOHN, name=evil.replace("\r\n", " "))
    message = sent(a_mail(confirmed(), reader=reader, counterpart=evil))

    assert message["Bcc"] is None
    assert [address.addr_spec for address in message["To"].addresses] == ["john@example.com"]


@pytest.mark.parametrize("email", ["o'brien+lessons@example.com", "a..b@example.com", "jörg@example.com"])
def test_unusual_addresses_are_written_as_they_are(email: str) -> None:
    message = compose(a_mail(confirmed(), reader=replace(JOHN, email=email)), PLATFORM.mail_from, NOW)

    assert message["To"].addresses[0].addr_spec == email
