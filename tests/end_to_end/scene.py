"""Everybody who may call, and one of everything that they can have to do with one another."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from requests import Response

from contracts.formats import format_instant
from tests.end_to_end.people import (
    EVERY_DAY,
    PASSWORD,
    Anyone,
    Json,
    Person,
    Student,
    Tutor,
    a_student,
    a_tutor,
    a_word,
    an_admin,
    done,
    registered,
    the_admin,
    wanted,
)
from tests.end_to_end.world import World
from tests.waiting import eventually

CALLERS = ("anyone", "student", "another student", "tutor", "another tutor", "admin")
WEBHOOK = {"url": "http://127.0.0.1:9/nobody-listens", "event_types": ["booking_confirmed"]}
CALENDAR = {"url": "http://127.0.0.1:9/nobody-listens.ics", "name": "Family"}
PACKAGE = {"name": "Ten lessons", "credits": 10, "price": 400, "valid_days": 90}


@dataclass
class Scene:
    """Everybody, and what they have to do with one another."""

    callers: dict[str, Anyone]
    ids: dict[str, Any]
    bookings: dict[str, int]
    start: str
    later: str

    def path(self, operation: str) -> str:
        """The path with the ids of the scene; each step finds a booking of its own."""
        path = operation.partition(" ")[2]
        booking = self.bookings.get(path.rpartition("/")[2], self.bookings["look at"])
        return path.format(**self.ids, booking_id=booking)

    def body(self, operation: str) -> Any:
        """What to send so that nothing is wrong but who sends it."""
        subject = self.ids["wanted"]["subject_id"]
        period = {"start_at": "2190-01-01T00:00:00Z", "end_at": "2190-01-02T00:00:00Z"}
        account = {"email": f"{a_word()}@example.org", "password": PASSWORD, "name": "Somebody"}
        profile = {"title": "Expert", "hourly_rate": 40, "subjects": [{"subject_id": subject}]}
        course = {"subject_id": subject, "title": "A course", "duration_minutes": 60}
        hours = {"date": "2190-01-01", "start": "10:00", "end": "11:00"}
        bodies = {
            "POST /api/auth/register": account,
            "POST /api/auth/login": {"email": self.person("student").email, "password": PASSWORD},
            "POST /api/auth/refresh": {"refresh_token": "invented"},
            "POST /api/auth/logout": {"refresh_token": "invented"},
            "POST /api/admin/subjects": {"name": a_word()},
            "PUT /api/tutor/profile": profile,
            "POST /api/tutor/courses": course,
            "PATCH /api/tutor/courses/{course_id}": {"title": "Another title"},
            "POST /api/tutor/packages": PACKAGE,
            "PUT /api/tutor/availability": {"timezone": "UTC", "weekly_hours": EVERY_DAY},
            "POST /api/tutor/availability/overrides": {"date": "2190-01-01", "intervals": []},
            "POST /api/tutor/availability/additions": hours,
            "POST /api/tutor/availability/time-off": period,
            "POST /api/tutor/calendars": CALENDAR,
            "POST /api/bookings": {**self.ids["wanted"], "start_at": self.start},
            "POST /api/bookings/{booking_id}/reschedule": {"new_start_at": self.later},
            "POST /api/tutor/sessions": a_session(self.ids["group_course_id"], "2190-03-03"),
            "POST /api/series": self.ids["series"],
            "POST /api/series/preview": self.ids["series"],
            "POST /api/reviews": {"booking_id": self.bookings["look at"], "rating": 5},
            "PATCH /api/reviews/{review_id}": {"rating": 4},
            "POST /api/reviews/{review_id}/reply": {"reply": "Thank you."},
            "POST /api/reviews/{review_id}/report": {"reason": "This is not about a lesson."},
            "POST /api/admin/reviews/{review_id}/hide": {"reason": "Insulting."},
            "POST /api/webhooks": WEBHOOK,
        }
        return bodies.get(operation, {} if operation.startswith(("PUT", "PATCH")) else None)

    def query(self, operation: str) -> Json:
        if operation.endswith("/slots"):
            return {"from": self.start[:10], "to": self.start[:10], "duration_minutes": 60}
        return {}

    def ask(self, caller: str, operation: str) -> Response:
        method = operation.partition(" ")[0]
        sent = {"json": self.body(operation), "params": self.query(operation)}
        if operation == "DELETE /api/me":
            return in_place_of(self.callers[caller]).call(method, self.path(operation))
        if operation != "GET /api/events":
            return self.callers[caller].call(method, self.path(operation), **sent)
        response = self.callers[caller].call(method, self.path(operation), stream=True)
        if response.ok:
            response.close()  # it has no end
        return response

    def person(self, caller: str) -> Person:
        person = self.callers[caller]
        assert isinstance(person, Person)
        return person


def in_place_of(caller: Anyone) -> Anyone:
    """Somebody new in the same role, who may be taken away for good."""
    if not isinstance(caller, Person):
        return caller
    role = caller.account["role"]
    return an_admin(caller.world) if role == "admin" else registered(caller.world, Person, role)


def a_scene(world: World) -> Scene:
    """A tutor with something of everything, and a student who has been taught and will be again."""
    tutor, other_tutor = a_tutor(world), a_tutor(world)
    student, other_student = a_student(world), a_student(world)
    starts = tutor.starts()
    taught = student.book_confirmed(tutor, starts[0])
    world.wait_until(starts[0] + timedelta(hours=1))
    tutor.complete(taught)
    world.settle()
    free = tutor.starts(first=3)[::2]
    bookings = {
        "look at": student.book_confirmed(tutor, free[0])["id"],
        "cancel": student.book_confirmed(tutor, free[1])["id"],
        "reschedule": student.book_confirmed(tutor, free[2])["id"],
        "confirm": student.book(tutor, free[3])["id"],
        "decline": student.book(tutor, free[4])["id"],
        "checkout": student.book(tutor, free[5], hold=True)["id"],
    }
    review = done(student.post("/api/reviews", {"booking_id": taught["id"], "rating": 5}), 201)
    world.settle()
    ids = {
        **made_by(tutor),
        **sessions_of(tutor, student),
        **webhook_of(student),
        **feed_of(student),
        **series_of(tutor, student),
        **bought_by(student, tutor),
        "review_id": review["id"],
        "notification_id": student.notifications()[0]["id"],
        "dead_letter_id": "booking-999999999",
        "wanted": wanted(tutor, free[6]),
    }
    people = (Anyone(world), student, other_student, tutor, other_tutor, the_admin(world))
    world.settle()
    starts = [format_instant(start) for start in free[6:8]]
    return Scene(dict(zip(CALLERS, people, strict=True)), ids, bookings, *starts)


def made_by(tutor: Tutor) -> Json:
    """The ids of one of everything that a tutor can have."""
    hours = {"date": "2190-02-02", "start": "10:00", "end": "11:00"}
    period = {"start_at": "2190-02-01T00:00:00Z", "end_at": "2190-02-02T00:00:00Z"}
    course = {"subject_id": tutor.subject_id, "title": "A course", "duration_minutes": 60}
    return {
        "tutor_profile_id": tutor.profile_id,
        "course_id": made(tutor, "courses", course),
        "offer_id": made(tutor, "packages", PACKAGE),
        "override_id": made(tutor, "availability/overrides", {"date": "2190-02-02", "intervals": []}),
        "addition_id": made(tutor, "availability/additions", hours),
        "time_off_id": made(tutor, "availability/time-off", period),
        "calendar_id": made(tutor, "calendars", CALENDAR),
    }


def sessions_of(tutor: Tutor, student: Student) -> Json:
    """A session of one seat, and a place in another's waitlist, for which a seat is held."""
    course = {"subject_id": tutor.subject_id, "title": "A group", "duration_minutes": 60, "kind": "group"}
    course_id = made(tutor, "courses", course)
    tutor.world.settle()
    session_id, full = (made(tutor, "sessions", a_session(course_id, f"2190-03-0{day}")) for day in (1, 2))
    third = a_student(tutor.world)
    seat = done(third.post(f"/api/sessions/{full}/bookings"), 201)
    entry = done(student.post(f"/api/sessions/{full}/waitlist"), 201)
    third.cancel(seat)
    return {"group_course_id": course_id, "session_id": session_id, "entry_id": entry["id"]}


def series_of(tutor: Tutor, student: Student) -> Json:
    """A lesson every week, at a time at which none can be had, and what was sent for it."""
    rule = {"frequency": "weekly", "start_time": "03:00", "timezone": "Europe/London", "occurrence_count": 2}
    begins = tutor.starts(first=3)[0].date().isoformat()
    asked = {**wanted(tutor, tutor.starts()[0]), **rule, "start_date": begins}
    del asked["start_at"]
    return {"series": asked, "series_id": done(student.post("/api/series", asked), 201)["id"]}


def bought_by(student: Student, tutor: Tutor) -> Json:
    """A package, and what is to be paid for it."""
    offer_id = made(tutor, "packages", PACKAGE)
    tutor.world.settle()
    package_id = done(student.post(f"/api/packages/{offer_id}/purchase"), 201)["id"]
    path = f"/api/packages/{package_id}/payment"
    eventually(lambda: done(student.get(path))["status"] == "pending", within=10)
    return {"package_id": package_id, "payment_id": done(student.get(path))["id"]}


def webhook_of(student: Student) -> Json:
    """A webhook that was pinged."""
    webhook_id = done(student.post("/api/webhooks", WEBHOOK), 201)["id"]
    delivery = done(student.post(f"/api/webhooks/{webhook_id}/ping"), 202)
    return {"webhook_id": webhook_id, "delivery_id": delivery["id"]}


def feed_of(person: Person) -> Json:
    """The key in the address of a calendar."""
    url: str = done(person.post("/api/calendar-feed"), 201)["url"]
    return {"token": url.rpartition("/")[2].removesuffix(".ics")}


def a_session(course_id: int, day: str) -> Json:
    return {"course_id": course_id, "start_at": f"{day}T10:00:00Z", "capacity": 1}


def made(tutor: Tutor, what: str, body: Json) -> int:
    thing: int = done(tutor.post(f"/api/tutor/{what}", body), 201)["id"]
    return thing
