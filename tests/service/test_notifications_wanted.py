"""What people want to be told, by which channel and when, and reminders of what still takes place."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from chassis.context import ANONYMOUS, Actor
from contracts.booking import (
    BookingCancelled,
    BookingConfirmed,
    BookingRescheduled,
    BookingState,
    BookingStatus,
    PaymentDue,
    PaymentSettled,
    PaymentStatus,
)
from contracts.errors import Invalid, Unauthenticated
from contracts.notifications import (
    Channels,
    GetPreferences,
    ListNotifications,
    NotificationCreated,
    NotificationKind,
    PreferencesView,
    QuietHours,
    ReplacePreferences,
)
from tests.service.correspondents import deliveries, kinds, mails, mine, numbers, statuses, subjects
from tests.subject import Subject, TestClock
from tests.waiting import eventually

S = BookingStatus

pytestmark = pytest.mark.usefixtures("acquainted")


# --- preferences ----------------------------------------------------------------------------------------


def prefer(notifications: Subject, actor: Actor, **wanted: Any) -> PreferencesView:
    return notifications.ask(ReplacePreferences(**wanted), by=actor)


def quiet_now(clock: TestClock, zone: str) -> QuietHours:
    """From an hour ago until in an hour, by the clock on somebody's wall."""
    local = clock.now().astimezone(ZoneInfo(zone))
    begin, end = local - timedelta(hours=1), local + timedelta(hours=1)
    return QuietHours(f"{begin:%H:%M}", f"{end:%H:%M}")


def test_preferences_are_everybodys_own_and_replaced_as_a_whole(
    notifications: Subject, student: Actor, tutor: Actor
) -> None:
    said = prefer(
        notifications,
        student,
        channels={NotificationKind.LESSON_REMINDER: Channels(sms=True)},
        phone="+44 20 7946 0018",
    )
    assert (said.phone, said.channels[NotificationKind.LESSON_REMINDER].sms) == ("+442079460018", True)
    assert notifications.ask(GetPreferences(), by=student) == said
    assert notifications.ask(GetPreferences(), by=tutor).phone is None

    prefer(notifications, student, quiet_hours=QuietHours("22:00", "07:00"))

    replaced = notifications.ask(GetPreferences(), by=student)
    assert (replaced.phone, replaced.quiet_hours) == (None, QuietHours("22:00", "07:00"))
    assert set(replaced.channels.values()) == {Channels()}
    with pytest.raises(Invalid):
        prefer(notifications, student, phone="12345")
    with pytest.raises(Unauthenticated):
        notifications.ask(GetPreferences(), by=ANONYMOUS)


def test_nobody_is_told_by_a_channel_that_they_do_not_want(
    notifications: Subject, student: Actor, a_lesson: Callable[..., BookingState]
) -> None:
    kind = NotificationKind.BOOKING_CONFIRMED
    prefer(notifications, student, channels={kind: Channels(in_app=False)})
    notifications.hear(BookingConfirmed(a_lesson()))
    prefer(notifications, student, channels={kind: Channels(email=False)})
    notifications.hear(BookingConfirmed(a_lesson(version=2), S.PENDING))

    assert len(mine(notifications, student)) == 1
    assert notifications.ask(ListNotifications(), by=student).unread == 1
    assert len(notifications.told(NotificationCreated, account_id=student.id)) == 1
    assert len(deliveries(notifications, student)) == 1


def test_a_letter_that_is_not_wanted_any_more_is_withdrawn(
    notifications: Subject, clock: TestClock, student: Actor, a_lesson: Callable[..., BookingState]
) -> None:
    prefer(notifications, student, quiet_hours=quiet_now(clock, "Europe/London"))
    notifications.hear(BookingConfirmed(a_lesson()))
    assert statuses(notifications, student) == ["queued"]
    prefer(notifications, student, channels={NotificationKind.BOOKING_CONFIRMED: Channels(email=False)})

    clock.advance(hours=2)

    eventually(lambda: statuses(notifications, student) == ["withdrawn"])
    assert not mails(notifications, student)


def test_quiet_hours_delay_a_letter_and_not_the_application(
    notifications: Subject,
    clock: TestClock,
    student: Actor,
    tutor: Actor,
    a_lesson: Callable[..., BookingState],
) -> None:
    prefer(notifications, student, quiet_hours=quiet_now(clock, "Europe/London"))
    notifications.hear(BookingConfirmed(a_lesson()))

    eventually(lambda: statuses(notifications, tutor) == ["sent"])
    eventually(lambda: deliveries(notifications, student)[0].due_at > clock.now() + timedelta(minutes=50))
    assert (len(mine(notifications, student)), mails(notifications, student)) == (1, [])
    clock.advance(hours=1)

    eventually(lambda: statuses(notifications, student) == ["sent"])
    assert len(mails(notifications, student)) == 1


def test_a_reminder_that_was_put_off_is_not_given_for_a_lesson_that_was_cancelled(
    notifications: Subject, clock: TestClock, student: Actor, a_lesson: Callable[..., BookingState]
) -> None:
    lesson = a_lesson()
    notifications.hear(BookingConfirmed(lesson))
    clock.set(lesson.start_at - timedelta(hours=23))
    prefer(notifications, student, quiet_hours=quiet_now(clock, "Europe/London"))
    eventually(lambda: reminders(notifications, student) == 1)
    notifications.hear(BookingCancelled(a_lesson(version=2, status=S.CANCELLED_BY_TUTOR), S.CONFIRMED))

    clock.advance(hours=1)

    eventually(lambda: sorted(statuses(notifications, student)) == ["sent", "sent", "withdrawn"])


def test_who_has_paid_in_the_quiet_is_not_asked_to_pay_after_it(
    notifications: Subject, clock: TestClock, student: Actor, tutor: Actor
) -> None:
    prefer(notifications, student, quiet_hours=quiet_now(clock, "Europe/London"))
    due = a_payment_due(student, tutor, clock.now() + timedelta(days=3))
    notifications.hear(due)
    eventually(lambda: deliveries(notifications, student)[0].due_at > clock.now() + timedelta(minutes=50))

    notifications.hear(settled(due))
    clock.advance(hours=1)

    eventually(lambda: statuses(notifications, student) == ["withdrawn"])
    assert kinds(notifications, student) == ["payment_due"]
    assert not mails(notifications, student)


def test_who_has_paid_is_not_asked_to_pay_by_what_is_heard_later(
    notifications: Subject, clock: TestClock, student: Actor, tutor: Actor
) -> None:
    due = a_payment_due(student, tutor, clock.now() + timedelta(days=3))
    notifications.hear(settled(due))
    notifications.hear(due)

    assert kinds(notifications, student) == statuses(notifications, student) == []


def a_payment_due(student: Actor, tutor: Actor, pay_by: datetime) -> PaymentDue:
    assert student.account_id is not None
    assert tutor.account_id is not None
    package = {"package_id": next(numbers), "package_name": "Ten lessons"}
    price = Decimal("450.00"), "EUR"
    return PaymentDue(next(numbers), student.account_id, tutor.account_id, *price, pay_by, 2, **package)


def settled(due: PaymentDue) -> PaymentSettled:
    return PaymentSettled(
        due.payment_id, due.student_id, due.tutor_account_id, PaymentStatus.PAID, due.version + 1
    )


# --- reminders --------------------------------------------------------------------------------------------


def reminders(notifications: Subject, actor: Actor) -> int:
    return kinds(notifications, actor).count("lesson_reminder")


def test_a_lesson_is_brought_to_mind_a_day_and_an_hour_before(
    notifications: Subject,
    clock: TestClock,
    student: Actor,
    tutor: Actor,
    a_lesson: Callable[..., BookingState],
) -> None:
    lesson = a_lesson()
    notifications.hear(BookingConfirmed(lesson))

    for times, hours in enumerate((24, 1), 1):
        clock.set(lesson.start_at - timedelta(hours=hours) + timedelta(seconds=5))
        eventually(lambda: reminders(notifications, student) == reminders(notifications, tutor) == times)  # noqa: B023

    eventually(lambda: sum("Reminder" in subject for subject in subjects(notifications, student)) == 2)


def test_a_clock_that_leaps_reminds_once_or_not_at_all(
    notifications: Subject,
    clock: TestClock,
    student: Actor,
    a_lesson: Callable[..., BookingState],
) -> None:
    near, past = a_lesson(), a_lesson(id=next(numbers), start_at=a_lesson().start_at - timedelta(hours=2))
    for lesson in (near, past):
        notifications.hear(BookingConfirmed(lesson))

    clock.set(near.start_at - timedelta(minutes=30))

    eventually(lambda: not waiting(notifications, near, past))
    assert reminders(notifications, student) == 1
    assert mine(notifications, student)[0].booking_id == near.id


@pytest.mark.parametrize(
    "change",
    [
        lambda state, start: BookingCancelled(state(version=2, status=S.CANCELLED_BY_STUDENT), S.CONFIRMED),
        lambda state, start: BookingRescheduled(
            state(version=2, start_at=start + timedelta(days=9)), S.CONFIRMED, start
        ),
    ],
)
def test_a_lesson_that_was_cancelled_or_moved_does_not_remind(
    notifications: Subject,
    clock: TestClock,
    student: Actor,
    a_lesson: Callable[..., BookingState],
    change: Callable[..., BookingCancelled | BookingRescheduled],
) -> None:
    lesson = a_lesson()
    notifications.hear(BookingConfirmed(lesson))
    notifications.hear(change(a_lesson, lesson.start_at))

    clock.set(lesson.start_at - timedelta(minutes=59))

    eventually(lambda: not waiting(notifications, lesson))
    assert reminders(notifications, student) == 0


def waiting(notifications: Subject, *lessons: BookingState) -> bool:
    """Whether reminders of these starts are still to be given."""
    rows = notifications.sql(
        "SELECT 1 FROM reminders WHERE booking_id = ANY(:ids) AND start_at = ANY(:starts)",
        ids=[lesson.id for lesson in lessons],
        starts=[lesson.start_at for lesson in lessons],
    )
    return bool(rows)
