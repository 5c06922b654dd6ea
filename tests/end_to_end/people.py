"""The people of the tests, each new to the platform and with a name of its own, talking HTTP.

    tutor = a_tutor(world, min_notice_hours=2)     # approved, open 9 to 17 in London on every day
    student = a_student(world, locale="de")
    booking = student.book(tutor, tutor.starts()[0])
    tutor.post(f"/api/tutor/bookings/{booking['id']}/confirm")

`get`, `post`, `put`, `patch` and `delete` return responses as they are; what has a noun of the
trade for a name insists on success and returns the body.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from requests import Response

from contracts.formats import format_instant
from contracts.notifications import NotificationKind
from deploy.platform import ROOT
from tests.end_to_end.world import World

PASSWORD = "a long enough password"
EVERY_DAY = [{"weekday": day, "start": "09:00", "end": "17:00"} for day in range(1, 8)]
ALWAYS = [{"weekday": day, "start": "00:00", "end": "24:00"} for day in range(1, 8)]
RENEW_BEFORE = timedelta(seconds=60)
LONG_AGO = datetime.min.replace(tzinfo=UTC)

_numbers = count(1)

Json = dict[str, Any]


def a_word() -> str:
    """A word that nobody has used yet, unlike all others."""
    digest = hashlib.sha256(str(next(_numbers)).encode()).digest()
    return "".join(chr(ord("a") + octet % 26) for octet in digest[:12])


@dataclass
class Anyone:
    """Somebody without an account."""

    world: World

    def get(self, path: str, headers: Json | None = None, **query: Any) -> Response:
        return self.call("GET", path, headers, params=query)

    def post(
        self, path: str, body: Any = None, *, key: str | None = None, headers: Json | None = None
    ) -> Response:
        keyed = {} if key is None else {"Idempotency-Key": key}
        return self.call("POST", path, {**(headers or {}), **keyed}, json=body)

    def put(self, path: str, body: Any, headers: Json | None = None) -> Response:
        return self.call("PUT", path, headers, json=body)

    def patch(self, path: str, body: Any, headers: Json | None = None) -> Response:
        return self.call("PATCH", path, headers, json=body)

    def delete(self, path: str, headers: Json | None = None, **query: Any) -> Response:
        return self.call("DELETE", path, headers, params=query)

    def call(self, method: str, path: str, headers: Json | None = None, **rest: Any) -> Response:
        return self.world.http.request(
            method,
            self.world.url + path,
            headers={**self.credentials(), **(headers or {})},
            timeout=15,
            **rest,
        )

    def credentials(self) -> Json:
        """The headers that say who is calling."""
        return {}


@dataclass
class Person(Anyone):
    """Somebody with an account, logged in whenever that is needed."""

    email: str
    account: Json = field(default_factory=dict)
    _token: str = ""
    _renew_at: datetime = LONG_AGO

    @property
    def id(self) -> int:
        return int(self.account["id"])

    @property
    def name(self) -> str:
        return str(self.account["name"])

    def credentials(self) -> Json:
        return {"Authorization": f"Bearer {self.token()}"}

    def token(self) -> str:
        """An access token that is good by the platform's clock."""
        if self.world.now() >= self._renew_at:
            tokens = done(
                Anyone(self.world).post("/api/auth/login", {"email": self.email, "password": PASSWORD})
            )
            self._token = tokens["access_token"]
            self._renew_at = self.world.now() + timedelta(seconds=tokens["expires_in"]) - RENEW_BEFORE
        return self._token

    def wants_no_letters(self) -> None:
        """Be told in the application alone: where nobody reads letters, writing them only takes time."""
        channels = {kind.value: {"email": False} for kind in NotificationKind}
        done(self.put("/api/notifications/preferences", {"channels": channels}))

    def booking(self, booking_id: int) -> Json:
        return done(self.get(f"/api/bookings/{booking_id}"))

    def notifications(self) -> list[Json]:
        """What the person was told in the application, oldest first."""
        return list(reversed(done(self.get("/api/notifications", page_size=100))["items"]))

    def kinds(self) -> list[str]:
        """What kinds of things the person was told, oldest first."""
        self.world.settle()
        return [each["kind"] for each in self.notifications()]

    def cancel(self, booking: Json, reason: str | None = None) -> Json:
        return done(self.post(f"/api/bookings/{booking['id']}/cancel", {"reason": reason}))


@dataclass
class Tutor(Person):
    """Somebody who teaches one subject of their own."""

    subject_id: int = 0

    @property
    def profile_id(self) -> int:
        return int(self.account["tutor_profile_id"])

    def days(self, first: int = 0, last: int = 14, minutes: int = 60, **query: Any) -> list[Json]:
        """What the public slot list says, from so many days ahead to so many."""
        return slots_of(Anyone(self.world), self, first, last, minutes, **query)

    def starts(self, first: int = 0, last: int = 14, minutes: int = 60, **query: Any) -> list[datetime]:
        """Every listed start, in order."""
        days = self.days(first, last, minutes, **query)
        return [datetime.fromisoformat(slot["start_at"]) for day in days for slot in day["slots"]]

    def terms(self, **terms: Any) -> Json:
        """Ask for other terms, and have everybody know."""
        view = done(self.put("/api/tutor/policy", terms))
        self.world.settle()
        return view

    def confirm(self, booking: Json) -> Json:
        return done(self.post(f"/api/tutor/bookings/{booking['id']}/confirm"))

    def complete(self, booking: Json) -> Json:
        return done(self.post(f"/api/tutor/bookings/{booking['id']}/complete"))

    def offer(self, **changes: Any) -> Json:
        """Offer three lessons for 90.00, and have everybody know."""
        asked = {"name": "Three lessons", "credits": 3, "price": 90, "valid_days": 30, **changes}
        view = done(self.post("/api/tutor/packages", asked), 201)
        self.world.settle()
        return view


@dataclass
class Student(Person):
    """Somebody who learns."""

    def ask_for(self, tutor: Tutor, start: datetime, key: str | None = None, **changes: Any) -> Response:
        """Ask for an hour with the tutor, whatever comes of it."""
        return self.post("/api/bookings", wanted(tutor, start, **changes), key=key)

    def book(self, tutor: Tutor, start: datetime, **changes: Any) -> Json:
        return done(self.ask_for(tutor, start, **changes), 201)

    def book_confirmed(self, tutor: Tutor, start: datetime, **changes: Any) -> Json:
        return tutor.confirm(self.book(tutor, start, **changes))

    def buy(self, offer: Json) -> Json:
        return done(self.post(f"/api/packages/{offer['id']}/purchase"), 201)

    def package(self, package: Json) -> Json:
        """A package of one's own as it is now."""
        items = done(self.get("/api/packages"))["items"]
        return next(each for each in items if each["id"] == package["id"])

    def move(self, booking: Json, start: datetime) -> Response:
        """Ask for another start, whatever comes of it."""
        return self.post(f"/api/bookings/{booking['id']}/reschedule", {"new_start_at": format_instant(start)})


def done(response: Response, status: int | None = None) -> Any:
    """The body of an answer that has to be a success."""
    assert response.ok, (
        f"{response.request.method} {response.request.url}: {response.status_code} {response.text}"
    )
    assert status in (None, response.status_code)
    return response.json() if response.content else None


def refused(response: Response, status: int, code: str) -> Json:
    """The problem that an answer has to be."""
    assert (response.status_code, response.json()["code"]) == (status, code), response.text
    problem: Json = response.json()
    return problem


def wanted(tutor: Tutor, start: datetime, **changes: Any) -> Json:
    """What to send for an hour with the tutor."""
    asked = {
        "tutor_profile_id": tutor.profile_id,
        "start_at": format_instant(start),
        "duration_minutes": 60,
        "subject_id": tutor.subject_id,
    }
    return {**asked, **changes}


def slots_of(asker: Anyone, tutor: Tutor, first: int, last: int, minutes: int, **query: Any) -> list[Json]:
    """The slot list as the asker sees it, from so many days ahead to so many."""
    today = asker.world.now().date()
    period = {"from": today + timedelta(days=first), "to": today + timedelta(days=last)}
    asked = {**period, "duration_minutes": minutes, **query}
    days: list[Json] = done(asker.get(f"/api/tutors/{tutor.profile_id}/slots", **asked))["days"]
    return days


# --- looking at bookings -----------------------------------------------------------------------------


def start_of(booking: Json) -> datetime:
    return datetime.fromisoformat(booking["start_time"])


def statuses(person: Person, booking: Json) -> list[str]:
    """The steps that the booking has gone through."""
    history = done(person.get(f"/api/bookings/{booking['id']}/history"))
    return [step["to_status"] for step in history["items"]]


def ledger_of(admin: Person, booking: Json) -> dict[str, float]:
    """What the booking has moved on every account; it adds up to nothing."""
    items = done(admin.get("/api/admin/ledger", booking_id=booking["id"]))["items"]
    accounts: dict[str, float] = {}
    for item in items:
        accounts[item["account"]] = round(accounts.get(item["account"], 0) + item["amount"], 2)
    assert round(sum(accounts.values()), 2) == 0
    return {account: amount for account, amount in accounts.items() if amount}


# --- meeting people -----------------------------------------------------------------------------------


def a_student(world: World, **details: Any) -> Student:
    """Somebody who has just registered, known everywhere."""
    student = registered(world, Student, "student", **details)
    world.settle()
    return student


def a_new_tutor(world: World, **details: Any) -> Tutor:
    """Somebody who has just registered and has a draft profile."""
    return registered(world, Tutor, "tutor", **details)


def a_tutor(
    world: World,
    zone: str = "Europe/London",
    hours: list[Json] | None = None,
    rate: float = 40.0,
    person: Json | None = None,
    **terms: Any,
) -> Tutor:
    """An approved tutor, open in the hours of the zone, on these terms, known everywhere."""
    tutor = a_new_tutor(world, **{"timezone": zone, **(person or {})})
    present(tutor, rate)
    done(tutor.post("/api/tutor/profile/submit"))
    done(the_admin(world).post(f"/api/admin/tutors/{tutor.profile_id}/approve"))
    done(
        tutor.put(
            "/api/tutor/availability",
            {"timezone": zone, "weekly_hours": EVERY_DAY if hours is None else hours},
        )
    )
    if terms:
        done(tutor.put("/api/tutor/policy", terms))
    world.settle()
    return tutor


def present(tutor: Tutor, rate: float = 40.0, **profile: Any) -> Json:
    """Write a profile that lacks nothing, of a subject that nobody else teaches."""
    subject = done(the_admin(tutor.world).post("/api/admin/subjects", {"name": f"Subject {a_word()}"}), 201)
    tutor.subject_id = subject["id"]
    asked = {"title": f"Expert {a_word()}", "hourly_rate": rate, "currency": "EUR"}
    view: Json = done(
        tutor.put("/api/tutor/profile", {**asked, "subjects": [{"subject_id": subject["id"]}], **profile})
    )
    return view


def the_admin(world: World) -> Person:
    """The first admin, made the way an installation makes its own."""
    if world.admin is None:
        world.admin = an_admin(world)
    return world.admin


def an_admin(world: World) -> Person:
    """An admin made from inside, as nobody can over HTTP."""
    email = f"admin-{a_word()}@example.org"
    environment = {**os.environ, **world.stack.platform.environment("catalog"), "ADMIN_PASSWORD": PASSWORD}
    command = [sys.executable, "-m", "services.catalog.create_admin", "--email", email]
    subprocess.run(command, env=environment, cwd=ROOT, check=True, capture_output=True, timeout=60)
    admin = Person(world, email)
    admin.account = done(admin.get("/api/me"))
    return admin


def registered(world: World, kind: type[Any], role: str, **details: Any) -> Any:
    word = a_word()
    asked = {
        "email": f"{role}-{word}@example.org",
        "password": PASSWORD,
        "name": f"{role.capitalize()} {word}",
    }
    account = done(Anyone(world).post("/api/auth/register", {**asked, "role": role, **details}), 201)
    return kind(world, account["email"], account)
