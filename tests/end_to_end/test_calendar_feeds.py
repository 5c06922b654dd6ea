"""Calendars out, over HTTP: an address for calendar programs, and bookings as files."""

from __future__ import annotations

import pytest
from icalendar import Calendar, Event
from requests import Response

from tests.end_to_end.groups import announced, seated
from tests.end_to_end.people import Anyone, Json, Person, Student, Tutor, a_student, a_tutor, done, refused
from tests.end_to_end.world import World


@pytest.fixture(scope="module")
def tutor(world: World) -> Tutor:
    return a_tutor(world)


@pytest.fixture
def student(world: World) -> Student:
    return a_student(world)


def address(person: Person) -> str:
    """The path of a new feed."""
    made: Json = done(person.post("/api/calendar-feed"), 201)
    assert made["url"].startswith(f"{person.world.url}/calendar/")
    return str(made["url"]).removeprefix(person.world.url)


def events(response: Response) -> dict[str, Event]:
    """By the name that begins the UID."""
    assert response.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert response.status_code == 200
    found = Calendar.from_ical(response.content).events
    return {str(event["UID"]).partition("@")[0]: event for event in found}


def test_a_calendar_program_follows_a_lesson(
    world: World, anyone: Anyone, tutor: Tutor, student: Student
) -> None:
    first, second = tutor.starts()[0], tutor.starts(first=4)[0]
    path = address(student)
    booking = student.book(tutor, first)
    name = f"booking-{booking['id']}"

    def read() -> tuple[str, int]:
        world.settle()
        event = events(anyone.get(path))[name]
        return str(event["STATUS"]), int(event["SEQUENCE"])

    assert read() == ("TENTATIVE", 1)
    confirmed = tutor.confirm(booking)
    assert read() == ("CONFIRMED", 2)
    done(student.move(booking, second))
    assert read() == ("CONFIRMED", 3)
    event = events(anyone.get(path))[name]
    assert (event.start, str(event["URL"])) == (second, confirmed["join_url"])
    assert tutor.name in str(event["SUMMARY"])
    student.cancel(booking)
    assert read() == ("CANCELLED", 4)
    assert "URL" not in events(anyone.get(path))[name]


def test_what_has_not_changed_is_not_sent_again(
    world: World, anyone: Anyone, tutor: Tutor, student: Student
) -> None:
    path = address(student)
    response = anyone.get(path)
    assert response.headers["Cache-Control"] == "no-store"
    tag = {"If-None-Match": response.headers["ETag"]}
    again = anyone.get(path, tag)
    assert (again.status_code, again.content) == (304, b"")
    student.book(tutor, tutor.starts()[1])
    world.settle()
    assert anyone.get(path, tag).status_code == 200


def test_an_address_is_good_until_it_is_replaced_or_revoked(anyone: Anyone, student: Student) -> None:
    former, present = address(student), address(student)
    assert anyone.get(present).status_code == 200
    problem = refused(anyone.get(former), 404, "not_found")
    assert problem["instance"] == "/calendar/{token}.ics"
    done(student.delete("/api/calendar-feed"), 204)
    done(student.delete("/api/calendar-feed"), 204)
    refused(anyone.get(present), 404, "not_found")
    assert former.encode() not in anyone.get(former).content


def test_a_tutor_reads_of_a_session_once(
    world: World, anyone: Anyone, tutor: Tutor, student: Student
) -> None:
    session = announced(tutor, tutor.starts(first=6)[0])
    seats = [seated(each, session) for each in (student, a_student(world))]
    world.settle()
    of_tutor, of_student = (events(anyone.get(address(each))) for each in (tutor, student))
    assert f"session-{session['id']}" in of_tutor
    assert not {f"booking-{seat['id']}" for seat in seats} & set(of_tutor)
    assert str(of_tutor[f"session-{session['id']}"]["SUMMARY"]).endswith("(2 of 5 seats taken)")
    assert list(of_student) == [f"booking-{seats[0]['id']}"]


def test_a_booking_is_a_file_for_who_may_see_it(
    world: World, admin: Person, tutor: Tutor, student: Student
) -> None:
    booking = student.book_confirmed(tutor, tutor.starts()[2])
    world.settle()
    path, name = f"/api/bookings/{booking['id']}.ics", f"booking-{booking['id']}"
    for person in (student, tutor, admin):
        response = person.get(path)
        assert list(events(response)) == [name]
        assert response.headers["Content-Disposition"] == f'attachment; filename="{name}.ics"'
    assert "URL" not in events(admin.get(path))[name]
    refused(a_student(world).get(path), 403, "denied")
    refused(Anyone(world).get(path), 401, "unauthenticated")
    refused(student.get("/api/bookings/999999999.ics"), 404, "not_found")
    refused(student.get("/api/bookings/abc.ics"), 404, "not_found")
    assert student.booking(booking["id"])["id"] == booking["id"]
