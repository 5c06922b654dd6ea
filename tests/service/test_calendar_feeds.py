"""Calendars out: who finds what at a secret address while it is one, and in the file of a booking."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count

import pytest
from icalendar import Calendar, Event

from chassis.context import ANONYMOUS, Actor
from contracts.booking import (
    BookingCancelled,
    BookingConfirmed,
    BookingEvent,
    BookingExpired,
    BookingHeld,
    BookingRequested,
    BookingRescheduled,
    BookingState,
    BookingStatus,
    BookingType,
    SessionCancelled,
    SessionChanged,
    SessionState,
    SessionStatus,
)
from contracts.catalog import AccountErased, Role
from contracts.errors import Denied, NotFound
from contracts.notifications import (
    CreateCalendarFeed,
    GetBookingCalendar,
    ReadCalendarFeed,
    RemoveCalendarFeed,
)
from contracts.operations import ExportPerson
from tests.builders import a_booking_state, a_session_state, an_account_change
from tests.subject import Subject, TestClock
from tests.waiting import eventually

S = BookingStatus
ADMIN = Actor(1, "admin")
_numbers = count(1000)

Lesson = Callable[..., BookingState]


@pytest.fixture
def student(notifications: Subject) -> Actor:
    """John, who reads English."""
    return a_person(notifications, "student", "John Doe")


@pytest.fixture
def tutor(notifications: Subject) -> Actor:
    """Jane, who reads German."""
    return a_person(notifications, "tutor", "Jane Smith", locale="de")


def a_person(notifications: Subject, role: str, name: str, **details: object) -> Actor:
    number = next(_numbers)
    told = an_account_change(account_id=number, email=f"{role}{number}@example.com", name=name)
    notifications.hear(replace(told, role=Role(role), **details))
    return Actor(number, role, number + 1_000_000 if role == "tutor" else None)


@pytest.fixture
def a_lesson(clock: TestClock, student: Actor, tutor: Actor) -> Lesson:
    """Makes states of bookings of the two, each one's own unless an id is given, three days ahead."""
    people = {"student_id": student.id, "tutor_profile_id": tutor.profile_id, "tutor_account_id": tutor.id}

    def make(**changes: object) -> BookingState:
        return a_booking_state(
            **{"id": next(_numbers), "start_at": ahead(clock, days=3), **people, **changes}
        )

    return make


def ahead(clock: TestClock, **by: float) -> datetime:
    return (clock.now() + timedelta(**by)).replace(microsecond=0)


def an_address(notifications: Subject, of: Actor, key: str | None = None) -> str:
    """The token of a new feed."""
    url = notifications.ask(CreateCalendarFeed(), by=of, key=key).url
    return url.rpartition("/")[2].removesuffix(".ics")


def read(notifications: Subject, token: str) -> str:
    return notifications.ask(ReadCalendarFeed(token), by=ANONYMOUS).content


def events(content: str) -> list[Event]:
    return list(Calendar.from_ical(content).events)


def shown(notifications: Subject, token: str) -> dict[str, tuple[str, int, str]]:
    """Status, sequence and title of each event, by its name."""
    return {
        str(event["UID"]).partition("@")[0]: (
            str(event["STATUS"]),
            int(event["SEQUENCE"]),
            str(event["SUMMARY"]),
        )
        for event in events(read(notifications, token))
    }


# --- the address ----------------------------------------------------------------------------------------


def test_an_address_is_kept_as_a_digest_only(notifications: Subject, student: Actor) -> None:
    view = notifications.ask(CreateCalendarFeed(), by=student)
    token = view.url.rpartition("/")[2].removesuffix(".ics")

    assert view.url == f"{notifications.stack.url}/calendar/{token}.ics"
    assert len(token) == 43  # 256 bits
    (kept,) = notifications.sql("SELECT * FROM calendar_feeds WHERE account_id = :id", id=student.id)
    assert token not in str(kept)
    assert (len(kept.digest), kept.created_at) == (32, view.created_at)


def test_a_new_address_takes_the_place_of_the_former(notifications: Subject, student: Actor) -> None:
    former = an_address(notifications, student)
    present = an_address(notifications, student)

    assert read(notifications, present)
    with pytest.raises(NotFound):
        read(notifications, former)


def test_a_repeated_request_makes_one_address_and_tells_it_again(
    notifications: Subject, student: Actor
) -> None:
    first = an_address(notifications, student, key="k1")

    assert an_address(notifications, student, key="k1") == first
    assert read(notifications, first)


def test_a_revoked_address_leads_nowhere(notifications: Subject, student: Actor) -> None:
    token = an_address(notifications, student)

    notifications.ask(RemoveCalendarFeed(), by=student)
    notifications.ask(RemoveCalendarFeed(), by=student)

    for gone in (token, "invented"):
        with pytest.raises(NotFound):
            read(notifications, gone)


def test_an_export_says_that_there_is_an_address_and_since_when(
    notifications: Subject, student: Actor
) -> None:
    assert notifications.ask(ExportPerson(), by=student).held["calendar_feed"].items == []
    an_address(notifications, student)

    (row,) = notifications.ask(ExportPerson(), by=student).held["calendar_feed"].items
    assert list(row) == ["created_at"]


def test_the_address_of_an_erased_person_leads_nowhere(notifications: Subject, student: Actor) -> None:
    token = an_address(notifications, student)

    notifications.hear(AccountErased(student.id, 2))

    with pytest.raises(NotFound):
        read(notifications, token)


# --- what is read there -----------------------------------------------------------------------------------


def test_each_side_reads_the_booking_in_its_own_words(
    notifications: Subject, student: Actor, tutor: Actor, a_lesson: Lesson
) -> None:
    lesson = a_lesson()
    notifications.hear(BookingConfirmed(lesson))

    name = f"booking-{lesson.id}"
    assert shown(notifications, an_address(notifications, student)) == {
        name: ("CONFIRMED", 1, "Mathematics with Jane Smith")
    }
    assert shown(notifications, an_address(notifications, tutor)) == {
        name: ("CONFIRMED", 1, "Mathematics mit John Doe")
    }
    assert shown(notifications, an_address(notifications, ADMIN)) == {}


def test_what_is_mailed_and_what_is_read_is_one_event(
    notifications: Subject, student: Actor, a_lesson: Lesson
) -> None:
    lesson = a_lesson()
    notifications.hear(BookingConfirmed(lesson))

    (event,) = events(read(notifications, an_address(notifications, student)))
    eventually(lambda: mailed(notifications, student) == [(event["UID"], event["SEQUENCE"])])


def mailed(notifications: Subject, student: Actor) -> list[tuple[str, int]]:
    """UID and sequence of every invitation that was sent."""
    address = f"student{student.id}@example.com"
    mails = [mail for mail in notifications.stack.mails if mail["X-Envelope-To"] == address]
    found = [
        event for mail in mails for part in mail.iter_attachments() for event in events(part.get_content())
    ]
    return [(event["UID"], event["SEQUENCE"]) for event in found]


def test_a_step_makes_the_sequence_grow_and_an_older_one_changes_nothing(
    notifications: Subject, clock: TestClock, student: Actor, a_lesson: Lesson
) -> None:
    lesson, token = a_lesson(status=S.PENDING), an_address(notifications, student)
    name = f"booking-{lesson.id}"
    moved = replace(lesson, start_at=ahead(clock, days=5), end_at=ahead(clock, days=5, hours=1), version=3)

    def seen(event: BookingEvent) -> tuple[str, int]:
        notifications.hear(event)
        return shown(notifications, token)[name][:2]

    assert seen(BookingRequested(lesson)) == ("TENTATIVE", 1)
    assert seen(BookingRescheduled(moved, S.PENDING, lesson.start_at)) == ("TENTATIVE", 3)
    assert seen(BookingConfirmed(replace(lesson, status=S.CONFIRMED, version=2))) == ("TENTATIVE", 3)
    ended = replace(moved, status=S.CANCELLED_BY_STUDENT, version=4)
    assert seen(BookingCancelled(ended, S.CONFIRMED, Role.STUDENT)) == ("CANCELLED", 4)
    (event,) = events(read(notifications, token))
    assert event.start == moved.start_at


def test_an_address_has_what_is_not_long_ago_nor_far_ahead(
    notifications: Subject, clock: TestClock, student: Actor, a_lesson: Lesson
) -> None:
    token = an_address(notifications, student)
    in_days = {days: a_lesson(start_at=ahead(clock, days=days, hours=1)) for days in (-31, -30, 179, 181)}
    for lesson in in_days.values():
        notifications.hear(BookingConfirmed(lesson))

    assert list(shown(notifications, token)) == [f"booking-{in_days[days].id}" for days in (-30, 179)]
    clock.advance(days=3)
    assert list(shown(notifications, token)) == [f"booking-{in_days[days].id}" for days in (179, 181)]


def test_holds_are_in_no_calendar_but_what_becomes_of_them_is(
    notifications: Subject, student: Actor, a_lesson: Lesson
) -> None:
    token, given_up, kept = an_address(notifications, student), a_lesson(), a_lesson()
    for lesson in (given_up, kept):
        notifications.hear(BookingHeld(replace(lesson, status=S.HELD)))
    assert shown(notifications, token) == {}

    notifications.hear(BookingExpired(replace(given_up, status=S.EXPIRED, version=2), S.HELD))
    notifications.hear(BookingConfirmed(replace(kept, version=2), S.HELD))

    assert list(shown(notifications, token)) == [f"booking-{kept.id}"]


def test_only_who_may_join_reads_how(notifications: Subject, student: Actor, a_lesson: Lesson) -> None:
    asked, agreed = a_lesson(status=S.PENDING, join_url=None), a_lesson()
    notifications.hear(BookingRequested(asked))
    notifications.hear(BookingConfirmed(agreed))

    found = events(read(notifications, an_address(notifications, student)))
    assert [str(event.get("URL")) for event in found] == ["None", agreed.join_url]


def test_nothing_new_is_the_same_to_the_byte(
    notifications: Subject, clock: TestClock, student: Actor, a_lesson: Lesson
) -> None:
    notifications.hear(BookingConfirmed(a_lesson()))
    token = an_address(notifications, student)
    before = read(notifications, token)

    clock.advance(hours=2)

    assert read(notifications, token) == before


# --- sessions ---------------------------------------------------------------------------------------------


def test_a_session_is_one_event_for_its_tutor_and_a_booking_for_each_student(
    notifications: Subject, clock: TestClock, student: Actor, tutor: Actor, a_lesson: Lesson
) -> None:
    session = announced(notifications, clock, tutor)
    seats = [a_lesson(session_id=session.id, booking_type=BookingType.GROUP_SESSION) for _ in range(3)]
    for seat in seats:
        notifications.hear(BookingConfirmed(seat))
    notifications.hear(SessionChanged(replace(session, seats_taken=3, version=4)))

    (event,) = events(read(notifications, an_address(notifications, tutor)))
    assert str(event["UID"]).startswith(f"session-{session.id}@")
    assert str(event["SUMMARY"]) == "Calculus together (3 von 5 Plätzen belegt)"
    assert str(event["URL"]) == seats[0].join_url
    assert set(shown(notifications, an_address(notifications, student))) == {
        f"booking-{seat.id}" for seat in seats
    }


def test_a_session_that_is_called_off_says_so(notifications: Subject, clock: TestClock, tutor: Actor) -> None:
    session = announced(notifications, clock, tutor)

    notifications.hear(SessionCancelled(replace(session, status=SessionStatus.CANCELLED, version=2)))

    shown_to_tutor = shown(notifications, an_address(notifications, tutor))
    assert shown_to_tutor[f"session-{session.id}"][:2] == ("CANCELLED", 2)


def announced(notifications: Subject, clock: TestClock, tutor: Actor) -> SessionState:
    """A session of the tutor's, known to have been announced, with no seat taken."""
    at = {"start_at": ahead(clock, days=4), "end_at": ahead(clock, days=4, hours=1)}
    whose = {"id": next(_numbers), "tutor_account_id": tutor.id, "tutor_profile_id": tutor.profile_id}
    session = a_session_state(**at, **whose, seats_taken=0)
    notifications.hear(SessionChanged(session))
    return session


# --- one booking ------------------------------------------------------------------------------------------


def test_the_file_of_a_booking_is_for_its_two_sides_and_admins(
    notifications: Subject, student: Actor, tutor: Actor, a_lesson: Lesson
) -> None:
    lesson = a_lesson()
    notifications.hear(BookingConfirmed(lesson))

    def the_file(by: Actor) -> tuple[str, str, str]:
        view = notifications.ask(GetBookingCalendar(lesson.id), by=by)
        (event,) = events(view.content)
        return view.filename, str(event["SUMMARY"]), str(event.get("URL"))

    name = f"booking-{lesson.id}.ics"
    assert the_file(student) == (name, "Mathematics with Jane Smith", lesson.join_url)
    assert the_file(tutor) == (name, "Mathematics mit John Doe", lesson.join_url)
    assert the_file(ADMIN) == (name, "Mathematics: John Doe with Jane Smith", "None")
    with pytest.raises(Denied):
        the_file(Actor(next(_numbers), "student"))
    with pytest.raises(NotFound):
        notifications.ask(GetBookingCalendar(999_999), by=student)
