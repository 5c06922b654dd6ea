"""What is said of packages, waitlists, series, calendars, payments and webhooks, and no secret with it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from marshmallow import ValidationError

from contracts.booking import BookingCancelled, CreditReason, CreditsChanged, PackageExpiring, WaitlistEvent
from contracts.catalog import Role
from contracts.message import dump, load
from contracts.scheduling import CalendarWentStale
from services.notifications.audience import (
    note_of_pause,
    notes_of_calendar,
    notes_of_occurrence,
    notes_of_package,
    notes_of_payment,
    notes_of_waitlist,
)
from services.notifications.domain import Facts, Silenced
from services.notifications.rendering import in_words
from services.notifications.store.tables.schema import Kept
from services.notifications.webhooks import Pause
from tests.builders import a_booking_state, a_package_event, a_webhook
from tests.happenings import JANE, JOHN, S, a_mail, bought, confirmed, skipped, to_pay, unread, utc, waited


@pytest.mark.parametrize(
    ("event", "title", "body"),
    [
        (bought(CreditReason.PURCHASED), "You bought Ten lessons from Jane", "You have 1 credit for"),
        (bought(CreditReason.PAID, 10), "You bought Ten lessons from Jane", "You have 10 credits for"),
        (bought(CreditReason.EXPIRED, 3), "Ten lessons has expired", "3 credits for lessons with Jane were"),
        (bought(CreditReason.EXPIRED), "Ten lessons has expired", "1 credit for lessons with Jane was"),
        (bought(CreditReason.REFUNDED, 2), "Ten lessons was cancelled", "for the 2 credits that were left."),
        (bought(CreditReason.CANCELLED), "Your purchase of Ten lessons was cancelled", "was not paid"),
        (
            a_package_event(PackageExpiring, credits_left=2),
            "Ten lessons expires soon",
            "expires on Wednesday, 31 December 2025, 12:00 (Europe/London, GMT)",
        ),
    ],
)
def test_a_package_is_told_with_its_credits_and_their_end(
    event: CreditsChanged | PackageExpiring, title: str, body: str
) -> None:
    words = in_words(next(notes_of_package(event)), JOHN, "Jane")

    assert words.title == title
    assert body in words.body


@pytest.mark.parametrize(
    ("event", "title", "body"),
    list(
        zip(
            waited(),
            [
                "A seat is free: Calculus together, 25 October 2025, 15:00",
                "Your seat is no longer held: Calculus together",
                "No seat became free: Calculus together",
                "Calculus together was cancelled",
            ],
            [
                "is held for you until Tuesday, 21 October 2025, 13:00 (Europe/London, BST).",
                "in time.",
                "became free before the start.",
                "does not take place.",
            ],
            strict=True,
        )
    ),
)
def test_who_waits_is_told_what_became_of_it(event: WaitlistEvent, title: str, body: str) -> None:
    words = in_words(next(notes_of_waitlist(event)), JOHN, "Jane")

    assert words.title == title
    assert body in words.body


def test_a_lesson_paid_with_a_credit_tells_of_the_credit_and_of_no_money() -> None:
    state = a_booking_state(status=S.CANCELLED_BY_TUTOR, version=3, package_id=7)
    back = BookingCancelled(state, S.CONFIRMED, Role.TUTOR, credit_returned=True)

    assert "Your credit is back in the package." in a_mail(back).text
    assert "Price" not in a_mail(confirmed(package_id=7)).text


def test_a_skipped_lesson_of_a_series_says_when_and_why() -> None:
    words = in_words(next(notes_of_occurrence(skipped("slot_taken"))), JOHN, "Jane")

    assert words.title == "Not booked: lesson with Jane, 25 October 2025, 15:00"
    assert "15:00–16:00 (Europe/London, BST); the time is taken." in words.body


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (unread("not_found"), "there is nothing at its address. It does not close any hours yet."),
        (unread("new_reason"), "could not be read: it can not be reached."),
        (
            unread("locked", last_read_at=utc("2025-10-01T12:00")),
            "What was last read of it still closes your",
        ),
    ],
)
def test_a_calendar_that_can_not_be_read_says_why_and_what_holds(event: CalendarWentStale, said: str) -> None:
    words = in_words(next(notes_of_calendar(event)), replace(JANE, locale="en"), "Jane Smith")

    assert words.title == "Your calendar Family can not be read"
    assert said in words.body


def test_who_has_to_pay_reads_how_much_for_what_and_until_when() -> None:
    (lesson, package) = (
        in_words(note, JOHN, "Jane") for event in to_pay() for note in notes_of_payment(event)
    )

    assert lesson.title == "Please pay €51.75 for your lesson with Jane"
    assert "on Saturday, 25 October 2025, 15:00–16:00 (Europe/London, BST) is not paid yet." in lesson.body
    assert "€51.75 until Friday, 24 October 2025, 15:00 (Europe/London, BST); then" in lesson.body
    assert package.title == "Please pay €51.75 for Ten lessons"
    assert "Ten lessons with Jane can be used once it is paid." in package.body


@pytest.mark.parametrize(
    ("because", "body"), [(Pause.GONE, "says that it is gone."), (Pause.KEPT_FAILING, "for five days.")]
)
def test_who_owns_a_webhook_reads_which_was_paused_and_why_but_no_secret_of_its_address(
    because: Pause, body: str
) -> None:
    webhook = a_webhook(url="https://hooks.example/t/53cr37?key=53cr37", paused_because=because)
    words = in_words(note_of_pause(webhook), JOHN, "John Doe")

    assert words.title == "Your webhook to hooks.example was paused"
    assert body in words.body
    assert "webhook 8 " in words.body
    assert "53cr37" not in words.title + words.body


def test_a_host_may_have_the_longest_name_there_is() -> None:
    host = ".".join(["a" * 63] * 3 + ["b" * 61])
    facts = note_of_pause(a_webhook(url=f"https://{host}/")).facts

    assert load(Facts, dump(facts)) == facts


def test_what_could_not_be_read_back_is_not_written() -> None:
    unreadable = Facts(42, 42, silenced=Silenced(8, "a" * 254, gone=True))

    with pytest.raises(ValidationError):
        Kept(Facts).process_bind_param(unreadable, None)
