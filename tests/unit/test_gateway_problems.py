"""How refusals look to the outside."""

from __future__ import annotations

import json
from typing import Any

from contracts.errors import Refusal, SlotTaken, TooMany, Unavailable, WrongCredentials
from gateway.calls import Reply
from gateway.problems import MethodNotAllowed, problem


def shown(refusal: Refusal, request_id: str = "r-1") -> tuple[Reply, dict[str, Any]]:
    reply = problem(refusal, "/api/bookings", request_id, "https://tutoring.example/docs")
    return reply, json.loads(reply.body)


def test_a_refusal_becomes_a_problem_document() -> None:
    refusal = SlotTaken(alternatives=[{"start_at": "2027-01-01T12:00:00Z"}])
    reply, document = shown(refusal)
    assert (reply.status, reply.headers["Content-Type"]) == (409, "application/problem+json")
    assert document == {
        "type": "https://tutoring.example/docs#slot_taken",
        "title": "Slot taken",
        "status": 409,
        "detail": "The tutor is already booked at this time.",
        "instance": "/api/bookings",
        "code": "slot_taken",
        "request_id": "r-1",
        "alternatives": [{"start_at": "2027-01-01T12:00:00Z"}],
    }


def test_what_a_refusal_carries_can_not_replace_what_a_problem_is() -> None:
    assert shown(SlotTaken(status=200, code="fine"))[1]["status"] == 409


def test_a_caller_who_is_not_known_is_told_how_to_be() -> None:
    assert shown(WrongCredentials())[0].headers["WWW-Authenticate"] == 'Bearer realm="api"'


def test_a_caller_who_may_come_again_is_told_when() -> None:
    assert shown(TooMany(retry_after=2.5))[0].headers["Retry-After"] == "3"
    assert shown(Unavailable())[0].headers["Retry-After"] == "1"


def test_another_method_is_told_in_the_header() -> None:
    assert shown(MethodNotAllowed(allow="GET, HEAD"))[0].headers["Allow"] == "GET, HEAD"


def test_a_refusal_told_again_is_the_same_to_the_byte() -> None:
    first, again = SlotTaken(), SlotTaken()
    again.replayed, again.request_id = True, "r-1"
    told = shown(again, request_id="r-2")[0]
    assert told.body == shown(first, request_id="r-1")[0].body
    assert told.headers["Idempotent-Replayed"] == "true"
