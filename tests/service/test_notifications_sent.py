"""Letters are sent to whom they are for, once each, whatever fails on their way."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import create_engine

from chassis.connections import driver_url
from chassis.context import Actor
from contracts.booking import BookingConfirmed, BookingRequested, BookingState, BookingStatus
from deploy.platform import MAIL
from services.notifications.domain import TRIES, Channel
from services.notifications.store import Deliveries
from tests.service.correspondents import errors, introduce, mails, mine, numbers, statuses, subjects, tries
from tests.stack import Stack
from tests.subject import Subject, TestClock
from tests.waiting import eventually

S = BookingStatus

pytestmark = pytest.mark.usefixtures("acquainted")


def test_a_letter_waits_until_everybody_it_names_is_known(
    notifications: Subject, a_lesson: Callable[..., BookingState]
) -> None:
    student, tutor = Actor(next(numbers), "student"), Actor(next(numbers), "tutor")
    notifications.hear(BookingConfirmed(a_lesson(student_id=student.id, tutor_account_id=tutor.id)))
    assert mine(notifications, student)[0].title == "Your lesson with N. N. is confirmed"

    introduce(notifications, student, tutor)

    eventually(lambda: subjects(notifications, student) == ["Your lesson with Jane Smith is confirmed"])
    eventually(lambda: subjects(notifications, tutor) == ["Ihr Unterricht mit John Doe ist bestätigt"])


@contextmanager
def no_mail_server(stack: Stack) -> Iterator[None]:
    stack.process(MAIL).kill()
    try:
        yield
    finally:
        stack.start_mail()


def test_letters_wait_while_the_mail_server_is_down(
    notifications: Subject, clock: TestClock, student: Actor, a_lesson: Callable[..., BookingState]
) -> None:
    with no_mail_server(notifications.stack):
        notifications.hear(BookingConfirmed(a_lesson()))
        eventually(lambda: tries(notifications, student) >= 2)
        assert mine(notifications, student)  # in the application all the same

    clock.advance(seconds=15)

    eventually(lambda: statuses(notifications, student) == ["sent"])
    assert len(mails(notifications, student)) == 1


def test_a_letter_that_can_not_be_sent_for_hours_is_given_up(
    notifications: Subject, clock: TestClock, student: Actor, a_lesson: Callable[..., BookingState]
) -> None:
    with no_mail_server(notifications.stack):
        notifications.hear(BookingConfirmed(a_lesson()))
        eventually(
            lambda: clock.advance(hours=1) or statuses(notifications, student) == ["failed"], within=30
        )
    assert tries(notifications, student) == TRIES
    assert errors(notifications, student) == ["ConnectionRefusedError"]


def test_a_stalled_mail_server_holds_up_nobody(
    notifications: Subject,
    stack: Stack,
    student: Actor,
    a_lesson: Callable[..., BookingState],
) -> None:
    stack.process(MAIL).freeze()
    try:
        notifications.hear(BookingConfirmed(a_lesson()))
        eventually(lambda: tries(notifications, student) == 1)

        began = time.monotonic()
        notifications.hear(BookingRequested(a_lesson(version=2, status=S.PENDING), S.HELD))
        assert len(mine(notifications, student)) == 2
        assert time.monotonic() - began < 2
        idle = notifications.sql("SELECT 1 FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'")
        assert not idle
    finally:
        stack.process(MAIL).thaw()
    eventually(lambda: statuses(notifications, student) == ["sent", "sent"], within=20)


def test_two_replicas_never_hold_the_same_letter(
    notifications: Subject, stack: Stack, clock: TestClock, a_lesson: Callable[..., BookingState]
) -> None:
    later = clock.now() + timedelta(days=1)
    engine = create_engine(driver_url(stack.servers.migration_url("notifications")))
    with no_mail_server(stack):
        notifications.hear(BookingConfirmed(a_lesson()))
        with engine.connect() as one, engine.connect() as other:
            letters = [Deliveries(connection).next(Channel.EMAIL, later) for connection in (one, other)]
    engine.dispose()

    assert len({letter.delivery_id for letter in letters if letter}) == 2


def test_a_killed_service_sends_every_letter_when_it_is_back(
    notifications: Subject,
    stack: Stack,
    clock: TestClock,
    student: Actor,
    tutor: Actor,
    a_lesson: Callable[..., BookingState],
) -> None:
    for version in range(1, 41):
        notifications.tell(BookingRequested(a_lesson(version=version, status=S.PENDING), S.HELD))
    eventually(lambda: len(mails(notifications, student)) >= 3)
    stack.process("notifications").kill()
    stack.process("notifications").start()
    stack.platform.wait(["notifications"], 30)
    eventually(lambda: len(statuses(notifications, student)) == 40, within=20)
    clock.advance(seconds=31)  # the letter in hand is found again

    eventually(
        lambda: set(statuses(notifications, student) + statuses(notifications, tutor)) == {"sent"}, within=20
    )
    sent = [str(mail["Message-ID"]) for actor in (student, tutor) for mail in mails(notifications, actor)]
    assert len(set(sent)) == 80
    assert len(sent) <= 81
