"""A student and a tutor whom notifications knows, a lesson of theirs, and what reaches them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from itertools import count
from typing import Any

import pytest

from chassis.context import Actor
from contracts.booking import BookingState
from contracts.catalog import Role
from contracts.notifications import ListNotifications, NotificationView
from tests.builders import a_booking_state, an_account_change
from tests.subject import Subject, TestClock

numbers = count(1000)  # of accounts, bookings and whatever else; none is given twice


@pytest.fixture
def student() -> Actor:
    return Actor(next(numbers), "student")


@pytest.fixture
def tutor() -> Actor:
    number = next(numbers)
    return Actor(number, "tutor", number + 1_000_000)


@pytest.fixture
def acquainted(notifications: Subject, student: Actor, tutor: Actor) -> None:
    """John is in London and reads English, Jane in Berlin and reads German."""
    introduce(notifications, student, tutor)


@pytest.fixture
def a_lesson(clock: TestClock, student: Actor, tutor: Actor) -> Callable[..., BookingState]:
    """Makes states of one booking, three days ahead unless said otherwise."""
    number, start = next(numbers), (clock.now() + timedelta(days=3)).replace(microsecond=0)

    def make(**changes: object) -> BookingState:
        people = {
            "student_id": student.id,
            "tutor_profile_id": tutor.profile_id,
            "tutor_account_id": tutor.id,
        }
        return a_booking_state(**{"id": number, "start_at": start, **people, **changes})

    return make


def introduce(notifications: Subject, student: Actor, tutor: Actor) -> None:
    john = an_account_change(account_id=student.id, email=address(student), name="John Doe")
    jane = an_account_change(account_id=tutor.id, email=address(tutor), name="Jane Smith", role=Role.TUTOR)
    notifications.hear(john)
    notifications.hear(replace(jane, timezone="Europe/Berlin", locale="de"))


def address(actor: Actor) -> str:
    return f"{actor.role}{actor.id}@example.com"


def mine(notifications: Subject, actor: Actor) -> list[NotificationView]:
    return notifications.ask(ListNotifications(page_size=100), by=actor).items


def kinds(notifications: Subject, actor: Actor) -> list[str]:
    """Oldest first."""
    return [view.kind.value for view in reversed(mine(notifications, actor))]


def mails(notifications: Subject, actor: Actor) -> list[EmailMessage]:
    return [mail for mail in notifications.stack.mails if mail["X-Envelope-To"] == address(actor)]


def subjects(notifications: Subject, actor: Actor) -> list[str]:
    return [str(mail["Subject"]) for mail in mails(notifications, actor)]


def statuses(notifications: Subject, actor: Actor) -> list[str]:
    return [row.status for row in deliveries(notifications, actor)]


def errors(notifications: Subject, actor: Actor) -> list[str]:
    return [row.error for row in deliveries(notifications, actor)]


def tries(notifications: Subject, actor: Actor) -> int:
    """Of the first letter."""
    return int(deliveries(notifications, actor)[0].tries)


def deliveries(notifications: Subject, actor: Actor) -> list[Any]:
    return notifications.sql(
        "SELECT d.* FROM deliveries d JOIN notifications n ON n.id = d.notification_id"
        " WHERE n.account_id = :account ORDER BY d.id",
        account=actor.id,
    )
