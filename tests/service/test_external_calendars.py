"""Calendars kept elsewhere, as they are really read: they close hours, go stale, and are read again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import count

import pytest

from chassis.context import ANONYMOUS, Actor
from contracts.catalog import AccountErased
from contracts.errors import AddressNotAllowed, Denied, NotFound, TooManyCalendars, Unauthenticated
from contracts.operations import ExportPerson
from contracts.scheduling import (
    AddCalendar,
    CalendarView,
    CalendarWentStale,
    GetCalendar,
    ListCalendars,
    OpenHoursChanged,
    RefreshCalendar,
    RemoveCalendar,
    ReplaceAvailability,
    WeeklyWindow,
)
from services.scheduling.calendars import MOST_CALENDARS
from tests.calendars import Elsewhere, a_calendar, a_calendar_elsewhere, an_event
from tests.strangers import answering, moved, silent
from tests.subject import Subject, TestClock
from tests.waiting import eventually

DAY = timedelta(days=1)
MORNINGS = [WeeklyWindow(weekday, "09:00", "12:00") for weekday in range(1, 8)]
OUT_OF_ORDER = answering(b"HTTP/1.1 500 Oh dear\r\nContent-Length: 0\r\n\r\n")
NOT_FOUND = answering(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
LOGIN = answering(b"HTTP/1.1 200 OK\r\n\r\n<title>Log in</title>")
EVERY_SECOND = answering(b"HTTP/1.1 200 OK\r\n\r\n" + a_calendar("RRULE:FREQ=SECONDLY"))
_numbers = count(1000)

Read = Callable[[CalendarView], CalendarView]
Open = Callable[[], list[str]]


@pytest.fixture
def tutor(scheduling: Subject) -> Actor:
    """A tutor who is open from 9 to 12 UTC on every day."""
    number = next(_numbers)
    actor = Actor(number, "tutor", number + 1_000_000)
    scheduling.ask(ReplaceAvailability("UTC", MORNINGS), by=actor)
    return actor


@pytest.fixture
def day(clock: TestClock) -> date:
    """A date to come."""
    return clock.now().date() + 5 * DAY


@pytest.fixture
def elsewhere(day: date) -> Iterator[Elsewhere]:
    """A calendar in which somebody is busy from 10 to 11 on the day."""
    with a_calendar_elsewhere(busy(day, "10:00", "11:00")) as made:
        yield made


@pytest.fixture
def calendar(scheduling: Subject, tutor: Actor, elsewhere: Elsewhere, read: Read) -> CalendarView:
    """The same as the tutor's, and read."""
    return read(scheduling.ask(AddCalendar(elsewhere.url, "Family"), by=tutor))


@pytest.fixture
def read(scheduling: Subject, tutor: Actor) -> Read:
    """Waits until a calendar was read, and shows it."""

    def wait(calendar: CalendarView) -> CalendarView:
        found = calendar

        def done() -> bool:
            nonlocal found
            found = scheduling.ask(GetCalendar(calendar.id), by=tutor)
            return not found.being_read

        eventually(done, within=20)
        return found

    return wait


@pytest.fixture
def refresh(scheduling: Subject, tutor: Actor, clock: TestClock, read: Read) -> Read:
    """Has a calendar read again, which happens within a minute, and shows it."""

    def ask(calendar: CalendarView) -> CalendarView:
        asked = scheduling.ask(RefreshCalendar(calendar.id), by=tutor)
        clock.advance(minutes=1)
        return read(asked)

    return ask


@pytest.fixture
def told(scheduling: Subject, tutor: Actor) -> Callable[[], list[OpenHoursChanged]]:
    """What was told of the tutor's open hours so far."""
    return lambda: scheduling.told(OpenHoursChanged, tutor_profile_id=tutor.profile_id)


@pytest.fixture
def is_open(told: Callable[[], list[OpenHoursChanged]], day: date) -> Open:
    """When the tutor is open on the day, as told last."""

    def on_the_day() -> list[str]:
        intervals = [each for each in told()[-1].intervals if each.start_at.date() == day]
        return [f"{each.start_at:%H:%M}-{each.end_at:%H:%M}" for each in intervals]

    return on_the_day


def busy(day: date, start: str, end: str, *lines: str) -> str:
    begin, finish = (datetime.combine(day, time.fromisoformat(each), UTC) for each in (start, end))
    return an_event(begin, finish, *lines)


# --- what is read ------------------------------------------------------------------------------------


def test_busy_times_close_hours_from_the_first_reading_on(
    scheduling: Subject, tutor: Actor, elsewhere: Elsewhere, read: Read, is_open: Open, day: date
) -> None:
    added = scheduling.ask(AddCalendar(elsewhere.url, "Family"), by=tutor)
    assert (added.status, added.being_read, added.last_read_at) == ("pending", True, None)
    current = read(added)
    assert (current.status, current.last_error) == ("current", None)
    assert current.last_read_at is not None
    assert is_open() == ["09:00-10:00", "11:00-12:00"]
    last = scheduling.told(OpenHoursChanged, tutor_profile_id=tutor.profile_id)[-1]
    grids = [each.grid for each in last.intervals if each.start_at.date() == day]
    assert grids == [[datetime.combine(day, time(9), UTC)]] * 2  # starts count from where they did


def test_a_calendar_is_read_again_every_15_minutes_and_what_has_changed_is_told(
    calendar: CalendarView,
    elsewhere: Elsewhere,
    told: Callable[[], list[OpenHoursChanged]],
    is_open: Open,
    day: date,
    clock: TestClock,
) -> None:
    before = len(told())
    clock.advance(minutes=14)
    assert len(elsewhere.asked) == 1
    clock.advance(minutes=2)
    eventually(lambda: len(elsewhere.asked) == 2, within=10)
    assert b"If-None-Match" in elsewhere.asked[1]
    elsewhere.content = a_calendar(busy(day, "11:00", "13:00", "SUMMARY:Moved"))
    clock.advance(minutes=16)
    eventually(lambda: is_open() == ["09:00-11:00"], within=10)
    assert len(told()) == before + 1
    clock.advance(hours=25)
    eventually(lambda: b"If-None-Match" not in elsewhere.asked[-1], within=10)


def test_a_refreshed_calendar_is_read_within_a_minute(
    scheduling: Subject,
    tutor: Actor,
    calendar: CalendarView,
    elsewhere: Elsewhere,
    read: Read,
    is_open: Open,
    day: date,
    clock: TestClock,
) -> None:
    elsewhere.content = a_calendar(busy(day, "09:00", "12:00", "TRANSP:TRANSPARENT"))
    refreshed = scheduling.ask(RefreshCalendar(calendar.id), by=tutor)
    assert (refreshed.status, refreshed.being_read) == ("current", True)
    clock.advance(seconds=50)
    assert scheduling.ask(GetCalendar(calendar.id), by=tutor).being_read
    assert len(elsewhere.asked) == 1
    clock.advance(seconds=10)
    assert read(refreshed).version > refreshed.version
    assert is_open() == ["09:00-12:00"]


def test_whole_days_are_others_in_another_zone(
    scheduling: Subject,
    tutor: Actor,
    calendar: CalendarView,
    elsewhere: Elsewhere,
    read: Read,
    refresh: Read,
    is_open: Open,
    day: date,
    clock: TestClock,
) -> None:
    elsewhere.content = a_calendar(f"DTSTART;VALUE=DATE:{day:%Y%m%d}")
    refresh(calendar)
    assert is_open() == []
    always = [WeeklyWindow(weekday, "00:00", "24:00") for weekday in range(1, 8)]
    scheduling.ask(ReplaceAvailability("Asia/Kolkata", always), by=tutor)
    clock.advance(minutes=1)
    read(calendar)
    assert [each[:5] for each in is_open()] == ["18:30"]


def test_two_calendars_close_what_either_does(
    scheduling: Subject, tutor: Actor, calendar: CalendarView, read: Read, is_open: Open, day: date
) -> None:
    with a_calendar_elsewhere(busy(day, "10:30", "11:30")) as work:
        second = read(scheduling.ask(AddCalendar(work.url, "Work"), by=tutor))
    assert is_open() == ["09:00-10:00", "11:30-12:00"]
    scheduling.ask(RemoveCalendar(calendar.id), by=tutor)
    assert is_open() == ["09:00-10:30", "11:30-12:00"]
    scheduling.ask(RemoveCalendar(second.id), by=tutor)
    assert is_open() == ["09:00-12:00"]
    with pytest.raises(NotFound):
        scheduling.ask(GetCalendar(second.id), by=tutor)


# --- what can not be read ----------------------------------------------------------------------------


def test_what_can_not_be_read_is_stale_told_once_and_holds_until_it_can(
    scheduling: Subject,
    tutor: Actor,
    calendar: CalendarView,
    elsewhere: Elsewhere,
    refresh: Read,
    is_open: Open,
) -> None:
    errors = []
    troubles = (OUT_OF_ORDER, NOT_FOUND, LOGIN, EVERY_SECOND, moved("https://10.0.0.1/"), moved("/again"))
    for instead in troubles:
        elsewhere.instead = instead
        stale = refresh(calendar)
        assert (stale.status, stale.last_read_at) == ("stale", calendar.last_read_at)
        errors.append(stale.last_error)
    assert errors == [
        "The host of the address has answered with an error.",
        "There is nothing at the address any more.",
        "What is at the address is no calendar in iCalendar format, or a damaged one.",
        "The calendar has more in it than can be looked through.",
        "The address leads into a private network.",
        "The address sends on to another, and that one again, too often.",
    ]
    assert is_open() == ["09:00-10:00", "11:00-12:00"]
    [told] = scheduling.told(CalendarWentStale, calendar_id=calendar.id)
    assert (told.account_id, told.name, told.reason) == (tutor.id, "Family", "out_of_order")
    elsewhere.instead = None
    current = refresh(calendar)
    assert (current.status, current.last_error) == ("current", None)
    elsewhere.instead = OUT_OF_ORDER
    refresh(calendar)
    assert len(scheduling.told(CalendarWentStale, calendar_id=calendar.id)) == 2


def test_what_was_never_read_closes_nothing(
    scheduling: Subject, tutor: Actor, elsewhere: Elsewhere, read: Read, is_open: Open
) -> None:
    elsewhere.content = b"<!doctype html>"
    stale = read(scheduling.ask(AddCalendar(elsewhere.url, "Family"), by=tutor))
    assert (stale.status, stale.last_read_at) == ("stale", None)
    assert is_open() == ["09:00-12:00"]


def test_a_process_that_ends_while_it_reads_leaves_the_reading_to_the_next(
    scheduling: Subject, tutor: Actor, elsewhere: Elsewhere, read: Read, is_open: Open
) -> None:
    elsewhere.instead = silent(5)
    added = scheduling.ask(AddCalendar(elsewhere.url, "Family"), by=tutor)
    eventually(lambda: len(elsewhere.asked) == 1)
    scheduling.stack.process("scheduling").kill()
    elsewhere.instead = None
    scheduling.stack.start("scheduling")
    assert scheduling.ask(GetCalendar(added.id), by=tutor).being_read
    scheduling.clock.advance(seconds=121)
    assert read(added).status == "current"
    assert is_open() == ["09:00-10:00", "11:00-12:00"]


# --- whose they are ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        *("https://10.0.0.1/a.ics", "https://169.254.169.254/latest", "http://93.184.215.14/a.ics"),
        *("https://2130706434/", "https://93.184.215.14:22/"),
    ],
)
def test_an_address_that_is_not_public_is_refused(scheduling: Subject, tutor: Actor, url: str) -> None:
    with pytest.raises(AddressNotAllowed) as refused:
        scheduling.ask(AddCalendar(url, "Family"), by=tutor)
    assert refused.value.errors[0]["pointer"] == "/url"
    assert scheduling.ask(ListCalendars(), by=tutor).total == 0


def test_a_calendar_is_its_tutors_own(scheduling: Subject, tutor: Actor, calendar: CalendarView) -> None:
    other, student = Actor(1, "tutor", 999), Actor(42, "student")
    assert scheduling.ask(ListCalendars(), by=tutor).items == [calendar]
    assert scheduling.ask(ListCalendars(), by=other).total == 0
    for request in (GetCalendar(calendar.id), RefreshCalendar(calendar.id), RemoveCalendar(calendar.id)):
        for somebody, refusal in ((other, Denied), (student, Denied), (ANONYMOUS, Unauthenticated)):
            with pytest.raises(refusal):
                scheduling.ask(request, by=somebody)
    with pytest.raises(NotFound):
        scheduling.ask(RefreshCalendar(10**9), by=tutor)


def test_there_is_room_for_only_so_many(scheduling: Subject, tutor: Actor) -> None:
    scheduling.sql(
        "INSERT INTO calendars"
        " (tutor_profile_id, account_id, name, url, due_at, status, conditions, version) "
        "SELECT :tutor, 1, 'One of many', '', now() + interval '1 minute', 'pending', '{}', 1 "
        "FROM generate_series(1, :most)",
        tutor=tutor.profile_id,
        most=MOST_CALENDARS,
    )
    with pytest.raises(TooManyCalendars):
        scheduling.ask(AddCalendar("https://93.184.215.14/a.ics", "Family"), by=tutor)


def test_an_address_is_kept_from_answers_that_are_kept_and_from_the_log(
    scheduling: Subject, tutor: Actor, elsewhere: Elsewhere, calendar: CalendarView
) -> None:
    elsewhere.instead = OUT_OF_ORDER
    scheduling.ask(RefreshCalendar(calendar.id), by=tutor, key="k-1")
    kept = b"".join(bytes(row.answer) for row in scheduling.sql("SELECT answer FROM commands"))
    assert b"secret-8d7c" not in kept
    assert "secret-8d7c" not in scheduling.stack.process("scheduling").output()


def test_of_an_erased_tutor_no_calendar_stays(
    scheduling: Subject, tutor: Actor, calendar: CalendarView, elsewhere: Elsewhere, refresh: Read
) -> None:
    elsewhere.instead = OUT_OF_ORDER
    refresh(calendar)
    held = scheduling.ask(ExportPerson(), by=tutor).held
    assert [row["url"] for row in held["calendars"].items] == [elsewhere.url]
    assert len(held["busy_times"].items) == 1
    scheduling.hear(AccountErased(tutor.id, 3, tutor.profile_id))
    held = scheduling.ask(ExportPerson(), by=tutor).held
    assert held["calendars"].items == held["busy_times"].items == []
    assert scheduling.told(CalendarWentStale, calendar_id=calendar.id) == []
