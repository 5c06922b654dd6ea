"""Notifications in words: times in every zone, both languages, mails that hold what they should."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html.parser import HTMLParser
from typing import Any

import pytest
from icalendar import Calendar
from marshmallow import ValidationError

from contracts.booking import (
    BookingCancelled,
    BookingCompleted,
    BookingConfirmed,
    BookingDeclined,
    BookingEvent,
    BookingExpired,
    BookingNoShow,
    BookingRequested,
    BookingRescheduled,
    BookingStatus,
    CreditReason,
    CreditsChanged,
    EntryStatus,
    OccurrenceSkipped,
    PackageExpiring,
    PaymentDue,
    SessionCancelled,
    SessionStatus,
    WaitlistEvent,
    WaitlistExpired,
    WaitlistOffered,
)
from contracts.catalog import Role
from contracts.formats import LOCALES
from contracts.message import dump, load
from contracts.notifications import NotificationKind
from contracts.reviews import ReviewPublished, ReviewReplied
from contracts.scheduling import CalendarWentStale
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
from services.notifications.domain import BOTH, Facts, Letter, Note, Notification, Reader, Side, Silenced
from services.notifications.rendering import Mail, Platform, as_mail, in_words
from services.notifications.senders import compose
from services.notifications.store.tables.schema import Kept
from services.notifications.webhooks import Pause
from services.notifications.wording import language
from tests.builders import (
    a_booking_state,
    a_package_event,
    a_series_change,
    a_session_state,
    a_waitlist_event,
    a_webhook,
)

S = BookingStatus
STUDENT, TUTOR = BOTH
NOW = datetime(2025, 10, 21, 10, tzinfo=UTC)
PLATFORM = Platform("no-reply@lessons.example", "https://lessons.example")
JOHN = Reader(42, "John Doe", "john@example.com", "Europe/London", "en")
JANE = Reader(50, "Jane Smith", "jane@example.com", "Europe/Berlin", "de")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def note_to(side: Side, event: BookingEvent) -> Note:
    return next(note for note in notes_of(event) if note.side is side)


def a_mail(
    event: BookingEvent, side: Side = STUDENT, reader: Reader = JOHN, counterpart: str = "Jane Smith"
) -> Mail:
    notification = Notification(7, note_to(side, event), NOW)
    return as_mail(Letter(1, notification, reader, counterpart, 1), PLATFORM)


def confirmed(**changes: object) -> BookingConfirmed:
    return BookingConfirmed(a_booking_state(**changes))


def cancelled(by: Role, refund: str = "0") -> BookingCancelled:
    state = a_booking_state(status=BookingStatus(f"CANCELLED_BY_{by.name}"), version=3)
    return BookingCancelled(state, S.CONFIRMED, by, Decimal(refund))


def no_show(status: S) -> BookingNoShow:
    return BookingNoShow(a_booking_state(status=status))


def moved(status: S = S.CONFIRMED) -> BookingRescheduled:
    state = a_booking_state(start_at=utc("2025-10-26T14:00"), status=status, version=4)
    return BookingRescheduled(state, status, utc("2025-10-25T14:00"))


def bought(reason: CreditReason, count: int = 1) -> CreditsChanged:
    left = 0 if reason in (CreditReason.EXPIRED, CreditReason.REFUNDED) else count
    return a_package_event(CreditsChanged, change=-count, credits_left=left, reason=reason)


def unread(reason: str, **changes: Any) -> CalendarWentStale:
    return CalendarWentStale(7, 10, 50, "Family", reason, 3, **changes)


def skipped(reason: str) -> OccurrenceSkipped:
    return OccurrenceSkipped(30, 4, utc("2025-10-25T14:00"), "Europe/London", 60, reason, 42, 10, 50)


def waited() -> list[WaitlistEvent]:
    cancelled_session = a_session_state(status=SessionStatus.CANCELLED)
    return [
        a_waitlist_event(WaitlistOffered),
        a_waitlist_event(WaitlistExpired, from_status=EntryStatus.OFFERED),
        a_waitlist_event(WaitlistExpired),
        a_waitlist_event(WaitlistExpired, session=cancelled_session),
    ]


def to_pay() -> list[PaymentDue]:
    """For a lesson, and for a package."""
    due = PaymentDue(1, 42, 50, Decimal("51.75"), "EUR", utc("2025-10-24T14:00"), 2)
    return [
        replace(due, booking=a_booking_state()),
        replace(due, package_id=60, package_name="Ten lessons"),
    ]


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
