"""The gateway's own pages, and what browsers may do with its replies."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.catalog import ListSubjects
from contracts.errors import Unavailable
from contracts.operations import Ping
from gateway.calls import Call
from gateway.operations import SERVICES
from tests.calling import PAGE, a_call, a_gateway, said
from tests.fake_asker import Asked, FakeAsker

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
