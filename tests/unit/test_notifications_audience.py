"""Who is told what, and when a lesson is brought to mind."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.booking import (
    BOOKING_STEPS,
    BookingCancelled,
    BookingCompleted,
    BookingConfirmed,
    BookingDeclined,
    BookingEvent,
    BookingExpired,
    BookingHeld,
    BookingNoShow,
    BookingRequested,
    BookingRescheduled,
    BookingStatus,
    CreditReason,
    CreditsChanged,
    OccurrenceSkipped,
    PackageExpiring,
    PackageStatus,
    SeriesStatus,
    SessionCancelled,
    SessionChanged,
    WaitlistAccepted,
    WaitlistExpired,
    WaitlistOffered,
)
from contracts.catalog import Role
from contracts.notifications import NotificationKind
from contracts.reviews import ReviewPublished, ReviewReplied
from contracts.scheduling import CalendarWentStale
from services.notifications.audience import (
    TOLD,
    notes_of,
    notes_of_calendar,
    notes_of_occurrence,
    notes_of_package,
    notes_of_review,
    notes_of_series,
    notes_of_session,
    notes_of_waitlist,
)
from services.notifications.domain import PAUSES, TRIES, next_try
from services.notifications.reminders import LEADS, Reminder, lead_at, notes_of_reminder, reminders_of
from tests.builders import (
    a_booking_state,
    a_package_event,
    a_series_change,
    a_session_state,
    a_waitlist_event,
)

S = BookingStatus
START = datetime(2025, 10, 25, 14, tzinfo=UTC)
STUDENT, TUTOR = 42, 50
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)


def a_step(
    kind: type[BookingEvent], status: S, before: S | None = S.CONFIRMED, version: int = 2
) -> BookingEvent:
    return kind(a_booking_state(status=status, version=version), before)


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        (a_step(BookingRequested, S.PENDING, None, 1), "booking_requested"),
        (a_step(BookingRequested, S.PENDING, S.HELD), "booking_requested"),
        (a_step(BookingConfirmed, S.CONFIRMED, None, 1), "booking_confirmed"),
        (a_step(BookingConfirmed, S.CONFIRMED, S.HELD), "booking_confirmed"),
        (a_step(BookingConfirmed, S.CONFIRMED, S.PENDING), "booking_confirmed"),
        (a_step(BookingDeclined, S.DECLINED, S.PENDING), "booking_declined"),
        (a_step(BookingCancelled, S.CANCELLED_BY_STUDENT), "booking_cancelled"),
        (a_step(BookingCancelled, S.CANCELLED_BY_TUTOR, S.PENDING), "booking_cancelled"),
        (a_step(BookingRescheduled, S.CONFIRMED), "booking_rescheduled"),
        (a_step(BookingRescheduled, S.PENDING, S.PENDING), "booking_rescheduled"),
        (a_step(BookingCompleted, S.COMPLETED), "booking_completed"),
        (a_step(BookingNoShow, S.NO_SHOW_TUTOR), "booking_no_show"),
        (a_step(BookingExpired, S.EXPIRED, S.PENDING), "booking_expired"),
    ],
)
def test_both_sides_are_told_of_a_step(event: BookingEvent, kind: str) -> None:
    told = [(note.account_id, note.counterpart_id, note.kind) for note in notes_of(event)]

    assert told == [(STUDENT, TUTOR, kind), (TUTOR, STUDENT, kind)]


@pytest.mark.parametrize(
    "event",
    [
        a_step(BookingHeld, S.HELD, None, 1),
        a_step(BookingRescheduled, S.HELD, S.HELD),
        a_step(BookingCancelled, S.CANCELLED_BY_STUDENT, S.HELD),
        a_step(BookingExpired, S.EXPIRED, S.HELD),
    ],
)
def test_nobody_is_told_of_a_hold(event: BookingEvent) -> None:
    assert not list(notes_of(event))


@pytest.mark.parametrize("kind", BOOKING_STEPS)
def test_nobody_is_told_what_is_only_told_again(kind: type[BookingEvent]) -> None:
    assert not list(notes_of(a_step(kind, S.CONFIRMED, None)))


def test_every_step_but_a_hold_has_an_audience() -> None:
    assert set(BOOKING_STEPS) - set(TOLD) == {BookingHeld}


def test_each_step_of_a_booking_is_an_occasion_of_its_own() -> None:
    steps = [a_step(BookingRescheduled, S.CONFIRMED, version=version) for version in (2, 3)]
    occasions = {note.occasion for step in steps for note in notes_of(step)}

    assert len(occasions) == 2


def test_a_note_holds_what_the_event_said_besides() -> None:
    cancelled = BookingCancelled(a_booking_state(version=2), S.CONFIRMED, Role.TUTOR, Decimal("51.75"))
    moved = BookingRescheduled(a_booking_state(version=2), S.CONFIRMED, previous_start_at=START - HOUR)

    assert [(note.facts.cancelled_by, note.facts.refund_amount) for note in notes_of(cancelled)] == [
        (Role.TUTOR, Decimal("51.75"))
    ] * 2
    assert {note.facts.previous_start_at for note in notes_of(moved)} == {START - HOUR}


def test_a_review_is_told_to_the_tutor_and_a_reply_to_the_student() -> None:
    published = ReviewPublished(7, 100, 10, TUTOR, STUDENT, 5, 1)
    replied = ReviewReplied(7, 100, 10, TUTOR, STUDENT, 2)

    (of_review,), (of_reply,) = notes_of_review(published), notes_of_review(replied)
    assert (of_review.account_id, of_review.kind, of_review.facts.rating) == (TUTOR, "review_published", 5)
    assert (of_reply.account_id, of_reply.kind) == (STUDENT, "review_replied")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"reason": CreditReason.PURCHASED}, {STUDENT: "package_purchased", TUTOR: "package_purchased"}),
        ({"reason": CreditReason.PURCHASED, "status": PackageStatus.UNPAID}, {}),
        ({"reason": CreditReason.PAID}, {STUDENT: "package_purchased", TUTOR: "package_purchased"}),
        ({"reason": CreditReason.USED, "change": -1}, {}),
        ({"reason": CreditReason.RETURNED, "change": 1}, {}),
        ({"reason": CreditReason.EXPIRED, "change": -3}, {STUDENT: "package_expired"}),
        ({"reason": CreditReason.EXPIRED, "change": 0}, {}),
        ({"reason": CreditReason.CANCELLED, "change": -10}, {STUDENT: "package_cancelled"}),
        ({"reason": None}, {}),
    ],
)
def test_of_credits_is_told_what_no_booking_tells(changes: dict[str, object], told: dict[int, str]) -> None:
    notes = notes_of_package(a_package_event(CreditsChanged, **changes))

    assert {note.account_id: note.kind for note in notes} == told


def test_a_package_that_expires_is_told_once_to_its_student() -> None:
    notes = [*notes_of_package(a_package_event(PackageExpiring))] * 2

    assert {(note.account_id, note.kind) for note in notes} == {(STUDENT, "package_expiring")}
    assert len({note.occasion for note in notes}) == 1


def test_a_place_in_a_waitlist_is_told_to_who_has_it() -> None:
    told = [
        [
            (note.account_id, note.counterpart_id, note.kind)
            for note in notes_of_waitlist(a_waitlist_event(kind))
        ]
        for kind in (WaitlistOffered, WaitlistExpired, WaitlistAccepted)
    ]

    assert told == [[(STUDENT, TUTOR, "waitlist_offered")], [(STUDENT, TUTOR, "waitlist_expired")], []]


ACTIVE, PAUSED, CANCELLED = SeriesStatus.ACTIVE, SeriesStatus.PAUSED, SeriesStatus.CANCELLED


@pytest.mark.parametrize(
    ("before", "status", "by", "told"),
    [
        (ACTIVE, PAUSED, Role.STUDENT, {TUTOR: "series_paused"}),
        (ACTIVE, PAUSED, Role.TUTOR, {STUDENT: "series_paused"}),
        (PAUSED, ACTIVE, Role.TUTOR, {STUDENT: "series_resumed"}),
        (PAUSED, CANCELLED, Role.STUDENT, {TUTOR: "series_cancelled"}),
        (ACTIVE, CANCELLED, Role.ADMIN, {STUDENT: "series_cancelled", TUTOR: "series_cancelled"}),
        (ACTIVE, ACTIVE, Role.STUDENT, {}),  # cut short
        (None, ACTIVE, None, {}),  # agreed on, or told again
        (None, CANCELLED, None, {}),
        (ACTIVE, SeriesStatus.COMPLETED, None, {}),
    ],
)
def test_what_one_side_does_with_a_series_is_told_to_the_other(
    before: SeriesStatus | None, status: SeriesStatus, by: Role | None, told: dict[int, str]
) -> None:
    notes = notes_of_series(a_series_change(from_status=before, status=status, changed_by=by))

    assert {note.account_id: note.kind for note in notes} == told


def test_a_skipped_lesson_of_a_series_is_told_to_both() -> None:
    event = OccurrenceSkipped(30, 4, START, "Europe/London", 60, "slot_taken", STUDENT, 10, TUTOR)

    assert {note.account_id: note.kind for note in notes_of_occurrence(event)} == {
        STUDENT: "occurrence_skipped",
        TUTOR: "occurrence_skipped",
    }


@pytest.mark.parametrize(
    ("by", "students", "told"),
    [(Role.ADMIN, [], [50]), (Role.ADMIN, [42], []), (Role.TUTOR, [], []), (Role.TUTOR, [42], [])],
)
def test_a_session_that_an_admin_cancels_is_told_where_no_booking_tells_it(
    by: Role, students: list[int], told: list[int]
) -> None:
    cancelled = SessionCancelled(a_session_state(), cancelled_by=by, student_ids=students)
    assert [note.account_id for note in notes_of_session(cancelled)] == told
    assert list(notes_of_session(SessionChanged(a_session_state()))) == []


def test_a_calendar_that_can_not_be_read_is_told_to_its_tutor_alone() -> None:
    event = CalendarWentStale(7, 10, TUTOR, "Family", "not_found", version=3)

    [note] = notes_of_calendar(event)
    assert (note.account_id, note.counterpart_id, note.kind) == (TUTOR, TUTOR, "calendar_stale")
    [later] = notes_of_calendar(replace(event, version=5))
    assert later.occasion != note.occasion


# --- reminders ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "leads"),
    [
        (timedelta(days=3), [24, 1]),
        (24 * HOUR, [24, 1]),
        (24 * HOUR - SECOND, [1]),
        (HOUR, [1]),
        (HOUR - SECOND, []),
        (-HOUR, []),
    ],
)
def test_what_is_confirmed_too_late_for_a_reminder_does_without_it(
    before: timedelta, leads: list[int]
) -> None:
    reminders = reminders_of(a_booking_state(), START - before)

    assert reminders == [Reminder(100, START, lead * HOUR) for lead in leads]


@pytest.mark.parametrize("status", set(S) - {S.CONFIRMED})
def test_only_confirmed_lessons_have_reminders(status: S) -> None:
    assert not reminders_of(a_booking_state(status=status), START - timedelta(days=3))


@pytest.mark.parametrize(
    ("lead", "before", "given"),
    [
        (24, 24 * HOUR, True),
        (24, 23 * HOUR, True),
        (24, HOUR + SECOND, True),
        (24, HOUR, False),  # the other one is due as well: one is enough
        (1, HOUR, True),
        (1, SECOND, True),
        (1, timedelta(), False),
        (1, -SECOND, False),
        (24, -SECOND, False),
    ],
)
def test_a_reminder_is_given_from_when_it_is_due_until_the_next_or_the_start(
    lead: int, before: timedelta, given: bool
) -> None:
    notes = list(notes_of_reminder(Reminder(100, START, lead * HOUR), a_booking_state(), START - before))

    assert [note.account_id for note in notes] == ([STUDENT, TUTOR] if given else [])
    assert all(note.kind is NotificationKind.LESSON_REMINDER for note in notes)


@pytest.mark.parametrize("status", set(S) - {S.CONFIRMED})
def test_a_lesson_that_does_not_take_place_never_reminds(status: S) -> None:
    assert not list(
        notes_of_reminder(Reminder(100, START, HOUR), a_booking_state(status=status), START - HOUR)
    )


def test_a_lesson_that_was_moved_does_not_remind_of_its_old_start() -> None:
    moved = a_booking_state(start_at=START + timedelta(minutes=30))

    assert not list(notes_of_reminder(Reminder(100, START, HOUR), moved, START - HOUR))


def test_every_reminder_is_an_occasion_of_its_own() -> None:
    day = notes_of_reminder(Reminder(100, START, 24 * HOUR), a_booking_state(), START - 24 * HOUR)
    hour = notes_of_reminder(Reminder(100, START, HOUR), a_booking_state(), START - HOUR)
    later = a_booking_state(start_at=START + HOUR)
    moved = notes_of_reminder(Reminder(100, START + HOUR, HOUR), later, START)

    assert len({note.occasion for notes in (day, hour, moved) for note in notes}) == 3


@given(st.integers(-7200, 100_000))
def test_at_any_time_at_most_one_reminder_fits(seconds_before: int) -> None:
    now = START - timedelta(seconds=seconds_before)
    fitting = [
        lead for lead in LEADS if list(notes_of_reminder(Reminder(100, START, lead), a_booking_state(), now))
    ]

    assert fitting == ([lead] if (lead := lead_at(START, now)) else [])
    assert bool(fitting) is (0 < seconds_before <= 24 * 3600)


# --- trying again -----------------------------------------------------------------------------------


def test_a_letter_is_tried_six_times_with_growing_pauses() -> None:
    pauses = [next_try(tries, START) for tries in range(1, TRIES + 1)]

    assert pauses == [*(START + timedelta(seconds=seconds) for seconds in (1, 10, 60, 600, 3600)), None]
    assert len(PAUSES) == 5
