"""Courses with a price, a duration and terms of their own; and lists as each side sees them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.end_to_end.people import (
    Anyone,
    Json,
    Person,
    Student,
    Tutor,
    a_student,
    a_tutor,
    done,
    ledger_of,
    refused,
    start_of,
    the_admin,
    wanted,
)
from tests.end_to_end.world import World


def a_course(tutor: Tutor, **details: Any) -> Json:
    asked = {"subject_id": tutor.subject_id, "title": "From scratch", "duration_minutes": 50, **details}
    course: Json = done(tutor.post("/api/tutor/courses", asked), 201)
    tutor.world.settle()
    return course


def of_course(tutor: Tutor, course: Json, **changes: Any) -> Json:
    """What to ask for besides the start to get a lesson of the course."""
    return {
        "subject_id": None,
        "course_id": course["id"],
        "duration_minutes": course["duration_minutes"],
        **changes,
    }


def test_a_course_is_booked_at_its_own_price_and_duration(world: World, admin: Person) -> None:
    tutor, student = a_tutor(world, rate=40.0), a_student(world)
    course = a_course(tutor, price=30.0)
    start = tutor.starts(first=2, minutes=50, course_id=course["id"])[0]
    booking = student.book(tutor, start, **of_course(tutor, course))
    assert (booking["course_id"], booking["subject_id"]) == (course["id"], tutor.subject_id)
    assert (booking["duration_minutes"], booking["platform_fee"], booking["total_amount"]) == (50, 4.5, 34.5)
    assert ledger_of(admin, booking)[f"student:{student.id}"] == 34.5
    longer = tutor.starts(first=2, minutes=90, course_id=course["id"])[5]
    assert (
        student.book(tutor, longer, **of_course(tutor, course, duration_minutes=90))["total_amount"] == 62.1
    )
    refused(Anyone(world).get(slots_path(tutor), **asked_on(start, 50)), 400, "duration_not_offered")


def slots_path(tutor: Tutor) -> str:
    return f"/api/tutors/{tutor.profile_id}/slots"


def asked_on(start: Any, minutes: int) -> Json:
    return {"from": f"{start:%Y-%m-%d}", "to": f"{start:%Y-%m-%d}", "duration_minutes": minutes}


def test_terms_of_a_course_win_for_its_lessons_only_until_they_are_removed(world: World) -> None:
    tutor, student = a_tutor(world), a_student(world)
    course = a_course(tutor)
    own = {"requires_approval_for_one_on_one": False, "slot_step_minutes": 120}
    done(tutor.call("PUT", "/api/tutor/policy", params={"course_id": course["id"]}, json=own))
    world.settle()
    first, second, *_ = tutor.starts(first=2, minutes=50, course_id=course["id"])
    assert second - first == timedelta(hours=2)
    assert student.book(tutor, first, **of_course(tutor, course))["status"] == "CONFIRMED"
    assert student.book(tutor, first + timedelta(hours=1))["status"] == "PENDING"
    done(tutor.delete("/api/tutor/policy", course_id=course["id"]), 204)
    world.settle()
    assert student.book(tutor, second + timedelta(hours=1), **of_course(tutor, course))["status"] == "PENDING"


def test_a_course_that_was_removed_is_not_booked_and_what_was_booked_stays(world: World) -> None:
    tutor, student = a_tutor(world), a_student(world)
    course = a_course(tutor)
    start, *_, other = tutor.starts(first=2, minutes=50, course_id=course["id"])
    booking = student.book(tutor, start, **of_course(tutor, course))
    done(tutor.delete(f"/api/tutor/courses/{course['id']}"), 204)
    world.settle()
    problem = refused(student.ask_for(tutor, other, **of_course(tutor, course)), 400, "duration_not_offered")
    assert "subject_not_taught" in {error["code"] for error in problem["errors"]}
    assert tutor.confirm(booking)["status"] == "CONFIRMED"


@pytest.mark.parametrize("named", [{}, {"subject_id": 1, "course_id": 1}])
def test_a_lesson_is_of_a_subject_or_of_a_course(world: World, named: Json) -> None:
    tutor, student = a_tutor(world), a_student(world)
    body = {**wanted(tutor, tutor.starts()[0]), "subject_id": None, **named}
    problem = refused(student.post("/api/bookings", body), 422, "invalid")
    assert {error["pointer"] for error in problem["errors"]} == {"/subject_id", "/course_id"}


def test_a_subject_that_the_tutor_does_not_teach_is_refused(world: World) -> None:
    tutor, other, student = a_tutor(world), a_tutor(world), a_student(world)
    asked = student.ask_for(tutor, tutor.starts()[0], subject_id=other.subject_id)
    refused(asked, 400, "subject_not_taught")


# --- lists -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tutor(world: World) -> Tutor:
    return a_tutor(world)


@pytest.fixture(scope="module")
def student(world: World) -> Student:
    return a_student(world)


@pytest.fixture(scope="module")
def bookings(tutor: Tutor, student: Student) -> list[Json]:
    """Two that are confirmed, one that was cancelled, two that wait: in the order of their starts."""
    starts = tutor.starts(first=2)[:10:2]
    made = [student.book(tutor, start) for start in starts]
    for number in (0, 1):
        tutor.confirm(made[number])
    student.cancel(made[2])
    return [student.booking(each["id"]) for each in made]


def listed(person: Person, **filters: Any) -> list[int]:
    page = done(person.get("/api/bookings", **filters))
    assert page["total"] >= len(page["items"])
    return [item["id"] for item in page["items"]]


def test_both_sides_see_their_bookings_the_latest_first(
    tutor: Tutor, student: Student, bookings: list[Json]
) -> None:
    latest_first = [booking["id"] for booking in reversed(bookings)]
    assert listed(student) == listed(tutor) == latest_first
    assert listed(the_admin(tutor.world), tutor_profile_id=tutor.profile_id) == latest_first
    assert listed(student, role="student") == latest_first
    assert listed(student, role="tutor") == []


@pytest.mark.parametrize(
    ("status", "numbers"),
    [
        ("CONFIRMED", [1, 0]),
        ("PENDING", [4, 3]),
        ("PENDING,CANCELLED_BY_STUDENT", [4, 3, 2]),
        ("COMPLETED", []),
    ],
)
def test_bookings_are_filtered_by_status(
    student: Student, bookings: list[Json], status: str, numbers: list[int]
) -> None:
    expected = [bookings[number]["id"] for number in numbers]
    assert listed(student, status=status) == expected
    assert listed(student, status=status.split(",")) == expected


def test_bookings_are_filtered_by_the_period_of_their_starts(student: Student, bookings: list[Json]) -> None:
    since, until = bookings[1]["start_time"], bookings[3]["start_time"]
    assert listed(student, **{"from": since, "to": until}) == [bookings[2]["id"], bookings[1]["id"]]
    days = {start_of(booking).date().isoformat() for booking in bookings}
    found = [id_ for day in sorted(days, reverse=True) for id_ in listed(student, **{"from": day, "to": day})]
    assert found == [booking["id"] for booking in reversed(bookings)]


def test_pages_hold_everything_once(student: Student, bookings: list[Json]) -> None:
    pages = [done(student.get("/api/bookings", page=number, page_size=2)) for number in (1, 2, 3, 4)]
    assert [len(page["items"]) for page in pages] == [2, 2, 1, 0]
    assert {page["total"] for page in pages} == {5}
    found = [item["id"] for page in pages for item in page["items"]]
    assert found == [booking["id"] for booking in reversed(bookings)]
