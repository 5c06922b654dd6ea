"""The API's description: OpenAPI 3.1, made from the routes and the contracts, never typed by hand.

What a request may be refused with is read from its docstring, where every contract names its
refusals.
"""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from typing import Any

from contracts.errors import (
    Denied,
    Invalid,
    NotFound,
    Refusal,
    Stale,
    TooMany,
    Unauthenticated,
    Unavailable,
    all_refusals,
    code_of,
)
from contracts.message import Command, Request, name_of, owner_of
from gateway.binding import places_of
from gateway.examples import BODIES, STREAMS, VIEWS
from gateway.problems import MEDIA_TYPE as PROBLEM
from gateway.problems import BodyTooLarge, Malformed, TooSlow, Unexpected, UnsupportedMediaType, status_of
from gateway.rendering import UNCHANGED
from gateway.routes import JSON, Page, Route
from gateway.shapes import Shapes, references

BEARER = "accessToken"
SCHEDULER = "schedulerSecret"

Object = dict[str, Any]

_EVERYWHERE = (Malformed, Unauthenticated, Invalid, TooMany, TooSlow, BodyTooLarge, Unexpected, Unavailable)
_GENERAL = (*_EVERYWHERE, Denied, NotFound, Stale, UnsupportedMediaType)
_ABOUT = """Find a tutor, book a lesson, be taught, review it.

Log in for an access token and send it as `Authorization: Bearer …`. Errors are RFC 9457
problem documents with a stable `code`. A POST with an `Idempotency-Key` may be sent again: it
is done once and answered the same."""

_ASKED_WITH: tuple[tuple[str, Object, str], ...] = (
    ("Idempotency-Key", {"pattern": "^[!-~]{1,255}$"}, "Sent again, it is answered the same."),
    ("If-Match", {}, "The ETag of what was read; if that has changed, 412."),
    ("If-None-Match", {}, "The ETag that the caller has; if it still holds, 304."),
    (
        "Last-Event-ID",
        {"pattern": "^[0-9]{1,15}$"},
        "The last id that was read; the stream goes on after it.",
    ),
)
_ANSWERED_WITH = (
    ("X-Request-Id", "Names this call in all logs."),
    ("X-RateLimit-Limit", "How many calls there are to a minute."),
    ("X-RateLimit-Remaining", "How many of them are left."),
    ("X-RateLimit-Reset", "In how many seconds there are as many again."),
    ("ETag", "For If-None-Match; where there is a version, for If-Match too."),
)


def describe(doors: Iterable[Route | Page], public_url: str, version: str) -> Object:
    """The whole document."""
    info = {"description": _ABOUT, "x-problems": _problem_codes()}
    shapes = Shapes("Tutoring", version, info=info, servers=[{"url": public_url}])
    _add_components(shapes)
    for door in doors:
        operation = _page(door) if isinstance(door, Page) else _operation(door, shapes)
        shapes.spec.path(door.path, operations={door.method.lower(): operation})
    document: Object = shapes.spec.to_dict()
    _open_views(document)
    return document


def named_refusals(request: type[Request[Any]]) -> Iterator[type[Refusal]]:
    """Those that the docstring of a request names, and those of the requests that it refuses as."""
    words = set(re.findall(r"\w+", _said_of(request)))
    return (refusal for refusal in all_refusals() if refusal.__name__ in words)


def _page(page: Page) -> Object:
    return {
        "operationId": f"show_{re.sub('[^a-z]+', '_', page.path).strip('_')}",
        "tags": ["platform"],
        "summary": page.summary,
        "security": [],
        "responses": {
            **{str(status): _shown(page, status) for status in page.statuses},
            "default": _problem([Refusal]),
        },
    }


def _shown(page: Page, status: int) -> Object:
    answer: Object = {"description": HTTPStatus(status).phrase}
    return answer if status == UNCHANGED else {**answer, "content": {page.media_type: {}}}


def _operation(route: Route, shapes: Shapes) -> Object:
    summary, _, description = (inspect.getdoc(route.sent) or "").partition("\n")
    operation = {
        "operationId": name_of(route.request),
        "tags": [owner_of(route.request)],
        "summary": summary,
        "description": description.strip(),
        "parameters": [*_parameters(route, shapes)],
        "responses": _responses(route, shapes),
        "security": _security(route),
    }
    if route.read:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": {}}}}
    elif body := places_of(route).body:
        required = any(field.required for field in body.values())
        content = {"schema": shapes.part_of(route.sent, set(body)), **_example(BODIES.get(route.request))}
        operation["requestBody"] = {"required": required, "content": {JSON: content}}
    return operation


def _parameters(route: Route, shapes: Shapes) -> Iterator[Object | str]:
    for name in route.parameters:
        yield {"in": "path", "name": name, "required": True, "schema": shapes.field(route.fields[name])}
    for name, field in places_of(route).query.items():
        yield {"in": "query", "name": name, "required": field.required, "schema": shapes.field(field)}
    if issubclass(route.request, Command):
        yield "Idempotency-Key"
    if "expected_version" in route.fields:
        yield "If-Match"
    if "after" in route.fields:
        yield "Last-Event-ID"
    if route.has_tag:
        yield "If-None-Match"


def _responses(route: Route, shapes: Shapes) -> Object:
    headers = {name: {"$ref": f"#/components/headers/{name}"} for name, _ in _ANSWERED_WITH}
    good: Object = {"description": HTTPStatus(route.status).phrase, "headers": headers}
    if route.media_type != JSON:
        content = {"schema": {"type": "string"}, **_example(STREAMS.get(route.request))}
        good["content"] = {route.media_type: content}
    elif route.status != 204:
        content = {"schema": shapes.of(route.answered), **_example(VIEWS.get(route.answered))}
        good["content"] = {JSON: content}
    responses = {str(route.status): good, **_problems(route)}
    if route.has_tag:
        responses[str(UNCHANGED)] = {"description": "It is what the caller has already."}
    return responses


def _problems(route: Route) -> Object:
    """A response for each status that a refusal of this route has, with the codes it may carry."""
    refusals: dict[int, list[type[Refusal]]] = {}
    for refusal in dict.fromkeys(_refusals(route)):
        refusals.setdefault(status_of(refusal), []).append(refusal)
    return {
        str(status): same[0].__name__ if same[0] in _GENERAL and len(same) == 1 else _problem(same)
        for status, same in sorted(refusals.items())
    }


def _problem(refusals: Iterable[type[Refusal]]) -> Object:
    return {
        "description": "; ".join(f"`{code_of(refusal)}`: {refusal.detail}" for refusal in refusals),
        "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }


def _refusals(route: Route) -> Iterator[type[Refusal]]:
    yield from _EVERYWHERE
    if "anonymous" not in route.request.asked_by or route.parameters:
        yield from (Denied, NotFound)
    if route.read is None:
        yield UnsupportedMediaType
    if "expected_version" in route.fields:
        yield Stale
    yield from named_refusals(route.request)


def _said_of(request: type[Request[Any]]) -> str:
    """The docstring, and those of the requests that it refuses as."""
    said = inspect.getdoc(request) or ""
    contracts = importlib.import_module(f"contracts.{owner_of(request)}")
    others = (getattr(contracts, name, None) for name in re.findall(r"\bas (\w+)", said))
    return " ".join([said, *(_said_of(other) for other in others if other is not None)])


def _security(route: Route) -> list[Object]:
    """Anybody may send a token; where `{}` is among the choices none is needed."""
    if route.scheduled:
        return [{SCHEDULER: []}]
    if route.nameless:
        return [{}]
    return [{BEARER: []}] if "anonymous" not in route.request.asked_by else [{}, {BEARER: []}]


def _add_components(shapes: Shapes) -> None:
    components = shapes.spec.components
    components.security_scheme(BEARER, {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"})
    components.security_scheme(SCHEDULER, {"type": "http", "scheme": "bearer"})
    components.schema("Problem", _problem_schema())
    for refusal in _GENERAL:
        components.response(refusal.__name__, _problem([refusal]))
    for name, shape, description in _ASKED_WITH:
        schema = {"type": "string", **shape}
        components.parameter(name, "header", {"description": description, "schema": schema})
    for name, description in _ANSWERED_WITH:
        components.header(name, {"description": description, "schema": {"type": "string"}})


def _problem_codes() -> Object:
    """What every code means, for people to look up."""
    return {
        code_of(refusal): {"status": status_of(refusal), "detail": refusal.detail}
        for refusal in sorted(all_refusals(), key=code_of)
    }


def _problem_schema() -> Object:
    text = {"type": "string"}
    error = {
        "type": "object",
        "properties": {"detail": text, "pointer": text, "in": {"enum": ["query", "body"]}, "code": text},
        "required": ["detail"],
    }
    return {
        "type": "object",
        "description": "RFC 9457. `errors` point to values by RFC 6901; `alternatives` are free starts.",
        "properties": {
            "type": {"type": "string", "format": "uri"},
            "title": text,
            "status": {"type": "integer"},
            "detail": text,
            "instance": text,
            "code": {"type": "string", "enum": sorted({code_of(each) for each in all_refusals()})},
            "request_id": text,
            "errors": {"type": "array", "items": error},
            "alternatives": {"type": "array", "items": {}},
            "retry_after": {"type": "number"},
        },
        "required": ["type", "title", "status", "detail", "instance", "code", "request_id"],
    }


def _open_views(document: Object) -> None:
    """Answers may gain fields, so what is only ever answered is not closed to them."""
    schemas = document["components"]["schemas"]
    operations = [each for path in document["paths"].values() for each in path.values()]
    sent = set(references([operation.get("requestBody") for operation in operations]))
    while more := set(references([schemas[name] for name in sent])) - sent:
        sent |= more
    for name in schemas.keys() - sent:
        schemas[name].pop("additionalProperties", None)


def _example(example: Object | str | None) -> Object:
    return {"example": example} if example else {}
