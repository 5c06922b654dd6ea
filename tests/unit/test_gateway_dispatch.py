"""The way of a call from end to end, with a stand-in for the services."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from chassis.clock import Clock
from chassis.context import ANONYMOUS, Actor
from chassis.settings import Settings
from contracts.booking import CreateBooking, GetBooking, ListBookings
from contracts.catalog import (
    EraseMe,
    GetMe,
    ListSubjects,
    LogIn,
    LogOut,
    RefreshSession,
    SearchTutors,
    UpdateMe,
)
from contracts.errors import LastAdmin, SlotTaken, Stale, Unavailable, WrongCredentials
from contracts.operations import ListDeadLetters, Ping, ReplayDeadLetter
from contracts.scheduling import FindOpenTutors
from gateway.calls import Call, Reply
from gateway.dispatch import Dispatch
from gateway.live import Streams
from gateway.operations import SERVICES
from gateway.problems import BodyTooLarge
from gateway.service import assemble
from tests.fake_asker import Asked, FakeAsker

PEM = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
SECRET = "hunter2"  # never to be seen again
PAGE = {"items": [], "total": 0, "page": 1, "page_size": 20}
BOOKING = {"tutor_profile_id": 10, "start_at": "2027-01-25T14:00:00Z", "duration_minutes": 60}


def a_gateway(asker: FakeAsker | None = None, **settings: Any) -> Dispatch:
    given = {"rate_limits": False, "public_url": "https://tutoring.example"} | settings
    settings_ = Settings(service="gateway", gateway_signing_key=PEM, **given)
    return assemble(settings_, asker or FakeAsker(), Streams(Clock()))


def a_grant(role: str, account_id: int = 42) -> dict[str, Any]:
    return {
        "account_id": account_id,
        "role": role,
        "refresh_token": "opaque",
        "granted_at": "2199-01-01T00:00:00Z",
        "grant_id": "g-1",
        "tutor_profile_id": 10 if role == "tutor" else None,
    }


def a_call(
    gateway: Dispatch, what: str, body: Any = None, *, by: str | None = None, query: str = "", **headers: str
) -> Call:
    """A call such as `POST /api/bookings`, with a body and by somebody in a role."""
    method, path = what.split(" ")
    given = {name.replace("_", "-"): text for name, text in headers.items()}
    if body is not None:
        given["content-type"] = "application/json"
    if by:
        given["authorization"] = f"Bearer {gateway.identity.tokens(a_grant(by)).access_token}"
    sent = json.dumps(body).encode() if body is not None else b""
    return Call(method, path, query, given, sent, peer="192.0.2.1")


def said(reply: Reply) -> Any:
    return json.loads(reply.body, parse_float=Decimal)


# --- who is asked, as whom ------------------------------------------------------------------------


def test_the_owner_is_asked_as_the_caller() -> None:
    asker = FakeAsker({CreateBooking: {"id": 1, "version": 1}})
    gateway = a_gateway(asker)
    reply = gateway(a_call(gateway, "POST /api/bookings", BOOKING, by="student", x_request_id="mine"))
    assert reply.status == 201
    (asked,) = asker.asked
    assert (asked.actor, asked.to, asked.request_id) == (Actor(42, "student"), "booking", "mine")
    assert isinstance(asked.request, CreateBooking)


def test_money_goes_out_with_two_places_and_times_as_they_came() -> None:
    asker = FakeAsker({GetBooking: {"total_amount": Decimal("45.00"), "start_time": "2027-01-25T14:00:00Z"}})
    gateway = a_gateway(asker)
    reply = gateway(a_call(gateway, "GET /api/bookings/1", by="student"))
    assert reply.body == b'{"total_amount":45.00,"start_time":"2027-01-25T14:00:00Z"}'


def test_a_public_route_knows_a_caller_who_shows_a_token() -> None:
    asker = FakeAsker({ListSubjects: PAGE})
    gateway = a_gateway(asker)
    gateway(a_call(gateway, "GET /api/subjects"))
    gateway(a_call(gateway, "GET /api/subjects", by="tutor"))
    assert [asked.actor for asked in asker.asked] == [Actor(), Actor(42, "tutor", 10)]


@pytest.mark.parametrize(
    ("what", "by", "status"),
    [
        ("GET /api/me", None, 401),
        ("POST /api/bookings", None, 401),
        ("POST /api/bookings", "tutor", 403),
        ("POST /api/bookings", "admin", 403),
        ("PUT /api/tutor/profile", "student", 403),
        ("GET /api/admin/ledger", "student", 403),
        ("GET /api/nothing", None, 404),
        ("GET /api/bookings/abc", "student", 404),
        ("DELETE /api/bookings", "student", 405),
    ],
)
def test_nobody_is_asked_for_whom_it_is_not(what: str, by: str | None, status: int) -> None:
    asker = FakeAsker()
    gateway = a_gateway(asker)
    assert gateway(a_call(gateway, what, by=by)).status == status
    assert asker.asked == []


@pytest.mark.parametrize(("erasure", "status"), [({}, 401), (LastAdmin(), 200)])
def test_a_token_opens_nothing_more_once_its_account_is_erased(erasure: Any, status: int) -> None:
    gateway = a_gateway(FakeAsker({EraseMe: erasure, ListBookings: PAGE}))
    gateway(a_call(gateway, "DELETE /api/me", by="admin"))
    assert gateway(a_call(gateway, "GET /api/bookings", by="admin")).status == status


def test_a_bad_token_is_refused_even_where_none_is_needed() -> None:
    gateway = a_gateway()
    reply = gateway(a_call(gateway, "GET /api/subjects", authorization="Bearer x"))
    assert (reply.status, reply.headers["WWW-Authenticate"]) == (401, 'Bearer realm="api"')


@pytest.mark.parametrize("what", ["POST /api/auth/refresh", "POST /api/auth/logout"])
def test_a_session_goes_on_or_ends_whatever_token_is_sent_beside_its_own(what: str) -> None:
    asker = FakeAsker({RefreshSession: a_grant("student"), LogOut: {}})
    gateway = a_gateway(asker)
    reply = gateway(a_call(gateway, what, {"refresh_token": "opaque"}, authorization="Bearer expired"))
    assert reply.status in (200, 204)
    assert [asked.actor for asked in asker.asked] == [ANONYMOUS]


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


# --- browsers -------------------------------------------------------------------------------------


def test_every_reply_is_armed_against_misuse() -> None:
    headers = a_gateway()(Call("GET", "/nowhere")).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["Strict-Transport-Security"].startswith("max-age=")
    assert "Strict-Transport-Security" not in a_gateway(public_url="http://localhost:8000")(Call()).headers


def test_only_listed_origins_may_ask_across() -> None:
    gateway = a_gateway(FakeAsker({ListSubjects: PAGE}), cors_origins=("https://app.example",))
    for origin, allowed in (
        ("https://app.example", True),
        ("https://app.example.evil", False),
        ("null", False),
    ):
        reply = gateway(a_call(gateway, "GET /api/subjects", origin=origin))
        assert (reply.headers.get("Access-Control-Allow-Origin") == origin) is allowed
        asked_ahead = gateway(a_call(gateway, "OPTIONS /api/bookings", origin=origin))
        assert asked_ahead.headers["Allow"] == "GET, HEAD, OPTIONS, POST"
        assert ("Access-Control-Allow-Methods" in asked_ahead.headers) is allowed


# --- limits ---------------------------------------------------------------------------------------


def test_a_caller_is_told_what_is_left_and_stopped_when_nothing_is() -> None:
    gateway = a_gateway(FakeAsker({ListSubjects: PAGE}), rate_limits=True)
    replies = [gateway(a_call(gateway, "GET /api/subjects")) for _ in range(601)]
    assert [reply.status for reply in replies] == [200] * 600 + [429]
    assert replies[0].headers["X-RateLimit-Remaining"] == "599"
    assert replies[600].headers["X-RateLimit-Limit"] == "600"
    assert 1 <= int(replies[600].headers["Retry-After"]) <= 60
    assert gateway(a_call(gateway, "GET /api/subjects", by="student")).status == 200


def test_guessing_at_one_account_is_stopped_wherever_it_comes_from() -> None:
    gateway = a_gateway(FakeAsker({LogIn: WrongCredentials()}), rate_limits=True)
    for number in range(31):
        body = {"email": "Ada@Example.org" if number % 2 else "ada@example.org", "password": str(number)}
        call = a_call(gateway, "POST /api/auth/login", body)
        reply = gateway(Call(call.method, call.path, "", call.headers, call.body, peer=f"192.0.2.{number}"))
    assert reply.status == 429


def test_bad_tokens_count_for_their_address() -> None:
    gateway = a_gateway(rate_limits=True)
    replies = [gateway(a_call(gateway, "GET /api/me", authorization="Bearer x")) for _ in range(601)]
    assert [reply.status for reply in replies] == [401] * 600 + [429]


def test_nothing_is_counted_where_limits_are_off() -> None:
    gateway = a_gateway(FakeAsker({ListSubjects: PAGE}))
    assert "X-RateLimit-Limit" not in gateway(a_call(gateway, "GET /api/subjects")).headers


# --- more than passing on -------------------------------------------------------------------------


def test_a_search_by_availability_asks_scheduling_first() -> None:
    asker = FakeAsker({FindOpenTutors: {"tutor_profile_ids": [3, 5]}, SearchTutors: PAGE})
    gateway = a_gateway(asker)
    query = "min_rating=4&available_from=2027-01-01T00:00:00Z&available_to=2027-01-02T00:00:00Z"
    assert gateway(a_call(gateway, "GET /api/tutors", query=query)).status == 200
    first, second = (asked.request for asked in asker.asked)
    assert isinstance(first, FindOpenTutors)
    assert first.duration_minutes == 60
    assert isinstance(second, SearchTutors)
    assert (second.among, second.min_rating) == ([3, 5], 4)


def test_a_search_without_availability_asks_catalog_only() -> None:
    asker = FakeAsker({SearchTutors: PAGE})
    gateway = a_gateway(asker)
    gateway(a_call(gateway, "GET /api/tutors", query="search_query=math"))
    assert [asked.request for asked in asker.asked] == [SearchTutors(search_query="math")]


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("available_from=2027-01-01T00:00:00Z", "/available_to"),
        ("available_to=2027-01-01T00:00:00Z", "/available_from"),
        ("duration_minutes=60", "/available_from"),
        ("available_from=2027-01-01T00:00:00Z&available_to=2027-01-01T00:00:00Z", "/available_to"),
    ],
)
def test_half_a_period_is_none(query: str, pointer: str) -> None:
    gateway = a_gateway()
    reply = gateway(a_call(gateway, "GET /api/tutors", query=query))
    assert (reply.status, said(reply)["errors"][0]["pointer"]) == (422, pointer)


def letters_of(asked: Asked) -> dict[str, Any]:
    """250 letters in booking, one in reviews, none elsewhere; catalog does not answer."""
    assert isinstance(asked.request, ListDeadLetters)
    if asked.to == "catalog":
        raise Unavailable()
    count = {"booking": 250, "reviews": 1}.get(asked.to, 0)
    letters = [
        {"id": f"{asked.to}-{number}", "died_at": f"2027-01-01T00:{number // 60:02}:{number % 60:02}Z"}
        for number in range(count, 0, -1)
    ]
    start = (asked.request.page - 1) * asked.request.page_size
    return {"items": letters[start : start + asked.request.page_size], "total": count}


def test_dead_letters_of_all_services_are_one_list() -> None:
    gateway = a_gateway(FakeAsker({ListDeadLetters: letters_of}))
    first = said(gateway(a_call(gateway, "GET /api/admin/dead-letters", by="admin")))
    assert (first["total"], first["unavailable"], len(first["items"])) == (251, ["catalog"], 20)
    assert first["items"][0]["id"] == "booking-250"
    last = said(gateway(a_call(gateway, "GET /api/admin/dead-letters", by="admin", query="page=13")))
    assert {letter["id"] for letter in last["items"]} >= {"booking-1", "reviews-1"}
    assert len(last["items"]) == 11


def test_a_dead_letter_is_replayed_by_its_own_service() -> None:
    asker = FakeAsker({ReplayDeadLetter: {"id": "reviews-17"}})
    gateway = a_gateway(asker)
    assert (
        gateway(a_call(gateway, "POST /api/admin/dead-letters/reviews-17/replay", by="admin")).status == 200
    )
    assert (asker.asked[0].to, asker.asked[0].request) == ("reviews", ReplayDeadLetter(17))
    for nobody in ("gateway-1", "reviews", "reviews-0", "reviews-x", "17"):
        reply = gateway(a_call(gateway, f"POST /api/admin/dead-letters/{nobody}/replay", by="admin"))
        assert reply.status == 404


# --- pages ----------------------------------------------------------------------------------------


def test_the_gateway_is_ready_when_everybody_answers() -> None:
    asker = FakeAsker({Ping: lambda asked: {"service": asked.to}})
    reply = a_gateway(asker)(Call("GET", "/readyz"))
    assert (reply.status, said(reply)["ready"]) == (200, True)
    assert set(said(reply)["checks"]) == {"broker", *SERVICES}


def test_the_gateway_says_who_is_missing() -> None:
    def all_but_booking(asked: Asked) -> dict[str, Any]:
        if asked.to == "booking":
            raise Unavailable()
        return {"service": asked.to}

    reply = a_gateway(FakeAsker({Ping: all_but_booking}))(Call("GET", "/readyz"))
    assert (reply.status, said(reply)["ready"]) == (503, False)
    assert [name for name, state in said(reply)["checks"].items() if state != "ok"] == ["booking"]


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("/healthz", "application/json"),
        ("/metrics", "text/plain"),
        ("/version", "application/json"),
        ("/openapi.json", "application/json"),
        ("/asyncapi.json", "application/json"),
        ("/.well-known/jwks.json", "application/json"),
        ("/docs", "text/html"),
        ("/docs/docs.js", "text/javascript"),
        ("/docs/docs.css", "text/css"),
    ],
)
def test_the_gateway_shows_itself_to_anybody(path: str, media_type: str) -> None:
    reply = a_gateway()(Call("GET", path))
    assert (reply.status, reply.headers["Content-Type"].split(";")[0]) == (200, media_type)
    assert reply.body


def test_a_document_that_the_caller_has_is_not_sent_again() -> None:
    gateway = a_gateway()
    tag = gateway(Call("GET", "/openapi.json")).headers["ETag"]
    assert gateway(Call("GET", "/openapi.json", headers={"if-none-match": tag})).status == 304


@pytest.mark.parametrize(
    ("path", "headers", "media_types"),
    [
        ("/healthz", {}, ["application/json"]),
        ("/readyz", {}, ["application/json"]),  # nobody answers
        ("/openapi.json", {"if-none-match": "*"}, []),
        ("/docs", {"if-none-match": "*"}, []),
    ],
)
def test_however_the_gateway_shows_itself_is_described(
    path: str, headers: dict[str, str], media_types: list[str]
) -> None:
    gateway = a_gateway()
    described = said(gateway(Call("GET", "/openapi.json")))["paths"][path]["get"]["responses"]
    answered = gateway(Call("GET", path, headers=headers)).status
    assert list(described[str(answered)].get("content", {})) == media_types


def test_the_docs_load_nothing_from_elsewhere() -> None:
    gateway = a_gateway()
    page = gateway(Call("GET", "/docs"))
    assert "'self'" in page.headers["Content-Security-Policy"]
    for path in ("/docs", "/docs/docs.js", "/docs/docs.css"):
        assert b"://" not in gateway(Call("GET", path)).body
