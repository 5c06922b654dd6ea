"""After all that the other tests have said and done: no log, metric or dead letter tells of anybody.

Everybody in these tests has an address at example.org and one password; what somebody writes to somebody
holds a word that is seeded here. This file is the last by its name, so that it has everything to look at.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
import pytest
import requests

from deploy.names import GATEWAY, PROCESSES, SERVICES
from tests.end_to_end.people import PASSWORD, Anyone, Person, Student, a_student, a_tutor, done
from tests.end_to_end.scene import feed_of
from tests.end_to_end.world import World
from tests.waiting import eventually

ADDRESS = "@example.org"
TOKEN = "eyJhbGciOiJFZERTQSIs"  # how every token of ours begins
NOTE = "canary-in-a-note"
WRONG_PASSWORD = "canary-for-a-password"
REASON = "canary-in-a-reason"
INVENTED = "canary-for-a-token"
CALENDAR = "canary-in-an-address"


@dataclass(frozen=True)
class Secrets:
    """What nobody but its owner may ever read."""

    student: Student
    refresh_token: str
    feed_token: str

    @property
    def everywhere(self) -> tuple[str, ...]:
        """What may be in no log, metric or list of dead letters."""
        typed = (ADDRESS, PASSWORD, WRONG_PASSWORD, NOTE, REASON, INVENTED, CALENDAR)
        return (*typed, TOKEN, self.refresh_token, self.feed_token, self.student.name)


@pytest.fixture(scope="module")
def secrets(world: World) -> Secrets:
    """Somebody who does everything that could leave traces, much of it wrong."""
    tutor, student, anyone = a_tutor(world), a_student(world), Anyone(world)
    tokens = done(anyone.post("/api/auth/login", {"email": student.email, "password": PASSWORD}))
    anyone.post("/api/auth/login", {"email": student.email, "password": WRONG_PASSWORD})
    anyone.post("/api/auth/register", {"email": student.email, "password": WRONG_PASSWORD, "name": NOTE})
    anyone.post("/api/auth/refresh", {"refresh_token": INVENTED})
    anyone.get("/api/me", {"Authorization": f"Bearer {INVENTED}"}, token=INVENTED, note=NOTE)
    anyone.get(f"/api/{NOTE}/{student.email}", {"Cookie": INVENTED, "Referer": NOTE, "User-Agent": NOTE})
    anyone.call("POST", "/api/auth/login", data=f'{{"password": "{WRONG_PASSWORD}"')
    start = tutor.starts()[0]
    booking = student.book(tutor, start, notes_student=NOTE)
    student.ask_for(tutor, start, notes_student=NOTE)
    done(tutor.post(f"/api/tutor/bookings/{booking['id']}/confirm", {"notes_tutor": NOTE}))
    student.cancel(booking, REASON)
    feed_token = feed_of(student)["token"]
    for method in ("GET", "POST"):
        anyone.call(method, f"/calendar/{feed_token}.ics")
    student.delete("/api/calendar-feed")
    anyone.get(f"/calendar/{feed_token}.ics", {"Referer": f"{world.url}/calendar/{feed_token}.ics"})
    for host in ("http://127.0.0.1:9", "https://10.0.0.1"):
        tutor.post("/api/tutor/calendars", {"url": f"{host}/{CALENDAR}.ics", "name": "Family"})
    eventually(lambda: "calendar_stale" in tutor.kinds(), within=15)
    eventually(lambda: len(world.mails_to(student.email)) == 3, within=15)
    return Secrets(student, tokens["refresh_token"], feed_token)


def found(text: str, secrets: Secrets) -> list[str]:
    """The lines that tell something."""
    return [line for line in text.splitlines() if any(secret in line for secret in secrets.everywhere)]


@pytest.mark.parametrize("process", PROCESSES)
def test_logs_tell_of_nobody(world: World, secrets: Secrets, process: str) -> None:
    said = world.said(process)
    assert len(said.splitlines()) > 10
    assert found(said, secrets) == []


@pytest.mark.parametrize("process", PROCESSES)
def test_metrics_tell_of_nobody(world: World, secrets: Secrets, process: str) -> None:
    at = world.url if process == GATEWAY else world.stack.platform.at.health_url(process)
    told = requests.get(f"{at}/metrics", timeout=15).text
    assert "door_total" in told
    assert found(told, secrets) == []


def test_the_list_of_dead_letters_tells_of_nobody(world: World, admin: Person, secrets: Secrets) -> None:
    for service in SERVICES:
        world.sql(service, BURIED, f'{{"email": "{secrets.student.email}", "note": "{NOTE}"}}'.encode())
    listed = admin.get("/api/admin/dead-letters", page_size=100)
    assert listed.json()["total"] == len(SERVICES)
    assert found(listed.text, secrets) == []
    for service in SERVICES:
        world.sql(service, "DELETE FROM dead_letters")


BURIED = """
    INSERT INTO dead_letters (handler, message_type, message_id, body, headers, error, attempts, died_at)
    VALUES ('test.handler', 'account_changed', 'canary', %s, '{}', 'TypeError', 5, now())
"""


@pytest.mark.parametrize("service", SERVICES)
def test_no_database_holds_a_password_or_a_token(world: World, secrets: Secrets, service: str) -> None:
    tokens = (secrets.refresh_token, secrets.feed_token, INVENTED, TOKEN)
    for secret in (PASSWORD, WRONG_PASSWORD, *tokens):
        assert list(holding(world, service, secret)) == []


def test_notes_and_addresses_stay_where_they_are_needed(world: World, secrets: Secrets) -> None:
    assert keepers(world, NOTE) == {"booking"}
    assert keepers(world, REASON) == {"booking"}
    assert keepers(world, secrets.student.email) == {"catalog", "booking", "notifications"}


def keepers(world: World, secret: str) -> set[str]:
    """The services whose databases hold it."""
    return {service for service in SERVICES if any(holding(world, service, secret))}


def holding(world: World, service: str, secret: str) -> Iterator[str]:
    """The tables in which the words stand, as text or as octets."""
    patterns = [f"%{secret}%", f"%{secret.encode().hex()}%"]
    tables = world.sql(service, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    for (table,) in tables:
        rows = psycopg.sql.SQL("SELECT 1 FROM {} AS row WHERE row::text LIKE ANY(%s) LIMIT 1")
        if world.sql(service, rows.format(psycopg.sql.Identifier(table)).as_string(), patterns):
            yield table
