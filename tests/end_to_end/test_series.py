"""A lesson again and again, over HTTP: previewed, agreed on, gone on with as the weeks pass, ended."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.end_to_end.groups import course, plan
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
)
from tests.end_to_end.world import World
from tests.waiting import eventually

DAY = timedelta(days=1)
WEEK = timedelta(weeks=1)
LONDON = ZoneInfo("Europe/London")


def weekly(tutor: Tutor, first: datetime, **changes: Any) -> Json:
    """What to send for an hour with the tutor every week, by the clock on London's wall."""
    local = first.astimezone(LONDON)
    asked = {
        "tutor_profile_id": tutor.profile_id,
        "subject_id": tutor.subject_id,
        "duration_minutes": 60,
        "frequency": "weekly",
        "start_date": local.date().isoformat(),
        "start_time": f"{local:%H:%M}",
        "timezone": "Europe/London",
    }
    return {**asked, **changes}


def agreed(student: Student, asked: Json) -> Json:
    series: Json = done(student.post("/api/series", asked), 201)
    return series


def seen(person: Person, series: Json) -> Json:
    view: Json = done(person.get(f"/api/series/{series['id']}"))
    return view


def outcomes(series: Json) -> list[str]:
    return [each["reason"] or each["status"] for each in series["occurrences"]]


def starts(occurrences: list[Json]) -> list[datetime]:
    return [datetime.fromisoformat(each["start_at"]) for each in occurrences]


def cron(world: World) -> Anyone:
    """The operator's scheduler."""
    secret = world.stack.platform.environment("gateway")["CRON_SECRET"]

    class Scheduler(Anyone):
        def credentials(self) -> Json:
            return {"Authorization": f"Bearer {secret}"}

    return Scheduler(world)


def test_lessons_are_agreed_on_and_go_on_as_the_weeks_pass(world: World, admin: Person) -> None:
    tutor, student = a_tutor(world, requires_approval_for_one_on_one=False), a_student(world)
    first = tutor.starts(first=2)[0]
    a_student(world).book(tutor, first + WEEK)
    asked = weekly(tutor, first, occurrence_count=8)
    previewed = done(student.post("/api/series/preview", asked))["occurrences"]
    assert [each["status"] for each in previewed] == ["free", "conflict", *["free"] * 4, *["planned"] * 2]
    assert done(student.get("/api/series"))["total"] == 0

    series = agreed(student, asked)
    assert outcomes(series) == ["booked", "slot_taken", *["booked"] * 4]
    assert starts(series["occurrences"]) == starts(previewed)[:6]
    assert {booking["status"] for booking in series["upcoming"]} == {"CONFIRMED"}
    world.settle()
    assert first + 2 * WEEK not in tutor.starts(last=21)
    [listed] = done(tutor.get("/api/series"))["items"]
    assert [each["id"] for each in listed["upcoming"]] == [each["id"] for each in series["upcoming"]]

    moved, left_out = series["upcoming"][1], series["upcoming"][2]
    done(student.move(moved, starts(series["occurrences"])[2] + timedelta(hours=2)))
    student.cancel(left_out)
    assert ledger_of(admin, left_out) == {}
    assert starts(seen(student, series)["occurrences"]) == starts(series["occurrences"])

    world.pass_time(days=14)
    eventually(lambda: len(seen(student, series)["occurrences"]) == 8, within=15)
    world.settle()
    assert starts(seen(student, series)["occurrences"]) == starts(previewed)
    indexes = [booking["occurrence_index"] for booking in seen(student, series)["upcoming"]]
    assert indexes == [3, 5, 6, 7, 8]


def test_at_six_in_london_it_stays_at_six_all_year(world: World) -> None:
    tutor, student = a_tutor(world), a_student(world)
    begins = (world.now() + 2 * DAY).astimezone(LONDON).replace(hour=18, minute=0, second=0, microsecond=0)
    planned = done(student.post("/api/series/preview", weekly(tutor, begins)))["occurrences"]
    local = [start.astimezone(LONDON) for start in starts(planned)]
    assert len(local) == 60
    assert {start.time() for start in local} == {time(18)}
    assert len({start.utcoffset() for start in local}) == 2


def test_a_pause_makes_nothing_and_an_end_cancels_what_is_to_come(world: World, admin: Person) -> None:
    tutor, student = a_tutor(world, requires_approval_for_one_on_one=False), a_student(world)
    series = agreed(student, weekly(tutor, tutor.starts(first=2)[0]))
    assert done(tutor.post(f"/api/series/{series['id']}/pause"))["status"] == "paused"
    refused(student.post(f"/api/series/{series['id']}/pause"), 409, "wrong_status")
    done(admin.post("/api/admin/generate-sessions", {"weeksAhead": 8}))
    assert len(seen(student, series)["occurrences"]) == 6
    resumed = done(student.post(f"/api/series/{series['id']}/resume"))
    assert (resumed["status"], len(resumed["upcoming"])) == ("active", 6)

    cut = done(student.post(f"/api/series/{series['id']}/cancel", {"from_occurrence": 5}))
    assert [booking["occurrence_index"] for booking in cut["upcoming"]] == [1, 2, 3, 4]
    ended = done(tutor.post(f"/api/series/{series['id']}/cancel", {"reason": "I am moving."}))
    assert (ended["status"], ended["upcoming"]) == ("cancelled", [])
    assert student.booking(series["upcoming"][0]["id"])["status"] == "CANCELLED_BY_TUTOR"
    assert [ledger_of(admin, booking) for booking in series["upcoming"]] == [{}] * 6


def test_a_course_is_attended_every_week_on_a_package(world: World) -> None:
    tutor, student = a_tutor(world), a_student(world)
    course_id, first = course(tutor), tutor.starts(first=2)[0]
    offer = {"name": "Two lessons", "credits": 2, "price": 30, "valid_days": 90}
    offer_id = done(tutor.post("/api/tutor/packages", offer), 201)["id"]
    for week in (0, 2, 3):
        done(tutor.post("/api/tutor/sessions", plan(course_id, first + week * WEEK)), 201)
    world.settle()
    package = done(student.post(f"/api/packages/{offer_id}/purchase"), 201)
    group = {"booking_type": "group_session", "course_id": course_id, "subject_id": None}
    series = agreed(student, weekly(tutor, first, **group, use_package_id=package["id"]))
    assert outcomes(series) == ["booked", "no_session", "booked", "no_credit"]
    assert {booking["paid_with"] for booking in series["upcoming"]} == {"credit"}
    done(student.post(f"/api/series/{series['id']}/cancel"))
    [package] = done(student.get("/api/packages"))["items"]
    assert package["credits_left"] == 2


def test_made_by_two_replicas_at_once_nothing_is_made_twice(world: World, admin: Person) -> None:
    tutor = a_tutor(world, requires_approval_for_one_on_one=False)
    series = [
        agreed(student, weekly(tutor, start))
        for student, start in zip([a_student(world) for _ in range(4)], tutor.starts(2)[:8:2], strict=True)
    ]
    with world.another("booking"), ThreadPoolExecutor(8) as threads:
        asked = [
            threads.submit(asker.post, f"/api/{way}/generate-sessions", {"weeksAhead": weeks})
            for weeks in (8, 10, 12, 14)
            for way, asker in (("admin", admin), ("cron", cron(world)))
        ]
        made = Counter[str]()
        for answer in asked:
            made.update({name: done(answer.result())[name] for name in ("booked", "skipped")})
    for each in series:
        indexes = [made_of["occurrence_index"] for made_of in seen(admin, each)["occurrences"]]
        assert indexes == list(range(1, 15))
    assert made["booked"] >= 4 * 8
    again = done(cron(world).post("/api/cron/generate-sessions", {"weeksAhead": 14}))
    assert again == {"series": 0, "booked": 0, "skipped": 0, "last": None}


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"start_date": "2020-01-01"}, "/start_date"),
        ({"frequency": "yearly"}, "/frequency"),
        ({"days_of_week": [0]}, "/days_of_week/0"),
        ({"occurrence_count": 521}, "/occurrence_count"),
        ({"timezone": "Mars/Base"}, "/timezone"),
        ({"start_time": "6pm"}, "/start_time"),
    ],
)
def test_what_makes_no_series_is_pointed_at(world: World, changes: Json, pointer: str) -> None:
    tutor, student = a_tutor(world), a_student(world)
    problem = student.post("/api/series", weekly(tutor, world.now() + 2 * DAY, **changes))
    assert problem.status_code == 422
    assert [error["pointer"] for error in problem.json()["errors"]] == [pointer]
