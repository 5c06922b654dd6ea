"""Who is asked for a call, as whom and how often; and the calls for which more than one is asked."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from chassis.context import ANONYMOUS, Actor
from contracts.booking import CreateBooking, GetBooking, ListBookings
from contracts.catalog import EraseMe, ListSubjects, LogIn, LogOut, RefreshSession, SearchTutors
from contracts.errors import LastAdmin, Unavailable, WrongCredentials
from contracts.operations import ListDeadLetters, ReplayDeadLetter
from contracts.scheduling import FindOpenTutors
from gateway.calls import Call
from tests.calling import BOOKING, PAGE, a_call, a_gateway, a_grant, said
from tests.fake_asker import Asked, FakeAsker

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


@pytest.mark.parametrize(("what", "status"), [("GET /nowhere", 404), ("PUT /api/subjects", 405)])
def test_calls_that_lead_nowhere_count_for_their_address(what: str, status: int) -> None:
    gateway = a_gateway(FakeAsker({ListSubjects: PAGE}), rate_limits=True)
    replies = [gateway(a_call(gateway, what)) for _ in range(601)]
    assert [reply.status for reply in replies] == [status] * 600 + [429]
    assert gateway(a_call(gateway, "GET /api/subjects")).status == 429


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
