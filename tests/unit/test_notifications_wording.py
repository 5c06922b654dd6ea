"""Notifications in words: times in every zone, lessons as each side sees them, both languages complete."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from contracts.booking import (
    BookingCompleted,
    BookingConfirmed,
    BookingDeclined,
    BookingEvent,
    BookingExpired,
    BookingNoShow,
    BookingRequested,
    CreditReason,
    PackageExpiring,
    SessionCancelled,
)
from contracts.catalog import Role
from contracts.formats import LOCALES
from contracts.notifications import NotificationKind
from contracts.reviews import ReviewPublished, ReviewReplied
from services.notifications import moments
from services.notifications.audience import (
    TOLD,
    TOLD_OF_CREDITS,
    TOLD_OF_SERIES,
    note_of_lesson,
    note_of_pause,
    notes_of,
    notes_of_calendar,
    notes_of_occurrence,
    notes_of_package,
    notes_of_payment,
    notes_of_review,
    notes_of_series,
    notes_of_session,
    notes_of_waitlist,
)
from services.notifications.domain import BOTH, Note, Side
from services.notifications.rendering import in_words
from services.notifications.webhooks import Pause
from services.notifications.wording import language
from tests.builders import a_booking_state, a_package_event, a_series_change, a_session_state, a_webhook
from tests.happenings import (
    JANE,
    JOHN,
    STUDENT,
    TUTOR,
    S,
    bought,
    cancelled,
    moved,
    no_show,
    note_to,
    skipped,
    to_pay,
    unread,
    utc,
    waited,
)

# --- times ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "zone", "locale", "text"),
    [
        ("10-25 14:00", "Europe/London", "en", "Saturday, 25 October 2025, 15:00–16:00 (zone, BST)"),
        ("10-25 14:00", "Europe/Berlin", "de", "Samstag, 25. Oktober 2025, 16:00–17:00 Uhr (zone, CEST)"),
        ("10-26 14:00", "Europe/London", "en", "Sunday, 26 October 2025, 14:00–15:00 (zone, GMT)"),
        ("10-25 14:00", "America/New_York", "en", "Saturday, 25 October 2025, 10:00–11:00 (zone, EDT)"),
        ("10-25 14:00", "Asia/Kathmandu", "en", "Saturday, 25 October 2025, 19:45–20:45 (zone, UTC+05:45)"),
        ("10-25 14:00", "Pacific/Apia", "en", "Sunday, 26 October 2025, 03:00–04:00 (zone, UTC+13:00)"),
        ("10-25 14:00", "UTC", "en", "Saturday, 25 October 2025, 14:00–15:00 (zone, UTC)"),
    ],
)
def test_a_period_is_told_in_the_readers_zone_and_language(
    start: str, zone: str, locale: str, text: str
) -> None:
    begin = utc(f"2025-{start}")

    told = moments.period(begin, begin + timedelta(hours=1), zone, language(locale).formats)
    assert told == text.replace("zone", zone)


def test_an_hour_that_the_clocks_repeat_names_both_times() -> None:
    told = moments.period(
        utc("2025-10-26T00:30"), utc("2025-10-26T01:30"), "Europe/London", language("en").formats
    )

    assert told == "Sunday, 26 October 2025, 01:30 BST – Sunday, 26 October 2025, 01:30 GMT (Europe/London)"


def test_an_hour_that_the_clocks_leave_out_names_both_times() -> None:
    told = moments.period(
        utc("2025-03-30T00:30"), utc("2025-03-30T01:30"), "Europe/Berlin", language("de").formats
    )

    assert (
        told
        == "Sonntag, 30. März 2025, 01:30 Uhr CET – Sonntag, 30. März 2025, 03:30 Uhr CEST (Europe/Berlin)"
    )


def test_a_lesson_across_midnight_names_both_days() -> None:
    text = moments.period(
        utc("2025-06-30T22:30"), utc("2025-06-30T23:30"), "Europe/London", language("en").formats
    )

    assert text == "Monday, 30 June 2025, 23:30 BST – Tuesday, 1 July 2025, 00:30 BST (Europe/London)"


def test_half_an_hour_of_summer_time_is_seen() -> None:
    text = moments.moment(utc("2025-10-04T15:30"), "Australia/Lord_Howe", language("en").formats)

    assert text == "Sunday, 5 October 2025, 02:30 (Australia/Lord_Howe, UTC+11:00)"


# --- words ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("side", "event", "title", "body"),
    [
        (
            STUDENT,
            cancelled(Role.STUDENT, "51.75"),
            "You cancelled your lesson with Jane",
            "You get €51.75 back.",
        ),
        (STUDENT, cancelled(Role.STUDENT), "You cancelled your lesson with Jane", "There is no refund."),
        (STUDENT, cancelled(Role.TUTOR, "51.75"), "Jane cancelled your lesson", "You get €51.75 back."),
        (STUDENT, cancelled(Role.ADMIN), "Your lesson with Jane was cancelled", "The platform cancelled"),
        (TUTOR, cancelled(Role.STUDENT), "John cancelled the lesson", "The time is free again."),
        (TUTOR, cancelled(Role.TUTOR), "You cancelled your lesson with John", "The time is free again."),
        (
            STUDENT,
            moved(),
            "Your lesson with Jane was moved",
            "from Saturday, 25 October 2025, 15:00 (Europe",
        ),
        (
            STUDENT,
            moved(),
            "Your lesson with Jane was moved",
            "to Sunday, 26 October 2025, 14:00–15:00 (Europe",
        ),
        (STUDENT, moved(S.PENDING), "Your lesson with Jane was moved", "Jane has yet to accept it."),
        (TUTOR, moved(S.PENDING), "John moved the lesson", "Please accept or decline it."),
        (STUDENT, no_show(S.NO_SHOW_STUDENT), "You missed your lesson with Jane", "There is no refund."),
        (STUDENT, no_show(S.NO_SHOW_TUTOR), "Jane missed your lesson", "You get back all that you paid."),
        (TUTOR, no_show(S.NO_SHOW_STUDENT), "John missed the lesson", "You are paid for it."),
        (TUTOR, no_show(S.NO_SHOW_TUTOR), "You missed your lesson with John", "It is refunded in full."),
        (STUDENT, BookingCompleted(a_booking_state()), "How was your lesson with Jane?", "invited to review"),
    ],
)
def test_each_side_reads_what_it_means_for_it(side: Side, event: BookingEvent, title: str, body: str) -> None:
    words = in_words(note_to(side, event), JOHN, "Jane" if side is STUDENT else "John")

    assert words.title == title
    assert body in words.body


def test_the_same_note_is_put_into_the_language_that_its_reader_has_now() -> None:
    note = note_to(TUTOR, cancelled(Role.STUDENT))

    assert in_words(note, JANE, "John Doe").title == "John Doe hat den Unterricht abgesagt"
    assert (
        in_words(replace(note), replace(JANE, locale="en"), "John Doe").title
        == "John Doe cancelled the lesson"
    )


def test_every_language_has_words_for_everything_that_is_told() -> None:
    tables = (*TOLD.values(), *TOLD_OF_CREDITS.values())
    told = {(kind, side) for kind, sides in tables for side in sides}
    told |= {(kind, side) for kind in TOLD_OF_SERIES.values() for side in BOTH}
    told |= {(NotificationKind.LESSON_REMINDER, side) for side in BOTH}
    told |= {(NotificationKind.WEBHOOK_PAUSED, Side.OWNER)}

    assert {kind for kind, _ in told} == set(NotificationKind)
    for locale in LOCALES:
        assert set(language(locale).wordings) == told
        assert set(language(locale).words) == set(language("en").words)


def every_note() -> list[Note]:
    status_of = {BookingRequested: S.PENDING, BookingDeclined: S.DECLINED, BookingExpired: S.EXPIRED}
    kinds = (BookingRequested, BookingConfirmed, BookingDeclined, BookingCompleted, BookingExpired)
    events: list[BookingEvent] = [
        kind(a_booking_state(status=status_of.get(kind, S.CONFIRMED))) for kind in kinds
    ]
    events += [moved(), *(cancelled(role) for role in Role)]
    events += [
        BookingNoShow(a_booking_state(status=status)) for status in (S.NO_SHOW_STUDENT, S.NO_SHOW_TUTOR)
    ]
    reviewed = (ReviewPublished(7, 100, 10, 50, 42, 5, 1), ReviewReplied(7, 100, 10, 50, 42, 2))
    reminders = [
        note_of_lesson(NotificationKind.LESSON_REMINDER, side, "soon", a_booking_state()) for side in BOTH
    ]
    return [
        *(note for event in events for note in notes_of(event)),
        *(note for event in reviewed for note in notes_of_review(event)),
        *(note for reason in CreditReason for note in notes_of_package(bought(reason))),
        *notes_of_package(a_package_event(PackageExpiring)),
        *(note for event in waited() for note in notes_of_waitlist(event)),
        *(note for reason in ("slot_taken", "new_reason") for note in notes_of_occurrence(skipped(reason))),
        *(note for status in TOLD_OF_SERIES for note in notes_of_series(a_series_change(status=status))),
        *(note for reason in ("too_slow", "new_reason") for note in notes_of_calendar(unread(reason))),
        *notes_of_session(SessionCancelled(a_session_state())),
        *(note for event in to_pay() for note in notes_of_payment(event)),
        *(note_of_pause(a_webhook(paused_because=because)) for because in Pause),
        *reminders,
    ]


@pytest.mark.parametrize("locale", LOCALES)
def test_everything_can_be_said_on_one_line_each(locale: str) -> None:
    for note in every_note():
        words = in_words(note, replace(JOHN, locale=locale), "n" * 120)

        assert 0 < len(words.title) <= 200
        assert 0 < len(words.body) <= 2000
        assert "\n" not in words.title + words.body
        assert "  " not in words.body
        assert words.body.endswith(".")
