"""The documents that the gateway serves: valid, complete, and true."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from chassis import wire
from contracts.booking import BookingCancelled, BookingEvent
from contracts.message import load, name_of, schema_of
from gateway import asyncapi, openapi
from gateway.calls import Reply
from gateway.examples import BODIES, STREAMS, VIEWS
from gateway.routes import Page, Route
from gateway.shapes import references
from tests.builders import a_booking_state
from tests.contract.test_gateway_doors import ROUTES

HEALTH = Page("/healthz", "Whether the process lives.", "application/json", lambda _: Reply(200))


@cache
def the_api() -> dict[str, Any]:
    """The description as somebody reads it who has fetched it."""
    described: dict[str, Any] = json.loads(
        wire.encode(openapi.describe([*ROUTES, HEALTH], "https://tutoring.example", "1.0.0"))
    )
    return described


@cache
def the_events() -> dict[str, Any]:
    described: dict[str, Any] = json.loads(wire.encode(asyncapi.describe(asyncapi.all_events(), "1.0.0")))
    return described


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in the_api()["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def is_valid(document: dict[str, Any], schema: dict[str, Any], value: Any) -> bool:
    """Whether the value is what a schema within the document wants, formats apart."""
    return bool(Draft202012Validator({**schema, "components": document["components"]}).is_valid(value))


def body_of(route: Route) -> dict[str, Any]:
    operation = the_api()["paths"][route.path][route.method.lower()]
    schema: dict[str, Any] = operation["requestBody"]["content"]["application/json"]["schema"]
    return schema


def test_the_api_is_described_in_valid_openapi() -> None:
    assert the_api()["openapi"] == "3.1.0"
    assert [str(error) for error in OpenAPIV31SpecValidator(the_api()).iter_errors()] == []


def test_every_route_is_described() -> None:
    described = {(method, path) for method, path, _ in operations()}
    assert described == {(door.method, door.path) for door in [*ROUTES, HEALTH]}


def test_operations_have_names_of_their_own() -> None:
    names = [operation["operationId"] for _, _, operation in operations()]
    assert len(names) == len(set(names))


def test_every_operation_says_who_may_ask() -> None:
    for route in ROUTES:
        operation = the_api()["paths"][route.path][route.method.lower()]
        assert ({} in operation["security"]) is ("anonymous" in route.request.asked_by)


def test_what_a_contract_refuses_with_is_described() -> None:
    responses = the_api()["paths"]["/api/bookings"]["post"]["responses"]
    assert "slot_taken" in responses["409"]["description"]
    assert "too_little_notice" in responses["400"]["description"]
    assert "start_in_past" in responses["422"]["description"]
    assert "tutor_not_approved" in responses["403"]["description"]
    assert {"201", "401", "415", "429", "503"} <= set(responses)


def test_a_body_of_another_type_is_described_as_refused_wherever_it_is() -> None:
    for route in ROUTES:
        operation = the_api()["paths"][route.path][route.method.lower()]
        assert ("415" in operation["responses"]) is (route.read is None)


def test_what_only_the_gateway_fills_in_is_nowhere() -> None:
    text = json.dumps(the_api())
    assert "expected_version" not in text
    assert '"among"' not in text


def test_bounds_of_values_are_described() -> None:
    schemas = the_api()["components"]["schemas"]
    create = schemas["CreateBooking"]
    assert create["properties"]["duration_minutes"] == {"type": "integer", "minimum": 1, "maximum": 2880}
    assert create["required"] == ["duration_minutes", "start_at", "tutor_profile_id"]
    assert create["additionalProperties"] is False
    assert "additionalProperties" not in schemas["BookingView"]
    assert "Europe/London" in schemas["Zone"]["enum"]


@pytest.mark.parametrize("request_class", list(BODIES), ids=lambda shape: shape.__name__)
def test_every_example_of_a_body_can_be_sent(request_class: type) -> None:
    (route,) = [route for route in ROUTES if route.request is request_class]
    body = json.loads(wire.encode(BODIES[request_class]))
    assert is_valid(the_api(), body_of(route), body)
    in_path = dict.fromkeys(route.parameters, 1)
    assert isinstance(schema_of(request_class).load({**in_path, **body}), request_class)


@pytest.mark.parametrize("view", list(VIEWS), ids=lambda shape: shape.__name__)
def test_every_example_of_an_answer_could_be_one(view: type) -> None:
    example = json.loads(wire.encode(VIEWS[view]))
    assert is_valid(the_api(), the_api()["components"]["schemas"][view.__name__], example)
    assert isinstance(load(view, example), view)


def test_the_example_of_a_stream_is_one_of_events() -> None:
    [text] = STREAMS.values()
    name, data = text.partition("event: ")[2].strip().split("\ndata: ")
    [event] = [event for event in asyncapi.all_events() if name_of(event) == name]
    assert isinstance(load(event, json.loads(data)), event)


@pytest.mark.parametrize(
    ("field", "good", "bad"),
    [
        ("email", ["a@b.example", "x.y+z@b-c.example"], ["a", "a@b", "@b.example", "a b@c.example"]),
        ("name", ["Ada", "é", " Ada "], ["", " ", "a\nb", "\x00", "x" * 121]),
        ("timezone", ["UTC", "Asia/Kathmandu"], ["Mars/Base", "utc", ""]),
        ("locale", ["en", "de", "de-AT"], ["fr", "", "deutsch"]),
        ("password", ["0123456789", "ten\nletters"], ["short", "x" * 201]),
        ("role", ["student", "tutor"], ["king", None]),
    ],
)
def test_the_description_and_the_contract_agree(field: str, good: list[Any], bad: list[Any]) -> None:
    (route,) = [route for route in ROUTES if route.path == "/api/auth/register"]
    base = BODIES[route.request]
    for value in [*good, *bad]:
        body = base | {field: value}
        described = is_valid(the_api(), body_of(route), body)
        accepted = not schema_of(route.request).validate(body)
        assert described is accepted is (value in good), value


def test_every_event_is_described() -> None:
    channels = the_events()["channels"]
    assert the_events()["asyncapi"] == "3.0.0"
    assert {"booking_confirmed", "tutor_changed", "open_hours_changed", "rating_changed"} <= set(channels)
    assert name_of(BookingEvent) not in channels
    exchange = channels["booking_confirmed"]["bindings"]["amqp"]["exchange"]
    assert (exchange["name"], exchange["type"]) == ("booking.events", "topic")


def test_every_reference_leads_somewhere() -> None:
    for document in (the_api(), the_events()):
        known = {name for part in document["components"].values() for name in part}
        known |= set(document.get("channels", ()))
        assert set(references(document)) <= known


@pytest.mark.parametrize("again", [False, True])
def test_an_event_as_it_is_sent_is_what_is_described(again: bool) -> None:
    event = BookingCancelled(booking=a_booking_state())
    sent = wire.cloud_event(event, "e-1", datetime(2027, 1, 1, tzinfo=UTC), "c-1", again)
    assert ("retold" in sent) is again
    message = the_events()["components"]["messages"]["BookingCancelled"]
    assert is_valid(the_events(), message["payload"], json.loads(wire.encode(sent)))
