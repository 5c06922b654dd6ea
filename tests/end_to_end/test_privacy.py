"""A person is handed everything that is held about them, and is then forgotten by all five services."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import requests

from deploy.names import GATEWAY, SERVICES
from tests.end_to_end.people import (
    PASSWORD,
    Anyone,
    Json,
    Person,
    Student,
    Tutor,
    a_student,
    a_tutor,
    a_word,
    done,
    refused,
)
from tests.end_to_end.world import World
from tests.waiting import eventually

# Kept for a week, to answer and to tell again what was answered and told; then gone by themselves.
A_WEEK = {"commands", "outbox", "live_events"}


@dataclass(frozen=True)
class Pair:
    """A student and a tutor with a past and a future; all that they wrote ends with one word."""

    student: Student
    tutor: Tutor
    bookings: list[Json]
    word: str

    def wrote(self, what: str) -> str:
        return f"{what} {self.word}"


def a_pair(world: World) -> Pair:
    pair = Pair(a_student(world), a_tutor(world), [], a_word())
    student, tutor, starts = pair.student, pair.tutor, pair.tutor.starts()
    introduce(pair)
    past = student.book_confirmed(tutor, starts[0], notes_student=pair.wrote("Note"))
    missed = student.book(tutor, starts[4], notes_student=pair.wrote("Note"))
    student.cancel(missed, pair.wrote("Reason"))
    world.wait_until(starts[0] + timedelta(hours=1))
    tutor.complete(past)
    world.settle()
    review(pair, past)
    coming = student.book_confirmed(tutor, tutor.starts(first=5)[0], notes_student=pair.wrote("Note"))
    world.settle()
    pair.bookings.extend((past, missed, coming))
    return pair


def introduce(pair: Pair) -> None:
    """What the tutor says, to all and to nobody."""
    subjects = [{"subject_id": pair.tutor.subject_id}]
    profile = {"title": "Expert", "hourly_rate": 40, "currency": "EUR", "bio": pair.wrote("Bio")}
    done(pair.tutor.put("/api/tutor/profile", {**profile, "subjects": subjects}))
    day_off = {"date": "2190-01-01", "intervals": [], "note": pair.wrote("Day off")}
    done(pair.tutor.post("/api/tutor/availability/overrides", day_off), 201)


def review(pair: Pair, booking: Json) -> None:
    """What the student says of a lesson, and the tutor to that."""
    said = {"booking_id": booking["id"], "rating": 4, "comment": pair.wrote("Comment")}
    made = done(pair.student.post("/api/reviews", said), 201)
    done(pair.tutor.post(f"/api/reviews/{made['id']}/reply", {"reply": pair.wrote("Reply")}))


@pytest.fixture(scope="module")
def pair(world: World) -> Pair:
    return a_pair(world)


def test_an_export_holds_what_was_written_wherever_it_is(pair: Pair) -> None:
    document = done(pair.student.get("/api/me/export"))
    assert list(document) == list(SERVICES)
    (account,) = document["catalog"]["account"]["items"]
    assert (account["email"], account["name"]) == (pair.student.email, pair.student.name)
    bookings = document["booking"]["bookings"]["items"]
    assert {each["id"] for each in bookings} == {each["id"] for each in pair.bookings}
    assert {each["notes_student"] for each in bookings} == {pair.wrote("Note")}
    assert pair.wrote("Reason") in {step["reason"] for step in document["booking"]["history"]["items"]}
    (written,) = document["reviews"]["written"]["items"]
    assert (written["comment"], written["reply"]) == (pair.wrote("Comment"), pair.wrote("Reply"))
    told = {each["kind"] for each in document["notifications"]["notifications"]["items"]}
    assert "booking_confirmed" in told
    assert len(document["scheduling"]["lessons"]["items"]) == 3
    assert not any(part["truncated"] for held in document.values() for part in held.values())


def test_an_export_holds_nothing_personal_of_the_other_side(pair: Pair) -> None:
    of_student, of_tutor = (person.get("/api/me/export").text for person in (pair.student, pair.tutor))
    assert pair.tutor.email not in of_student
    assert pair.tutor.name not in of_student
    assert pair.student.email not in of_tutor
    assert pair.student.name not in of_tutor
    assert all(pair.wrote(what) in of_tutor for what in ("Bio", "Day off", "Note", "Comment"))


def test_an_erased_student_is_nobody_and_the_tutor_is_told_so(world: World, admin: Person) -> None:
    pair = a_pair(world)
    student, tutor, coming = pair.student, pair.tutor, pair.bookings[-1]
    assert student.delete("/api/me").status_code == 204
    for path in ("/api/me", "/api/me/export", "/api/bookings", "/api/notifications", "/api/tutors"):
        refused(student.get(path), 401, "unauthenticated")
    refused(student.delete("/api/me"), 401, "unauthenticated")
    refused(student.put("/api/notifications/preferences", {"phone": "+441632960001"}), 401, "unauthenticated")
    login = {"email": student.email, "password": PASSWORD}
    refused(Anyone(world).post("/api/auth/login", login), 401, "wrong_credentials")
    eventually(lambda: tutor.booking(coming["id"])["status"] == "CANCELLED_BY_STUDENT", within=15)
    world.settle()
    assert {tutor.booking(each["id"])["student_name"] for each in pair.bookings} == {"Erased person"}
    students = done(tutor.get("/api/tutor/students"))["items"]
    assert [each["student_name"] for each in students] == ["Erased person"]
    (left,) = done(tutor.get(f"/api/tutors/{tutor.profile_id}/reviews"))["items"]
    assert (left["student_name"], left["rating"], left["comment"]) == ("Erased person", 4, "")
    assert tutor.kinds()[-1] == "booking_cancelled"
    assert balance(admin) == 0
    assert found(world, last_name(student)) <= A_WEEK
    assert not found(world, pair.wrote("Comment")) - A_WEEK
    assert "bookings" not in found(world, pair.word)


def test_an_erased_student_is_nobody_to_every_gateway(world: World) -> None:
    student = a_student(world)
    bearer = {"Authorization": f"Bearer {student.token()}"}
    with world.another(GATEWAY) as url, closing(live(url, bearer)) as stream:

        def status() -> int:
            return requests.get(f"{url}/api/bookings", headers=bearer, timeout=10).status_code

        assert (status(), stream.status_code) == (200, 200)
        done(student.delete("/api/me"), 204)
        eventually(lambda: status() == 401, within=10)
        assert b"retry" in b"".join(stream.iter_content())  # which has come to its end


def live(url: str, bearer: dict[str, str]) -> requests.Response:
    """A stream of one's own, begun."""
    return requests.get(f"{url}/api/events", headers=bearer, timeout=30, stream=True)


def test_an_erased_tutor_is_out_of_sight_and_the_student_has_the_money_back(
    world: World, admin: Person
) -> None:
    pair = a_pair(world)
    student, tutor, coming = pair.student, pair.tutor, pair.bookings[-1]
    assert tutor.delete("/api/me").status_code == 204
    eventually(lambda: student.booking(coming["id"])["status"] == "CANCELLED_BY_TUTOR", within=15)
    world.settle()
    assert student.get(f"/api/tutors/{tutor.profile_id}").status_code == 404
    assert done(student.get("/api/tutors", search_query=pair.word))["total"] == 0
    assert {student.booking(each["id"])["tutor_name"] for each in pair.bookings} == {"Erased person"}
    lines = done(admin.get("/api/admin/ledger", booking_id=coming["id"]))["items"]
    assert sum(line["amount"] for line in lines if line["account"] == f"student:{student.id}") == 0
    assert balance(admin) == 0
    assert found(world, last_name(tutor)) <= A_WEEK
    for what in ("Note", "Reason", "Reply", "Bio", "Day off"):
        assert found(world, pair.wrote(what)) <= A_WEEK


def test_after_a_week_nothing_is_left_anywhere(world: World) -> None:
    pair = a_pair(world)
    words = (last_name(pair.student), last_name(pair.tutor), pair.word)
    for person in (pair.student, pair.tutor):
        assert person.delete("/api/me").status_code == 204
    world.settle()
    world.pass_time(days=8)
    eventually(lambda: not any(found(world, word) for word in words), within=30)


def last_name(person: Person) -> str:
    """The word that is in the name, and in the address too."""
    word = person.name.split()[-1]
    assert word in person.email
    return word


def found(world: World, word: str) -> set[str]:
    """The tables of any service in which the words stand, as text or as octets."""
    return {table for service in SERVICES for table in holding(world, service, word)}


def holding(world: World, service: str, word: str) -> Iterator[str]:
    patterns = [f"%{word}%", f"%{word.encode().hex()}%"]
    tables = world.sql(service, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    for (table,) in tables:
        rows: list[Any] = world.sql(
            service, f'SELECT 1 FROM "{table}" AS t WHERE t::text ILIKE ANY(%s) LIMIT 1', patterns
        )
        if rows:
            yield table


def balance(admin: Person) -> float:
    """What all accounts together hold."""
    page, total = 1, 0.0
    while items := done(admin.get("/api/admin/ledger", page=page, page_size=100))["items"]:
        total, page = total + sum(item["amount"] for item in items), page + 1
    return round(total, 2)
