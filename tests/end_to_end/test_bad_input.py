"""Bad input of every kind is a problem document with the right status and pointer, and never a 500."""

from __future__ import annotations

import json
from typing import Any

import pytest
from requests import Response

from tests.end_to_end.people import Anyone, Json, Student, Tutor, a_student, a_tutor, a_word, wanted
from tests.end_to_end.world import World

MEMBERS = {"type", "title", "status", "detail", "instance", "code", "request_id"}
MEBIBYTE = 1024 * 1024
HUGE = 10**400


@pytest.fixture(scope="module")
def tutor(world: World) -> Tutor:
    return a_tutor(world)


@pytest.fixture(scope="module")
def student(world: World) -> Student:
    return a_student(world)


def problem(response: Response, status: int, code: str) -> Json:
    """The problem document that the answer has to be, with all that every one of them has."""
    assert response.status_code == status, response.text
    assert response.headers["Content-Type"] == "application/problem+json"
    document: Json = response.json()
    assert document.keys() >= MEMBERS
    assert (document["status"], document["code"]) == (status, code)
    assert document["request_id"] == response.headers["X-Request-Id"]
    assert document["type"].endswith(f"/docs#{code}")
    return document


def pointers(document: Json) -> list[str]:
    return [error["pointer"] for error in document.get("errors", [])]


def raw(person: Anyone, body: bytes, content_type: str = "application/json") -> Response:
    return person.call("POST", "/api/bookings", {"Content-Type": content_type}, data=body)


# --- what can not be read ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b"5",
        b'"text"',
        b"null",
        b"{'single': 1}",
        b"{/* comment */}",
        b'{"a": 1} trailing',
        b'{"duration_minutes": 60, "duration_minutes": 30}',
        b'{"subjects": [{"subject_id": 1, "subject_id": 2}]}',
        b'{"duration_minutes": NaN}',
        b'{"duration_minutes": -Infinity}',
        b'{"duration_minutes": ' + b"9" * 5_000 + b"}",
        b'{"duration_minutes": ' + b"9" * 500_000 + b"}",
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        b"[" * 200_000,
        '{"notes_student": "é"}'.encode("latin-1"),
        '{"notes_student": "é"}'.encode("utf-16"),
        b"\x00",
        b"\xff\xfe",
    ],
    ids=range(20),
)
def test_what_is_no_json_object_is_malformed(student: Student, body: bytes) -> None:
    problem(raw(student, body), 400, "malformed")


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=latin-1",
        "application/json, text/plain",
        "application/problem+json",
    ],
)
def test_another_content_type_is_unsupported(student: Student, content_type: str) -> None:
    problem(raw(student, b"{}", content_type), 415, "unsupported_media_type")


def test_a_body_may_have_a_mebibyte_and_not_a_byte_more(student: Student) -> None:
    problem(raw(student, b"{" + b" " * (MEBIBYTE - 2) + b"}"), 422, "invalid")
    problem(raw(student, b"{" + b" " * (MEBIBYTE - 1) + b"}"), 413, "body_too_large")
    problem(raw(student, b"x" * 2 * MEBIBYTE), 413, "body_too_large")


# --- values --------------------------------------------------------------------------------------------

INSTANTS = (
    "2027-01-25T14:00:00",  # naive
    "2027-01-25",
    "2027-01-25 14:00:00Z",
    "2027-01-25T14:00Z",
    "2027-02-30T14:00:00Z",
    "2027-01-25T24:00:00Z",
    "2027-01-25T23:59:60Z",
    "2027-01-25T14:00:00+24:00",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "2201-01-01T00:00:00Z",
    "1969-12-31T23:59:59Z",
    "２０２７-01-25T14:00:00Z",
    1_800_000_000,
    None,
    "",
)
BOOKINGS: list[tuple[str, Any]] = [
    *(("start_at", value) for value in INSTANTS),
    *(("tutor_profile_id", value) for value in (0, -1, 2**53, HUGE, "5", 5.0, True, None, [], {})),
    *(("duration_minutes", value) for value in (0, -30, 2881, 30.5, "60", True, None)),
    *(("lesson_type", value) for value in ("telepathy", "", 5, None)),
    *(("hold", value) for value in ("true", 1, 0, "yes")),
    *(
        ("notes_student", value)
        for value in ("x" * 2001, "NUL\x00", "lone \ud800 surrogate", "bell\x07", 5, ["a"])
    ),
    *((name, 1) for name in ("status", "student_id", "expected_version", "price", "__class__", "", "\ud800")),
]
ACCOUNTS: list[tuple[str, Any]] = [
    *(("email", value) for value in ("nobody", "a@b", "a b@example.org", "a@[127.0.0.1]", "ä@example.org")),
    *(
        ("email", value)
        for value in ("a@example.org\nBcc: b@example.org", "a" * 65 + "@example.org", {"$ne": None})
    ),
    *(("password", value) for value in ("short", "x" * 201, "NUL \x00 in a password", 1234567890)),
    *(("name", value) for value in ("", "   ", "x" * 121, "two\nlines", "two\u2028lines", 5, None, "\x7f")),
    *(
        ("timezone", value)
        for value in ("Europe/Atlantis", "europe/london", "../../etc/passwd", "Factory", "", 1)
    ),
    *(("locale", value) for value in ("fr", "", "x" * 21)),
    *(("role", value) for value in ("king", "anonymous", "system", None)),
    ("tutor_profile_id", 1),
]


@pytest.mark.parametrize(("field", "value"), BOOKINGS, ids=range(len(BOOKINGS)))
def test_a_wrong_value_of_a_booking_is_pointed_at(
    tutor: Tutor, student: Student, field: str, value: Any
) -> None:
    asked = {**wanted(tutor, student.world.now()), field: value}
    document = problem(raw(student, json.dumps(asked).encode()), 422, "invalid")
    assert pointers(document) == ["/" + field.replace("\ud800", "?")]


@pytest.mark.parametrize(("field", "value"), ACCOUNTS, ids=range(len(ACCOUNTS)))
def test_a_wrong_value_of_an_account_is_pointed_at(anyone: Anyone, field: str, value: Any) -> None:
    asked = {"email": f"{a_word()}@example.org", "password": "long enough", "name": "Ada", field: value}
    document = problem(anyone.post("/api/auth/register", asked), 422, "invalid")
    assert pointers(document) == [f"/{field}"]


def profile(**fields: Any) -> Json:
    return {"title": "Expert", "hourly_rate": 40, **fields}


def weekly(weekday: int, start: str, end: str) -> Json:
    return {"timezone": "UTC", "weekly_hours": [{"weekday": weekday, "start": start, "end": end}]}


OF_TUTORS: list[tuple[str, Json, str]] = [
    *(
        ("profile", profile(hourly_rate=rate), "/hourly_rate")
        for rate in (40.001, -1, "40", 1e300, HUGE, None)
    ),
    ("profile", profile(currency="JPY"), "/currency"),
    ("profile", profile(profile_photo_url="javascript:alert(1)"), "/profile_photo_url"),
    ("profile", profile(languages=["en"] * 51), "/languages"),
    ("profile", profile(subjects=[{"subject_id": 1, "colour": 1}]), "/subjects/0/colour"),
    ("profile", profile(education=[{}]), "/education/0/school"),
    ("profile", profile(subjects={"subject_id": 1}), "/subjects"),
    ("availability", weekly(0, "09:00", "10:00"), "/weekly_hours/0/weekday"),
    ("availability", weekly(1, "9:00", "10:00"), "/weekly_hours/0/start"),
    ("availability", weekly(1, "24:00", "24:00"), "/weekly_hours/0/start"),
    ("availability", weekly(1, "10:00", "09:00"), "/weekly_hours/0"),
    ("availability", {"timezone": "Mars/Olympus", "weekly_hours": []}, "/timezone"),
    ("availability", {"timezone": "UTC", "weekly_hours": "always"}, "/weekly_hours"),
    ("policy", {"durations_minutes": []}, "/durations_minutes"),
    ("policy", {"durations_minutes": [60, 60]}, "/durations_minutes/1"),
    ("policy", {"durations_minutes": [0]}, "/durations_minutes/0"),
    *(("policy", {"min_notice_hours": hours}, "/min_notice_hours") for hours in (2160.1, -0.1, "1")),
    ("policy", {"booking_window_days": 121}, "/booking_window_days"),
    ("policy", {"slot_step_minutes": 0}, "/slot_step_minutes"),
    ("policy", {"buffer_before_minutes": 241}, "/buffer_before_minutes"),
    ("policy", {"max_bookings_per_day": 0}, "/max_bookings_per_day"),
    ("policy", {"refund_tiers": [{"hours_before": 12, "percent": 101}]}, "/refund_tiers/0/percent"),
    ("policy", {"refund_tiers": [{"hours_before": 12, "percent": 1}] * 2}, "/refund_tiers/1/hours_before"),
]


@pytest.mark.parametrize(("what", "body", "pointer"), OF_TUTORS, ids=range(len(OF_TUTORS)))
def test_a_wrong_value_of_a_tutor_is_pointed_at_however_deep(
    tutor: Tutor, what: str, body: Json, pointer: str
) -> None:
    assert pointers(problem(tutor.put(f"/api/tutor/{what}", body), 422, "invalid")) == [pointer]


def test_everything_that_is_wrong_is_said_at_once(student: Student) -> None:
    response = student.call("POST", "/api/bookings", json={"duration_minutes": 0, "colour": "red"})
    found = pointers(problem(response, 422, "invalid"))
    assert sorted(found) == ["/colour", "/duration_minutes", "/start_at", "/tutor_profile_id"]


def test_text_in_any_language_is_kept_as_it_was_sent(student: Student) -> None:
    name = "Zoë \u202bשרה\u202c 王小明 👩🏽‍🏫 O'Brien; DROP TABLE accounts; -- <script>"
    response = student.patch("/api/me", {"name": name})
    assert (response.status_code, response.json()["name"]) == (200, name)


# --- queries and paths -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("page=0", "/page"),
        ("page=1000001", "/page"),
        ("page=two", "/page"),
        ("page=1.0", "/page"),
        ("page=٣", "/page"),
        ("page=%00", "/page"),
        ("page=1&page=2", "/page"),
        ("page_size=0", "/page_size"),
        ("page_size=101", "/page_size"),
        ("student_id=99999999999999999999999", "/student_id"),
        ("status=OPEN", "/status/0"),
        ("status=PENDING,OPEN", "/status/1"),
        ("from=2027-01-25T14:00:00", "/from"),
        ("to=20270125", "/to"),
        ("colour=red", "/colour"),
        ("=", "/"),
    ],
)
def test_a_wrong_or_unknown_parameter_is_pointed_at(student: Student, query: str, pointer: str) -> None:
    document = problem(student.get(f"/api/bookings?{query}"), 422, "invalid")
    assert pointers(document) == [pointer]
    assert document["errors"][0]["in"] == "query"


def test_a_query_that_can_not_be_read_is_malformed(student: Student) -> None:
    for query in ("page=%ff", "&".join(f"a{number}=1" for number in range(200))):
        problem(student.get(f"/api/bookings?{query}"), 400, "malformed")


NOBODYS = ("0", "-1", "1e3", "01", "%00", "1;x", "9007199254740992", "9" * 5000, "%F0%9F", "1%2F2")


@pytest.mark.parametrize("id_", NOBODYS, ids=range(len(NOBODYS)))
def test_an_id_that_can_be_nobodys_names_nothing(student: Student, id_: str) -> None:
    problem(student.call("GET", f"/api/bookings/{id_}"), 404, "not_found")


@pytest.mark.parametrize(
    "path", ["/", "/api", "/api/nothing", "/api//bookings", "/api/bookings/", "/API/bookings", "/%ff"]
)
def test_an_unknown_path_is_not_found(anyone: Anyone, path: str) -> None:
    problem(anyone.get(path), 404, "no_such_path")


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "FOO"])
def test_another_method_is_refused_with_those_there_are(student: Student, method: str) -> None:
    response = student.call(method, "/api/bookings")
    problem(response, 405, "method_not_allowed")
    assert response.headers["Allow"] == "GET, HEAD, OPTIONS, POST"


@pytest.mark.parametrize("key", [b"", b"x" * 256, b"two words", b"\xe4", b"tab\there"])
def test_an_idempotency_key_is_of_visible_letters_and_not_too_long(student: Student, key: bytes) -> None:
    problem(student.call("POST", "/api/bookings", {"Idempotency-Key": key}, json={}), 400, "malformed")
