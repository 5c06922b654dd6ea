"""What becomes of an answer or a refusal on its way out: problems, ids, keys, versions and tags."""

from __future__ import annotations

from decimal import Decimal

import pytest
import structlog

from contracts.booking import CreateBooking, ListBookings
from contracts.catalog import GetMe, ListSubjects, LogIn, LogOut, SearchTutors, UpdateMe
from contracts.errors import SlotTaken, Stale, Unavailable, WrongCredentials
from gateway.calls import Call
from gateway.problems import BodyTooLarge
from tests.calling import BOOKING, PAGE, SECRET, a_call, a_gateway, a_grant, said
from tests.fake_asker import Asked, FakeAsker

# --- replies --------------------------------------------------------------------------------------


def test_a_refusal_of_the_owner_is_a_problem() -> None:
    gateway = a_gateway(FakeAsker({CreateBooking: SlotTaken(alternatives=["a start"])}))
    reply = gateway(a_call(gateway, "POST /api/bookings", BOOKING, by="student", x_request_id="r-1"))
    document = said(reply)
    assert (reply.status, document["code"], document["alternatives"]) == (409, "slot_taken", ["a start"])
    assert (document["instance"], document["request_id"]) == ("/api/bookings", "r-1")
    assert document["type"] == "https://tutoring.example/docs#slot_taken"


def test_a_fault_says_nothing_of_itself() -> None:
    gateway = a_gateway(FakeAsker({GetMe: ValueError(SECRET)}))
    with structlog.testing.capture_logs() as logs:
        reply = gateway(a_call(gateway, "GET /api/me", by="student"))
    assert (reply.status, said(reply)["code"]) == (500, "unexpected")
    assert SECRET.encode() not in reply.body
    assert [line["event"] for line in logs] == ["call_failed", "called"]


def test_a_silent_owner_is_a_503_that_may_be_tried_again() -> None:
    gateway = a_gateway(FakeAsker({GetMe: Unavailable(retry_after=1)}))
    reply = gateway(a_call(gateway, "GET /api/me", by="student"))
    assert (reply.status, reply.headers["Retry-After"]) == (503, "1")


def test_what_could_not_be_read_is_refused_like_anything_else() -> None:
    reply = a_gateway()(Call("POST", "/api/bookings", peer="192.0.2.1", fault=BodyTooLarge()))
    assert (reply.status, said(reply)["code"]) == (413, "body_too_large")


def test_a_callers_request_id_is_kept() -> None:
    gateway = a_gateway()
    assert (
        gateway(a_call(gateway, "GET /nowhere", x_request_id="abc.DEF-1_2")).headers["X-Request-Id"]
        == "abc.DEF-1_2"
    )


@pytest.mark.parametrize("insane", ["", "a b", "x" * 129, "ä", "a\r\nb"])
def test_a_request_id_is_made_where_there_is_no_sane_one(insane: str) -> None:
    gateway = a_gateway()
    replies = [gateway(a_call(gateway, "GET /nowhere", x_request_id=insane)) for _ in range(2)]
    first, second = (reply.headers["X-Request-Id"] for reply in replies)
    assert len(first) == 36
    assert first != second


def test_a_created_thing_tells_where_it_is() -> None:
    gateway = a_gateway(FakeAsker({CreateBooking: {"id": 17}}))
    reply = gateway(a_call(gateway, "POST /api/bookings", BOOKING, by="student"))
    assert reply.headers["Location"] == "/api/bookings/17"


def test_where_there_is_nothing_to_say_nothing_is_said() -> None:
    gateway = a_gateway(FakeAsker({LogOut: {}}))
    reply = gateway(a_call(gateway, "POST /api/auth/logout", {"refresh_token": "opaque"}))
    assert (reply.status, reply.body) == (204, b"")


def test_the_log_has_no_query_body_or_token() -> None:
    gateway = a_gateway(FakeAsker({LogIn: WrongCredentials(), SearchTutors: PAGE}))
    with structlog.testing.capture_logs() as logs:
        gateway(a_call(gateway, "POST /api/auth/login", {"email": "a@b.example", "password": SECRET}))
        gateway(a_call(gateway, "GET /api/tutors", query=f"search_query={SECRET}"))
        gateway(a_call(gateway, f"GET /api/{SECRET}"))
    assert [line["route"] for line in logs] == ["POST /api/auth/login", "GET /api/tutors", "unknown"]
    assert SECRET not in str(logs)


# --- keys, versions, tags -----------------------------------------------------------------------


def test_the_same_key_is_answered_the_same_to_the_byte() -> None:
    gateway = a_gateway(FakeAsker({CreateBooking: {"id": 1, "total_amount": Decimal("51.75"), "version": 1}}))
    call = a_call(gateway, "POST /api/bookings", BOOKING, by="student", idempotency_key="once")
    first, again = gateway(call), gateway(call)
    assert (again.status, again.body, again.headers["ETag"]) == (
        first.status,
        first.body,
        first.headers["ETag"],
    )
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"


def test_a_replayed_login_gives_the_same_tokens() -> None:
    gateway = a_gateway(FakeAsker({LogIn: a_grant("student")}))
    call = a_call(
        gateway, "POST /api/auth/login", {"email": "a@b.example", "password": "p"}, idempotency_key="k"
    )
    first, again = gateway(call), gateway(call)
    assert again.body == first.body
    assert set(said(first)) == {"access_token", "token_type", "expires_in", "refresh_token"}


def test_everybody_has_keys_of_his_own() -> None:
    asker = FakeAsker({CreateBooking: {}, LogOut: {}})
    gateway = a_gateway(asker)
    gateway(a_call(gateway, "POST /api/bookings", BOOKING, by="student", idempotency_key="k"))
    gateway(a_call(gateway, "POST /api/auth/logout", {"refresh_token": "t"}, idempotency_key="k"))
    gateway(a_call(gateway, "POST /api/bookings", BOOKING, by="student"))
    gateway(a_call(gateway, "POST /api/bookings", BOOKING, by="student"))
    keys = [asked.key for asked in asker.asked]
    assert keys[:2] == ["42:k", "anonymous:k"]
    assert len(set(keys)) == 4


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 256, "ä"])
def test_a_key_that_is_none_is_malformed(key: str) -> None:
    gateway = a_gateway()
    reply = gateway(a_call(gateway, "POST /api/bookings", BOOKING, by="student", idempotency_key=key))
    assert reply.status == 400


def test_a_tag_serves_to_ask_again_and_to_change() -> None:
    asker = FakeAsker(
        {GetMe: {"name": "Ada", "version": 3}, UpdateMe: lambda asked: {"seen": version_in(asked)}}
    )
    gateway = a_gateway(asker)
    tag = gateway(a_call(gateway, "GET /api/me", by="student")).headers["ETag"]
    unchanged = gateway(a_call(gateway, "GET /api/me", by="student", if_none_match=f'"x", W/{tag}'))
    assert (unchanged.status, unchanged.body, unchanged.headers["ETag"]) == (304, b"", tag)
    changed = gateway(a_call(gateway, "PATCH /api/me", {"name": "Eva"}, by="student", if_match=tag))
    assert said(changed) == {"seen": 3}
    asker.reactions[UpdateMe] = Stale()
    assert gateway(a_call(gateway, "PATCH /api/me", {}, by="student", if_match=tag)).status == 412


def version_in(asked: Asked) -> int | None:
    assert isinstance(asked.request, UpdateMe)
    return asked.request.expected_version


def test_only_what_anybody_may_see_may_be_kept() -> None:
    gateway = a_gateway(FakeAsker({ListSubjects: PAGE, ListBookings: PAGE}))
    anybody = gateway(a_call(gateway, "GET /api/subjects"))
    somebody = gateway(a_call(gateway, "GET /api/subjects", by="student"))
    own = gateway(a_call(gateway, "GET /api/bookings", by="student"))
    assert anybody.headers["Cache-Control"] == "public, max-age=0, must-revalidate"
    assert somebody.headers["Cache-Control"] == own.headers["Cache-Control"] == "no-store"
    assert "Authorization" in anybody.headers["Vary"]
