"""Notifications as people really get them: once each, in the application and in the post, whatever fails."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.message import EmailMessage
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import create_engine

from chassis.connections import driver_url
from chassis.context import ANONYMOUS, Actor
from contracts.booking import (
    BookingCancelled,
    BookingCompleted,
    BookingConfirmed,
    BookingHeld,
    BookingRequested,
    BookingRescheduled,
    BookingState,
    BookingStatus,
    CreditReason,
    CreditsChanged,
    EntryStatus,
    OccurrenceSkipped,
    PackageExpiring,
    PaymentDue,
    PaymentSettled,
    PaymentStatus,
    SessionCancelled,
    WaitlistExpired,
    WaitlistOffered,
    WaitlistState,
)
from contracts.catalog import Role
from contracts.errors import Denied, Invalid, NotFound, Unauthenticated
from contracts.notifications import (
    Channels,
    GetPreferences,
    ListNotifications,
    NotificationCreated,
    NotificationKind,
    NotificationView,
    PreferencesView,
    QuietHours,
    ReadAllNotifications,
    ReadNotification,
    ReplacePreferences,
)
from contracts.reviews import ReviewPublished, ReviewReplied
from contracts.scheduling import CalendarWentStale
from deploy.platform import MAIL
from services.notifications.domain import TRIES, Channel
from services.notifications.store import Deliveries
from tests.builders import (
    a_booking_state,
    a_package_event,
    a_series_change,
    a_session_state,
    a_waitlist_event,
    an_account_change,
)
from tests.stack import Stack, eventually
from tests.subject import Subject, TestClock

S = BookingStatus
NOW = datetime(2025, 10, 21, 12, tzinfo=UTC)
_numbers = count(1000)

pytestmark = pytest.mark.usefixtures("acquainted")


@pytest.fixture
def student() -> Actor:
    return Actor(next(_numbers), "student")


@pytest.fixture
def tutor() -> Actor:
    number = next(_numbers)
    return Actor(number, "tutor", number + 1_000_000)


@pytest.fixture
def acquainted(notifications: Subject, student: Actor, tutor: Actor) -> None:
    """John is in London and reads English, Jane in Berlin and reads German."""
    introduce(notifications, student, tutor)


@pytest.fixture
def a_lesson(clock: TestClock, student: Actor, tutor: Actor) -> Callable[..., BookingState]:
    """Makes states of one booking, three days ahead unless said otherwise."""
    number, start = next(_numbers), (clock.now() + timedelta(days=3)).replace(microsecond=0)

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


# --- told once ------------------------------------------------------------------------------------------


def test_both_sides_are_told_in_the_application_and_by_mail(
    notifications: Subject,
    student: Actor,
    tutor: Actor,
    a_lesson: Callable[..., BookingState],
) -> None:
    lesson = a_lesson()

    notifications.hear(BookingConfirmed(lesson))

    (of_student,), (of_tutor,) = mine(notifications, student), mine(notifications, tutor)
    assert of_student.title == "Your lesson with Jane Smith is confirmed"
    assert of_tutor.title == "Ihr Unterricht mit John Doe ist bestätigt"
    assert (of_student.kind, of_student.booking_id) == (NotificationKind.BOOKING_CONFIRMED, lesson.id)
    assert "(Europe/London, " in of_student.body
    assert "(Europe/Berlin, " in of_tutor.body
    eventually(lambda: subjects(notifications, student) == [of_student.title])
    eventually(lambda: subjects(notifications, tutor) == [of_tutor.title])
    (mail,) = mails(notifications, student)
    assert [part.get_content_type() for part in mail.walk() if not part.is_multipart()] == [
        "text/plain",
        "text/html",
        "text/calendar",
    ]


def test_the_live_stream_is_told_of_each_notification(
    notifications: Subject,
    student: Actor,
    tutor: Actor,
    a_lesson: Callable[..., BookingState],
) -> None:
    notifications.hear(BookingConfirmed(a_lesson()))

    (told,) = notifications.told(NotificationCreated, account_id=tutor.id)
    (view,) = mine(notifications, tutor)
    assert (told.notification_id, told.kind, told.title) == (view.id, view.kind, view.title)
    assert (told.created_at, told.booking_id) == (view.created_at, view.booking_id)


def test_an_event_that_arrives_twice_is_told_once(
    notifications: Subject, student: Actor, a_lesson: Callable[..., BookingState]
) -> None:
    event = BookingConfirmed(a_lesson())
    event_id = notifications.hear(event)
    notifications.tell(event, event_id)
    notifications.hear(event)  # told again by its owner, as another message
    notifications.hear(BookingRequested(a_lesson(status=S.PENDING, version=2), S.HELD))

    eventually(lambda: len(subjects(notifications, student)) == 2)
    assert kinds(notifications, student) == ["booking_confirmed", "booking_requested"]
    assert statuses(notifications, student) == ["sent", "sent"]


def test_a_whole_life_of_a_lesson_is_told_step_by_step(
    notifications: Subject,
    student: Actor,
    tutor: Actor,
    a_lesson: Callable[..., BookingState],
) -> None:
    first = a_lesson()
    later = first.start_at + timedelta(hours=2)
    for event in (
        BookingHeld(a_lesson(status=S.HELD)),
        BookingRequested(a_lesson(status=S.PENDING, version=2), S.HELD),
        BookingConfirmed(a_lesson(version=3), S.PENDING),
        BookingRescheduled(a_lesson(version=4, start_at=later), S.CONFIRMED, first.start_at),
        BookingCompleted(a_lesson(version=5, start_at=later, status=S.COMPLETED), S.CONFIRMED),
        ReviewPublished(7, first.id, tutor.profile_id, tutor.id, student.id, 5, 1),
        ReviewReplied(7, first.id, tutor.profile_id, tutor.id, student.id, 2),
    ):
        notifications.hear(event)

    life = ["booking_requested", "booking_confirmed", "booking_rescheduled", "booking_completed"]
    assert kinds(notifications, student) == [*life, "review_replied"]
    assert kinds(notifications, tutor) == [*life, "review_published"]
    eventually(lambda: len(mails(notifications, student)) == len(mails(notifications, tutor)) == 5)


def test_steps_that_arrive_in_the_wrong_order_are_all_told_in_the_order_in_which_they_happened(
    notifications: Subject, student: Actor, a_lesson: Callable[..., BookingState]
) -> None:
    now, cancelled = notifications.clock.now(), a_lesson(version=2, status=S.CANCELLED_BY_TUTOR)
    end = BookingCancelled(cancelled, S.CONFIRMED, Role.TUTOR, cancelled.total_amount)
    notifications.hear(end, at=now)
    notifications.hear(BookingConfirmed(a_lesson(version=1)), at=now - timedelta(minutes=5))

    assert kinds(notifications, student) == ["booking_confirmed", "booking_cancelled"]
    assert mine(notifications, student)[0].created_at == now
    assert not notifications.sql("SELECT 1 FROM reminders WHERE booking_id = :id", id=cancelled.id)


def test_a_session_that_nobody_had_booked_is_told_to_its_tutor_when_an_admin_cancels_it(
    notifications: Subject, tutor: Actor
) -> None:
    session = a_session_state(id=next(_numbers), tutor_account_id=tutor.id, version=2)
    notifications.hear(SessionCancelled(session, cancelled_by=Role.ADMIN))
    assert kinds(notifications, tutor) == ["session_cancelled"]
    title = "Calculus together wurde abgesagt, 25. Oktober 2025, 16:00 Uhr"
    eventually(lambda: subjects(notifications, tutor) == [title])


def test_packages_and_waitlists_are_told_as_well(
    notifications: Subject, student: Actor, tutor: Actor
) -> None:
    number = next(_numbers)
    package = {"package_id": number, "account_id": student.id, "tutor_account_id": tutor.id}
    entry = WaitlistState(number, 90, student.id, EntryStatus.OFFERED, NOW, 2, NOW, NOW)
    session = a_session_state(tutor_account_id=tutor.id)
    for event in (
        a_package_event(CreditsChanged, **package, change=10, reason=CreditReason.PURCHASED),
        a_package_event(PackageExpiring, **package, version=2),
        a_package_event(CreditsChanged, **package, version=3),  # how it stands
        a_package_event(CreditsChanged, **package, version=4, change=-3, reason=CreditReason.EXPIRED),
        a_waitlist_event(WaitlistOffered, entry=entry, session=session),
        a_waitlist_event(WaitlistExpired, entry=replace(entry, version=3), session=session),
    ):
        notifications.hear(event)

    of_packages = ["package_purchased", "package_expiring", "package_expired"]
    assert kinds(notifications, student) == [*of_packages, "waitlist_offered", "waitlist_expired"]
    assert kinds(notifications, tutor) == ["package_purchased"]
    eventually(lambda: statuses(notifications, student) == ["sent"] * 5)


def test_what_becomes_of_a_series_is_told_as_well(
    notifications: Subject, student: Actor, tutor: Actor
) -> None:
    number = next(_numbers)
    people = {"student_id": student.id, "tutor_account_id": tutor.id}
    skipped = OccurrenceSkipped(
        number, 4, NOW, "Europe/London", 60, "slot_taken", tutor_profile_id=10, **people
    )
    paused = a_series_change(id=number, changed_by=Role.TUTOR, **people)
    for event in (skipped, skipped, paused, replace(paused, version=3, changed_by=None)):
        notifications.hear(event)

    assert kinds(notifications, student) == ["occurrence_skipped", "series_paused"]
    assert kinds(notifications, tutor) == ["occurrence_skipped"]


def test_a_calendar_that_can_not_be_read_is_told_to_its_tutor_once(
    notifications: Subject, tutor: Actor
) -> None:
    stale = CalendarWentStale(next(_numbers), 10, tutor.id, "Family", "not_found", version=3)
    for event in (stale, stale, replace(stale, version=5)):
        notifications.hear(event)

    assert kinds(notifications, tutor) == ["calendar_stale", "calendar_stale"]
    eventually(lambda: statuses(notifications, tutor) == ["sent", "sent"])


# --- reading --------------------------------------------------------------------------------------------


def test_notifications_are_read_one_by_one_or_all_together(
    notifications: Subject,
    student: Actor,
    tutor: Actor,
    a_lesson: Callable[..., BookingState],
) -> None:
    for version in (1, 2, 3):
        notifications.hear(BookingRequested(a_lesson(status=S.PENDING, version=version), S.HELD))
    newest, *_ = mine(notifications, student)

    read = notifications.ask(ReadNotification(newest.id), by=student)
    assert read.read_at is not None
    assert notifications.ask(ReadNotification(newest.id), by=student).read_at == read.read_at

    page = notifications.ask(ListNotifications(unread=True, page_size=1), by=student)
    assert (len(page.items), page.total, page.unread) == (1, 2, 2)
    notifications.ask(ReadAllNotifications(), by=student)
    assert notifications.ask(ListNotifications(), by=student).unread == 0
    assert notifications.ask(ListNotifications(unread=True), by=tutor).unread == 3


def test_nobody_reads_what_others_are_told(
    notifications: Subject,
    student: Actor,
    tutor: Actor,
    a_lesson: Callable[..., BookingState],
) -> None:
    notifications.hear(BookingConfirmed(a_lesson()))
    (view,) = mine(notifications, student)

    for actor, refusal in ((tutor, Denied), (Actor(1, "admin"), Denied), (ANONYMOUS, Unauthenticated)):
        with pytest.raises(refusal):
            notifications.ask(ReadNotification(view.id), by=actor)
    with pytest.raises(NotFound):
        notifications.ask(ReadNotification(2**40), by=student)


def test_what_was_told_follows_its_readers_language_and_zone(
    notifications: Subject, student: Actor, clock: TestClock, a_lesson: Callable[..., BookingState]
) -> None:
    noon = clock.now().replace(hour=12) + timedelta(days=3)  # the whole lesson is on one day
    notifications.hear(BookingConfirmed(a_lesson(start_at=noon)))
    moved = an_account_change(
        account_id=student.id, email=address(student), locale="de", timezone="Asia/Kathmandu", version=2
    )
    notifications.hear(moved)

    (view,) = mine(notifications, student)
    assert view.title == "Ihr Unterricht mit Jane Smith ist bestätigt"
    assert "(Asia/Kathmandu, UTC+05:45)" in view.body


# --- the post ---------------------------------------------------------------------------------------------


def test_a_letter_waits_until_everybody_it_names_is_known(
    notifications: Subject, a_lesson: Callable[..., BookingState]
) -> None:
    student, tutor = Actor(next(_numbers), "student"), Actor(next(_numbers), "tutor")
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
    package = {"package_id": next(_numbers), "package_name": "Ten lessons"}
    price = Decimal("450.00"), "EUR"
    return PaymentDue(next(_numbers), student.account_id, tutor.account_id, *price, pay_by, 2, **package)


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
    near, past = a_lesson(), a_lesson(id=next(_numbers), start_at=a_lesson().start_at - timedelta(hours=2))
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
