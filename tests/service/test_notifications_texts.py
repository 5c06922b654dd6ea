"""Texts as a provider really gets them: to those who want them, in time, again where it was away."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from typing import Any
from urllib.parse import parse_qs

import pytest

from chassis.context import Actor
from contracts.booking import BookingConfirmed, BookingState
from contracts.notifications import Channels, NotificationKind, QuietHours, ReplacePreferences
from tests.builders import a_booking_state, an_account_change
from tests.stack import Stack
from tests.strangers import Host, a_host, answering
from tests.subject import Subject, TestClock
from tests.waiting import eventually

TAKEN = answering(b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}")
BROKEN = answering(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")
PHONE = "+442079460018"
_numbers = count(5000)


@pytest.fixture(scope="module")
def the_provider() -> Iterator[Host]:
    with a_host(TAKEN) as host:
        yield host


@pytest.fixture
def provider(the_provider: Host) -> Host:
    """Takes every text, and has had none."""
    the_provider.script = TAKEN
    the_provider.asked.clear()
    return the_provider


@pytest.fixture(scope="module")
def notifications(stack: Stack, module_clock: TestClock, the_provider: Host) -> Iterator[Subject]:
    made = Subject(stack, "notifications", module_clock)
    made.start(
        SMS_URL=the_provider.url, SMS_ACCOUNT="AC1", SMS_TOKEN="z8Lm4", SMS_FROM="Tutoring",
        EGRESS_ALLOW_LOOPBACK="1",
    )  # fmt: skip
    yield made
    made.stop()


@pytest.fixture
def student(notifications: Subject) -> Actor:
    """Somebody who wants to be sent texts, and whose tutor is known."""
    number = next(_numbers)
    notifications.hear(an_account_change(account_id=number, timezone="UTC"))
    notifications.hear(an_account_change(account_id=50, name="Jane Smith"))
    prefer(notifications, Actor(number, "student"))
    return Actor(number, "student")


def prefer(notifications: Subject, actor: Actor, **wanted: Any) -> None:
    channels = {NotificationKind.BOOKING_CONFIRMED: Channels(email=False, sms=True)}
    notifications.ask(ReplacePreferences(**{"channels": channels, "phone": PHONE, **wanted}), by=actor)


def confirm(notifications: Subject, clock: TestClock, student: Actor) -> BookingState:
    start_at = (clock.now() + timedelta(days=3)).replace(microsecond=0)
    lesson = a_booking_state(id=next(_numbers), student_id=student.id, start_at=start_at)
    notifications.hear(BookingConfirmed(lesson))
    return lesson


def texts(provider: Host) -> list[dict[str, list[str]]]:
    return [parse_qs(asked.decode().partition("\r\n\r\n")[2]) for asked in provider.asked]


def statuses(notifications: Subject, student: Actor) -> list[tuple[str, str]]:
    rows = notifications.sql(
        "SELECT d.channel, d.status FROM deliveries d JOIN notifications n ON n.id = d.notification_id"
        " WHERE n.account_id = :account ORDER BY d.id",
        account=student.id,
    )
    return [(row.channel, row.status) for row in rows]


def test_who_wants_texts_is_sent_one(
    notifications: Subject, clock: TestClock, provider: Host, student: Actor
) -> None:
    confirm(notifications, clock, student)

    eventually(lambda: statuses(notifications, student) == [("sms", "sent")])
    (text,) = texts(provider)
    assert (text["To"], text["From"]) == ([PHONE], ["Tutoring"])
    assert text["Body"][0].startswith("Your lesson with Jane Smith is confirmed\n")


def test_who_has_taken_the_number_away_is_sent_none(
    notifications: Subject, clock: TestClock, provider: Host, student: Actor
) -> None:
    prefer(notifications, student, phone=None)
    confirm(notifications, clock, student)

    assert statuses(notifications, student) == []
    assert provider.asked == []


def test_a_text_that_was_not_taken_is_sent_again(
    notifications: Subject, clock: TestClock, provider: Host, student: Actor
) -> None:
    provider.script = BROKEN
    confirm(notifications, clock, student)
    eventually(lambda: len(provider.asked) >= 2)
    assert statuses(notifications, student) == [("sms", "queued")]
    provider.script = TAKEN

    clock.advance(seconds=15)

    eventually(lambda: statuses(notifications, student) == [("sms", "sent")])


def test_quiet_hours_delay_a_text(
    notifications: Subject, clock: TestClock, provider: Host, student: Actor
) -> None:
    now = clock.now()
    begin, end = now - timedelta(hours=1), now + timedelta(hours=1)
    prefer(notifications, student, quiet_hours=QuietHours(f"{begin:%H:%M}", f"{end:%H:%M}"))
    confirm(notifications, clock, student)

    eventually(lambda: put_off(notifications, student, clock))
    assert provider.asked == []
    clock.advance(hours=1)

    eventually(lambda: statuses(notifications, student) == [("sms", "sent")])
    assert len(provider.asked) == 1


def put_off(notifications: Subject, student: Actor, clock: TestClock) -> bool:
    """Whether the text is due in the next hour but not in this minute."""
    rows = notifications.sql(
        "SELECT d.due_at FROM deliveries d JOIN notifications n ON n.id = d.notification_id"
        " WHERE n.account_id = :account",
        account=student.id,
    )
    return bool(rows) and rows[0].due_at > clock.now() + timedelta(minutes=5)
