"""What every answer has: tags and conditions, HEAD and OPTIONS, origins, request ids, limits."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from requests import Response

from tests.end_to_end.conftest import CORS_ORIGIN
from tests.end_to_end.people import (
    EVERY_DAY,
    Anyone,
    Json,
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

READ = ("/api/me", "/api/subjects", "/api/tutors", "/openapi.json", "/docs", "/asyncapi.json")


@pytest.fixture(scope="module")
def tutor(world: World) -> Tutor:
    return a_tutor(world)


@pytest.fixture(scope="module")
def student(world: World) -> Student:
    return a_student(world)


# --- conditional requests ------------------------------------------------------------------------------


@pytest.mark.parametrize("path", READ)
def test_what_has_not_changed_is_not_sent_again(student: Student, path: str) -> None:
    first = student.get(path)
    tag = first.headers["ETag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = student.get(path, {"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
    assert student.get(path, {"If-None-Match": '"other"'}).content == first.content


def changes(tutor: Tutor) -> list[tuple[str, str, Json]]:
    """Everything that knows versions: where it is read, how it is written."""
    profile = {"title": "Expert", "hourly_rate": 40, "subjects": [{"subject_id": tutor.subject_id}]}
    hours = {"timezone": "UTC", "weekly_hours": EVERY_DAY}
    course = {"subject_id": tutor.subject_id, "title": "A course", "duration_minutes": 60}
    made = done(tutor.post("/api/tutor/courses", course), 201)["id"]
    return [
        ("/api/me", "PATCH /api/me", {"name": "Another name"}),
        ("/api/tutor/profile", "PUT /api/tutor/profile", profile),
        ("/api/tutor/availability", "PUT /api/tutor/availability", hours),
        ("/api/tutor/policy", "PUT /api/tutor/policy", {"min_notice_hours": 3}),
        (f"/api/courses/{made}", f"PATCH /api/tutor/courses/{made}", {"title": "Another title"}),
    ]


def test_who_has_not_seen_the_last_change_does_not_overwrite_it(tutor: Tutor) -> None:
    for path, operation, body in changes(tutor):
        method, _, written = operation.partition(" ")
        seen = tutor.get(path).headers["ETag"]
        first = tutor.call(method, written, {"If-Match": seen}, json=body)
        assert (first.status_code, first.headers["ETag"] == seen) == (200, False), operation
        for stale in (seen, '"nonsense"', "W/" + first.headers["ETag"]):
            refused(tutor.call(method, written, {"If-Match": stale}, json=body), 412, "stale")
        done(tutor.call(method, written, {"If-Match": "*"}, json=body))


def test_personal_answers_are_not_kept_by_anybody_and_public_ones_are_asked_for_again(
    anyone: Anyone, student: Student
) -> None:
    assert student.get("/api/me").headers["Cache-Control"] == "no-store"
    assert student.get("/api/subjects").headers["Cache-Control"] == "no-store"
    public = anyone.get("/api/subjects").headers
    assert public["Cache-Control"] == "public, max-age=0, must-revalidate"
    assert {"Authorization", "Origin"} <= set(public["Vary"].split(", "))


# --- HEAD, OPTIONS, origins, headers -----------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/api/me", "/api/tutors", "/openapi.json", "/api/bookings/1"])
def test_head_is_get_without_the_body(student: Student, path: str) -> None:
    get, head = student.get(path), student.call("HEAD", path)
    assert (head.status_code, head.content) == (get.status_code, b"")
    differing = {"Date", "X-Request-Id", "Content-Length"}
    assert comparable(head, differing) == comparable(get, differing)


def comparable(response: Response, differing: set[str]) -> dict[str, str]:
    return {name: value for name, value in response.headers.items() if name not in differing}


def test_options_says_what_can_be_done(anyone: Anyone) -> None:
    response = anyone.call("OPTIONS", "/api/tutor/policy")
    assert (response.status_code, response.headers["Allow"]) == (204, "DELETE, GET, HEAD, OPTIONS, PUT")
    assert anyone.call("OPTIONS", "/api/nothing").status_code == 404


def test_only_pages_of_known_origins_may_ask_across(anyone: Anyone) -> None:
    asks = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    allowed = anyone.call("OPTIONS", "/api/bookings", {"Origin": CORS_ORIGIN, **asks}).headers
    assert allowed["Access-Control-Allow-Origin"] == CORS_ORIGIN
    assert "POST" in allowed["Access-Control-Allow-Methods"]
    assert "Idempotency-Key" in allowed["Access-Control-Allow-Headers"]
    across = anyone.get("/api/subjects", {"Origin": CORS_ORIGIN}).headers
    assert across["Access-Control-Allow-Origin"] == CORS_ORIGIN
    for origin in ("https://evil.example", "null", f"{CORS_ORIGIN}.evil.example", "http://app.example", "*"):
        for method in ("OPTIONS", "GET"):
            answer = anyone.call(method, "/api/subjects", {"Origin": origin, **asks})
            assert not any(name.startswith("Access-Control") for name in answer.headers)


@pytest.mark.parametrize("path", ["/api/subjects", "/api/nothing", "/docs", "/metrics", "/api/me"])
def test_every_answer_protects_its_reader(anyone: Anyone, path: str) -> None:
    headers = anyone.get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "Server" not in headers


# --- request ids -------------------------------------------------------------------------------------------


def test_one_request_is_followed_through_the_logs_of_everybody_who_had_to_do_with_it(
    world: World, tutor: Tutor, student: Student
) -> None:
    start = tutor.starts(first=3)[0]
    request_id = f"followed-{a_word()}"
    path, body = "/api/bookings", {"tutor_profile_id": tutor.profile_id, "subject_id": tutor.subject_id}
    asked = {**body, "start_at": start.isoformat(), "duration_minutes": 60}
    response = student.post(path, asked, headers={"X-Request-Id": request_id})
    assert (response.status_code, response.headers["X-Request-Id"]) == (201, request_id)
    world.settle()
    for process in ("gateway", "booking", "scheduling", "notifications"):
        eventually(lambda: f'"correlation_id": "{request_id}"' in world.said(process))  # noqa: B023
    problem = student.post(path, asked, headers={"X-Request-Id": request_id}).json()
    assert problem["request_id"] == request_id


@pytest.mark.parametrize("given", ["", "x" * 129, "two words", 'quote"', "line{}break", "\xe4"])
def test_a_request_id_that_could_do_harm_is_replaced(student: Student, given: str) -> None:
    answered = student.get("/api/me", {"X-Request-Id": given.encode("latin-1")}).headers["X-Request-Id"]
    assert len(answered) == 36


# --- limits ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def limited(world: World) -> Iterator[str]:
    """A second gateway, where callers are counted."""
    with world.another("gateway", RATE_LIMITS="on") as url:
        yield url


def me(url: str, student: Student) -> Response:
    return requests.get(f"{url}/api/me", headers=student.credentials(), timeout=15)


def log_in(url: str, email: str) -> Response:
    body = {"email": email, "password": "a wrong password"}
    return requests.post(f"{url}/api/auth/login", json=body, timeout=15)


def test_who_logs_in_too_often_at_one_address_has_to_wait(limited: str) -> None:
    email = f"{a_word()}@example.org"
    answers = [log_in(limited, email) for _ in range(31)]
    assert {answer.status_code for answer in answers[:30]} == {401, 429}  # 429 by the account's own patience
    assert refused(answers[30], 429, "too_many")["retry_after"] >= 1
    assert answers[30].headers["X-RateLimit-Limit"] == "30"
    assert log_in(limited, f"other-{email}").status_code == 401


def test_who_calls_too_often_has_to_wait_and_others_do_not(limited: str, student: Student) -> None:
    first = me(limited, student)
    assert (first.headers["X-RateLimit-Limit"], int(first.headers["X-RateLimit-Remaining"])) == ("600", 599)
    with requests.Session() as session, ThreadPoolExecutor(4) as threads:
        headers = {"Authorization": "Bearer nonsense"}
        answers = list(
            threads.map(lambda _: session.get(f"{limited}/api/me", headers=headers, timeout=15), range(640))
        )
    assert {answer.status_code for answer in answers[:500]} == {401}
    last = answers[-1]
    refused(last, 429, "too_many")
    assert (last.headers["X-RateLimit-Remaining"], int(last.headers["Retry-After"]) <= 60) == ("0", True)
    assert me(limited, student).status_code == 200
    assert requests.get(f"{limited}/healthz", timeout=15).status_code == 200
