"""Calendars kept elsewhere, over HTTP: an appointment there is no lesson here."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from tests.calendars import Elsewhere, a_calendar, a_calendar_elsewhere, an_event
from tests.end_to_end.people import Json, Person, Tutor, a_student, a_tutor, done, refused
from tests.end_to_end.world import World
from tests.strangers import silent
from tests.waiting import eventually

HOUR = timedelta(hours=1)
CALENDARS = "/api/tutor/calendars"


@pytest.fixture(scope="module")
def standing(world: World) -> Tutor:
    """A tutor who changes nothing."""
    return a_tutor(world)


@pytest.fixture
def tutor(world: World) -> Tutor:
    return a_tutor(world, requires_approval_for_one_on_one=False)


@pytest.fixture
def start(tutor: Tutor) -> datetime:
    """A start that can be booked."""
    return tutor.starts()[4]


@pytest.fixture
def elsewhere(start: datetime) -> Iterator[Elsewhere]:
    """A calendar in which somebody is busy at that time."""
    with a_calendar_elsewhere(an_event(start, start + HOUR)) as made:
        yield made


def read(tutor: Person, calendar: Json) -> Json:
    """The calendar, once it was read, and what follows from it is known."""
    path = f"{CALENDARS}/{calendar['id']}"
    eventually(lambda: not done(tutor.get(path))["being_read"], within=20)
    tutor.world.settle()
    found: Json = done(tutor.get(path))
    return found


def test_an_appointment_elsewhere_takes_the_slot_until_the_calendar_is_removed(
    world: World, tutor: Tutor, start: datetime, elsewhere: Elsewhere
) -> None:
    student = a_student(world)
    before = tutor.starts()
    response = tutor.post(CALENDARS, {"url": elsewhere.url, "name": "Family"})
    added = done(response, 201)
    assert response.headers["Location"].endswith(f"{CALENDARS}/{added['id']}")
    current = read(tutor, added)
    assert (current["status"], current["url"], current["last_error"]) == ("current", elsewhere.url, None)
    overlapping = {each for each in before if start - HOUR < each < start + HOUR}
    assert set(before) - set(tutor.starts()) == overlapping
    problem = refused(student.ask_for(tutor, start), 409, "not_open")
    assert len(problem["alternatives"]) > 0
    student.book(tutor, start - HOUR)
    done(tutor.delete(f"{CALENDARS}/{added['id']}"), 204)
    world.settle()
    student.book(tutor, start)
    assert done(tutor.get(CALENDARS))["total"] == 0


def test_a_calendar_that_can_not_be_read_is_told_and_refreshed_it_is_current(
    world: World, tutor: Tutor, start: datetime, elsewhere: Elsewhere
) -> None:
    calendar = read(tutor, done(tutor.post(CALENDARS, {"url": elsewhere.url, "name": "Family"}), 201))
    elsewhere.content = b"<title>Log in</title>"
    for _ in range(2):
        refreshed = done(tutor.post(f"{CALENDARS}/{calendar['id']}/refresh"), 202)
        assert refreshed["being_read"]
        world.pass_time(minutes=1)
        stale = read(tutor, calendar)
    assert stale["status"] == "stale"
    assert "no calendar" in stale["last_error"]
    assert tutor.kinds().count("calendar_stale") == 1
    assert start not in tutor.starts()
    elsewhere.content = a_calendar()
    done(tutor.post(f"{CALENDARS}/{calendar['id']}/refresh"), 202)
    world.pass_time(minutes=1)
    assert read(tutor, calendar)["status"] == "current"
    assert start in tutor.starts()


def test_two_replicas_read_a_calendar_once(world: World, tutor: Tutor, elsewhere: Elsewhere) -> None:
    elsewhere.instead = silent(2)
    with world.another("scheduling"):
        added = done(tutor.post(CALENDARS, {"url": elsewhere.url, "name": "Family"}), 201)
        assert read(tutor, added)["status"] == "stale"
    assert len(elsewhere.asked) == 1


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        ({"url": "https://10.0.0.1/a.ics", "name": "Family"}, "address_not_allowed", "/url"),
        ({"url": "webcal://169.254.169.254/a.ics", "name": "Family"}, "address_not_allowed", "/url"),
        ({"url": "ftp://93.184.215.14/a.ics", "name": "Family"}, "invalid", "/url"),
        ({"url": "https://user:word@93.184.215.14/a.ics", "name": "Family"}, "invalid", "/url"),
        ({"url": "https://93.184.215.14/a.ics", "name": ""}, "invalid", "/name"),
        ({"url": "https://93.184.215.14/a.ics"}, "invalid", "/name"),
    ],
)
def test_what_is_wrong_with_an_address_is_pointed_at(
    standing: Tutor, body: Json, code: str, pointer: str
) -> None:
    problem = refused(standing.post(CALENDARS, body), 422, code)
    assert [error["pointer"] for error in problem["errors"]] == [pointer]


def test_an_address_as_calendars_write_theirs_is_https(standing: Tutor) -> None:
    asked = {"url": "webcal://calendar.example/family.ics", "name": "Family"}
    added = done(standing.post(CALENDARS, asked), 201)
    assert added["url"] == "https://calendar.example/family.ics"
    done(standing.delete(f"{CALENDARS}/{added['id']}"), 204)
