"""What people are told in the application: each step once, in their own words, and read by nobody else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

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
    SessionCancelled,
    WaitlistExpired,
    WaitlistOffered,
    WaitlistState,
)
from contracts.catalog import Role
from contracts.errors import Denied, NotFound, Unauthenticated
from contracts.notifications import (
    ListNotifications,
    NotificationCreated,
    NotificationKind,
    ReadAllNotifications,
    ReadNotification,
)
from contracts.reviews import ReviewPublished, ReviewReplied
from contracts.scheduling import CalendarWentStale
from tests.builders import (
    a_package_event,
    a_series_change,
    a_session_state,
    a_waitlist_event,
    an_account_change,
)
from tests.service.correspondents import address, kinds, mails, mine, numbers, statuses, subjects
from tests.subject import Subject, TestClock
from tests.waiting import eventually

S = BookingStatus
NOW = datetime(2025, 10, 21, 12, tzinfo=UTC)

pytestmark = pytest.mark.usefixtures("acquainted")


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
    session = a_session_state(id=next(numbers), tutor_account_id=tutor.id, version=2)
    notifications.hear(SessionCancelled(session, cancelled_by=Role.ADMIN))
    assert kinds(notifications, tutor) == ["session_cancelled"]
    title = "Calculus together wurde abgesagt, 25. Oktober 2025, 16:00 Uhr"
    eventually(lambda: subjects(notifications, tutor) == [title])


def test_packages_and_waitlists_are_told_as_well(
    notifications: Subject, student: Actor, tutor: Actor
) -> None:
    number = next(numbers)
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
    number = next(numbers)
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
    stale = CalendarWentStale(next(numbers), 10, tutor.id, "Family", "not_found", version=3)
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
