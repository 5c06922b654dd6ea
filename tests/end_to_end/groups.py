"""Group sessions over HTTP: what a tutor announces, and what students do with it."""

from __future__ import annotations

from datetime import datetime

from contracts.formats import format_instant
from tests.end_to_end.people import Json, Person, Student, Tutor, done


def course(tutor: Tutor, kind: str = "group") -> int:
    """A course of an hour for 16.00, known everywhere."""
    asked = {"title": "Geometry together", "duration_minutes": 60, "kind": kind, "price": 16.0}
    made = done(tutor.post("/api/tutor/courses", {**asked, "subject_id": tutor.subject_id}), 201)
    tutor.world.settle()
    return int(made["id"])


def plan(course_id: int, start: datetime, **more: object) -> Json:
    return {"course_id": course_id, "start_at": format_instant(start), "capacity": 5, **more}


def announced(tutor: Tutor, start: datetime | None = None, **more: object) -> Json:
    """A session of a new course, the day after tomorrow at the first open hour."""
    start = start or tutor.starts(first=2)[0]
    session: Json = done(tutor.post("/api/tutor/sessions", plan(course(tutor), start, **more)), 201)
    return session


def seated(student: Student, session: Json, seats: int = 1) -> Json:
    asked = {"seats_reserved": seats}
    booking: Json = done(student.post(f"/api/sessions/{session['id']}/bookings", asked), 201)
    return booking


def seen(person: Person, session: Json) -> Json:
    view: Json = done(person.get(f"/api/sessions/{session['id']}"))
    return view


def place(student: Student) -> Json:
    """The student's one place in a waitlist."""
    [entry] = done(student.get("/api/waitlist"))["items"]
    return dict(entry)


def start_of(session: Json) -> datetime:
    return datetime.fromisoformat(session["start_at"])
