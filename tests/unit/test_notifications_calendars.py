"""What a calendar program reads: every entry, whole, whatever people are called; and nothing besides."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar, Event

from contracts.booking import BookingState, BookingStatus, SessionStatus
from contracts.formats import LOCALES
from services.notifications.calendars import (
    KnownBooking,
    KnownSession,
    booking_entry,
    feed,
    file,
    period,
    session_entry,
    title_for_others,
    title_for_side,
)
from services.notifications.wording import language
from tests.builders import a_booking_state, a_session_state

S = BookingStatus
NOW = datetime(2025, 10, 21, 10, tzinfo=UTC)
HOST = "lessons.example"
ENGLISH = language("en")
LONGEST_LINE = 75  # octets, by RFC 5545

HOSTILE = [
    "Jane\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:forged",
    "Jane\nBEGIN:VALARM\nACTION:EMAIL",
    "Jane\rATTENDEE:mailto:eve@example.com",
    'Smith, Jane; née \\ Doe: "x"',
    "\\n\\,\\;",
    "👩‍🏫 " * 40,
    "BEGIN:VEVENT",
    "Zoë\u2028Smith\u0085",
]


def known(**changes: object) -> KnownBooking:
    return KnownBooking(a_booking_state(**changes), NOW)


def event_of(content: str) -> Event:
    """The one event of a calendar that is read as any program would."""
    (event,) = Calendar.from_ical(content).events
    return event


def in_file(title: str = "Mathematics with Jane Smith", **changes: object) -> Event:
    return event_of(file(booking_entry(known(**changes), title), HOST))


def lines(content: str) -> list[bytes]:
    return content.encode().removesuffix(b"\r\n").split(b"\r\n")


# --- bookings ---------------------------------------------------------------------------------------


def test_a_booking_is_an_event_at_its_instants() -> None:
    event = in_file(version=3)

    assert event["UID"] == "booking-100@lessons.example"
    assert event["SEQUENCE"] == 3
    assert event["SUMMARY"] == "Mathematics with Jane Smith"
    assert (event.start, event.end) == (
        datetime(2025, 10, 25, 14, tzinfo=UTC),
        datetime(2025, 10, 25, 15, tzinfo=UTC),
    )
    assert event["DTSTART"].to_ical() == b"20251025T140000Z"
    assert event["DTSTAMP"].dt == NOW


@pytest.mark.parametrize(
    ("statuses", "said"),
    [
        ((S.HELD, S.PENDING), "TENTATIVE"),
        ((S.CONFIRMED, S.COMPLETED, S.NO_SHOW_STUDENT, S.NO_SHOW_TUTOR), "CONFIRMED"),
        ((S.CANCELLED_BY_STUDENT, S.CANCELLED_BY_TUTOR, S.CANCELLED_BY_ADMIN), "CANCELLED"),
        ((S.DECLINED, S.EXPIRED), "CANCELLED"),
    ],
)
def test_an_event_says_whether_it_happens(statuses: tuple[S, ...], said: str) -> None:
    assert {in_file(status=status)["STATUS"] for status in statuses} == {said}


@pytest.mark.parametrize("status", S)
def test_only_what_is_confirmed_says_how_to_join(status: S) -> None:
    event = in_file(status=status)

    assert ("LOCATION" in event, "URL" in event) == (status is S.CONFIRMED,) * 2


def test_who_does_not_take_part_is_not_told_how_to_join() -> None:
    content = file(booking_entry(known(), "Mathematics", may_join=False), HOST)

    assert "meet.example" not in content


@pytest.mark.parametrize(
    ("locale", "side", "others"),
    [
        ("en", "Mathematics with Jane", "Mathematics: John with Jane"),
        ("de", "Mathematics mit Jane", "Mathematics: John bei Jane"),
    ],
)
def test_a_booking_is_called_by_whom_it_is_with(locale: str, side: str, others: str) -> None:
    booking, tongue = a_booking_state(), language(locale)

    assert title_for_side(booking, "Jane", tongue) == side
    assert title_for_others(booking, "John", "Jane", tongue) == others


def test_a_booking_without_a_subject_has_a_title_too() -> None:
    booking = a_booking_state(subject_name=None)

    assert title_for_side(booking, "Jane", ENGLISH) == "Lesson with Jane"
    assert title_for_others(booking, "John", "Jane", ENGLISH) == "John with Jane"


# --- sessions ---------------------------------------------------------------------------------------


def test_a_session_is_one_event_however_many_seats_are_taken() -> None:
    session = a_session_state(seats_taken=3, version=4)
    event = event_of(
        file(session_entry(KnownSession(session, NOW, "https://zoom.example/j/8"), ENGLISH), HOST)
    )

    assert (event["UID"], event["SEQUENCE"]) == ("session-90@lessons.example", 4)
    assert event["SUMMARY"] == "Calculus together (3 of 5 seats taken)"
    assert (event["STATUS"], event["URL"]) == ("CONFIRMED", "https://zoom.example/j/8")


def test_a_cancelled_session_says_so_and_not_how_to_join() -> None:
    session = a_session_state(status=SessionStatus.CANCELLED)
    entry = session_entry(KnownSession(session, NOW, "https://zoom.example/j/8"), ENGLISH)

    assert (entry.status, entry.join_url) == ("CANCELLED", None)


# --- calendars --------------------------------------------------------------------------------------


def test_a_feed_says_what_it_is_and_when_to_look_again() -> None:
    calendar = Calendar.from_ical(feed([], "Lessons", HOST))

    assert (calendar["VERSION"], str(calendar["X-WR-CALNAME"])) == ("2.0", "Lessons")
    assert "REFRESH-INTERVAL;VALUE=DURATION:PT1H" in feed([], "Lessons", HOST)
    assert "X-PUBLISHED-TTL:PT1H" in feed([], "Lessons", HOST)
    assert "METHOD" not in calendar
    assert calendar.events == []


def test_a_feed_holds_every_entry_and_is_the_same_to_the_byte_until_one_changes() -> None:
    entries = [booking_entry(known(id=number), f"Lesson {number}") for number in range(1, 4)]
    before = feed(entries, "Lessons", HOST)

    assert [event["UID"] for event in Calendar.from_ical(before).events] == [
        f"booking-{number}@lessons.example" for number in range(1, 4)
    ]
    assert feed(entries, "Lessons", HOST) == before
    assert feed([replace(entries[0], sequence=2), *entries[1:]], "Lessons", HOST) != before


def test_a_feed_looks_thirty_days_back_and_a_hundred_and_eighty_ahead() -> None:
    since, until = period(NOW)

    assert (NOW - since, until - NOW) == (timedelta(days=30), timedelta(days=180))


# --- whatever people are called -----------------------------------------------------------------------


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("locale", LOCALES)
def test_no_name_adds_a_line_of_its_own(name: str, locale: str) -> None:
    content = written_of(a_booking_state(subject_name=name), name, locale)

    event = event_of(content)
    assert event["UID"] == "booking-100@lessons.example"
    assert set(event) == {
        *("UID", "SEQUENCE", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "STATUS", "LOCATION", "URL")
    }
    assert event.subcomponents == []


@pytest.mark.parametrize("name", HOSTILE[3:7])
def test_a_name_on_one_line_is_read_as_it_was_written(name: str) -> None:
    event = event_of(file(booking_entry(known(), name), HOST))

    assert str(event["SUMMARY"]) == name


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
def test_whatever_a_name_is_the_calendar_stays_whole(name: str) -> None:
    content = feed([booking_entry(known(), name)] * 2, name, HOST)

    assert len(Calendar.from_ical(content).events) == 2
    assert content.count("BEGIN:VEVENT\r\n") == content.count("\r\nUID:") == 2
    assert max(map(len, lines(content))) <= LONGEST_LINE
    assert not any(b"\r" in line or b"\n" in line for line in lines(content))


def written_of(booking: BookingState, name: str, locale: str) -> str:
    tongue = language(locale)
    entry = booking_entry(KnownBooking(booking, NOW), title_for_side(booking, name, tongue))
    return file(entry, HOST)
