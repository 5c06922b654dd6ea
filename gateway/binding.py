"""From a path, a query string and a body to a request, or to every complaint about them at once.

What a value must be is said by the contract's fields alone; here is only where each comes
from, and how the text of a query string stands for numbers, truth and lists. A null where the
contract allows one means the same as leaving the field out.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from typing import Any
from urllib.parse import parse_qs

from marshmallow import ValidationError, fields

from chassis import wire
from contracts.errors import Invalid, NotFound, Stale
from contracts.fields import FlagField, MoneyField, NumberField
from contracts.message import schema_of
from gateway.calls import Call
from gateway.problems import Malformed, UnsupportedMediaType
from gateway.routes import Route

HIDDEN = frozenset({"expected_version", "among"})  # the gateway's to fill in
MOST_PARAMETERS = 100
MOST_ENTRIES = 100  # of a list in a body; a contract may ask for fewer
MOST_ERRORS = 50
_LONGEST_NAME = 100

_INTEGER = re.compile(r"-?[0-9]{1,20}")
_NUMBER = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,20})?")
_JSON = re.compile(r'application/json( *; *charset="?utf-8"?)?', re.IGNORECASE)
_PLAIN = "identity"  # a body that is not packed
_EVENT_ID = re.compile(r"[0-9]{1,15}")
_ETAG = re.compile(r'"([0-9]{1,16})\.[0-9a-f]+"')

Complaints = dict[Any, Any]  # as marshmallow nests them: by field, by index, at last a list of sentences


@dataclass(frozen=True)
class Places:
    """Which fields come with the query string and which with the body, by their names on the wire."""

    query: Mapping[str, fields.Field[Any]]
    body: Mapping[str, fields.Field[Any]]


@cache
def places_of(route: Route) -> Places:
    """Where a caller may put each field. Path and hidden fields have no other place."""
    free = {name: field for name, field in route.fields.items() if name not in HIDDEN | {*route.parameters}}
    if route.method in ("GET", "DELETE"):
        return Places(free, {})
    query = {name: free[name] for name in route.query}
    return Places(query, {name: field for name, field in free.items() if name not in query})


def bind(route: Route, arguments: Mapping[str, Any], call: Call) -> Any:
    """The request that the call stands for.

    Raises `Malformed` and `UnsupportedMediaType` for what can not be read, `NotFound` for a
    path that can name nothing, `Invalid` with a pointer to everything else that is wrong, and
    at last `Stale` for an `If-Match` that can match nothing.
    """
    places = places_of(route)
    query, about_query = read_query(call.query, places.query)
    body, about_body = (route.read(call), {}) if route.read else read_body(call, places.body)
    request, wrong = _loaded(route.sent, {**body, **query, **arguments})
    if wrong.keys() & arguments.keys():
        raise NotFound()
    # What was given twice, or is too long, is not told as missing.
    about_query = {name: said for name, said in wrong.items() if name in places.query} | about_query
    about_body = {name: said for name, said in wrong.items() if name not in places.query} | about_body
    if about_query or about_body:
        raise Invalid(errors=errors_of(about_query, "query") + errors_of(about_body, "body"))
    expected = expected_version(route, call.headers.get("if-match"))
    return replace(request, **expected, **last_event_id(route, call.headers.get("last-event-id")))


def read_body(call: Call, known: Collection[str]) -> tuple[dict[str, Any], Complaints]:
    """The known fields of the JSON object in the body, and complaints about the others.

    No body is an empty object. Of a list that is too long no entry is looked at: a body has room for some
    hundred thousand. Raises `Malformed`, `UnsupportedMediaType`.
    """
    if not call.body:
        return {}, {}
    is_json = _JSON.fullmatch(call.headers.get("content-type", "").strip())
    if not is_json or call.headers.get("content-encoding", _PLAIN).lower() != _PLAIN:
        raise UnsupportedMediaType()
    try:
        body = wire.decode(call.body)
    except wire.Malformed:
        raise Malformed("The body is not valid JSON.") from None
    if not isinstance(body, dict):
        raise Malformed("The body is not a JSON object.")
    complaints: Complaints = dict(_against_body(body, known))
    return {name: value for name, value in body.items() if name not in complaints}, complaints


def read_query(text: str, known: Mapping[str, fields.Field[Any]]) -> tuple[dict[str, Any], Complaints]:
    """The known parameters as JSON values, and complaints about the others. Raises `Malformed`."""
    try:
        given = parse_qs(text, keep_blank_values=True, errors="strict", max_num_fields=MOST_PARAMETERS)
    except ValueError:
        raise Malformed("The query string can not be read.") from None
    values: dict[str, Any] = {}
    complaints: Complaints = {}
    for name, texts in given.items():
        if name not in known:
            complaints[name] = ["Unknown parameter."]
        elif isinstance(field := known[name], fields.List):
            values[name] = [_value(field.inner, part) for each in texts for part in each.split(",")]
        elif len(texts) > 1:
            complaints[name] = ["Given more than once."]
        else:
            values[name] = _value(field, texts[0])
    return values, complaints


def expected_version(route: Route, if_match: str | None) -> dict[str, int]:
    """The version that the caller has read, from an `ETag` of ours. Raises `Malformed`, `Stale`."""
    if if_match is None or if_match.strip() == "*" or route.method == "GET":
        return {}
    if "expected_version" not in route.fields:
        raise Malformed("If-Match is not possible here.")
    if not (match := _ETAG.fullmatch(if_match.strip())):
        raise Stale()
    return {"expected_version": int(match[1])}


def last_event_id(route: Route, given: str | None) -> dict[str, int]:
    """Where a stream of events goes on, as its reader says it. Raises `Malformed`."""
    if not given or "after" not in route.fields:
        return {}
    if not _EVENT_ID.fullmatch(given):
        raise Malformed("A Last-Event-ID is an id of this stream.")
    return {"after": int(given)}


def errors_of(complaints: Complaints, place: str) -> list[dict[str, str]]:
    """Each sentence with an RFC 6901 pointer to what it is about."""
    found = list(_pointed(complaints, ""))[:MOST_ERRORS]
    return [{"pointer": pointer, "in": place, "detail": sentence} for pointer, sentence in found]


def _against_body(body: Mapping[str, Any], known: Collection[str]) -> Iterator[tuple[str, list[str]]]:
    for name, value in body.items():
        if name not in known:
            yield name, ["Unknown field."]
        elif isinstance(value, list) and len(value) > MOST_ENTRIES:
            yield name, [f"Has more than {MOST_ENTRIES} entries."]


def _loaded(shape: type, values: dict[str, Any]) -> tuple[Any, Complaints]:
    try:
        return schema_of(shape).load(values), {}
    except ValidationError as error:
        return None, error.messages_dict


def _pointed(said: Any, pointer: str) -> Iterator[tuple[str, str]]:
    if isinstance(said, dict):
        for name, inner in said.items():
            yield from _pointed(inner, pointer if name == "_schema" else f"{pointer}/{_escaped(name)}")
    elif isinstance(said, list):
        for inner in said:
            yield from _pointed(inner, pointer)
    else:
        yield pointer, str(said)


def _escaped(name: str | int) -> str:
    """A name as RFC 6901 writes it; a caller's own name may be of any length and need not be Unicode."""
    text = str(name)[:_LONGEST_NAME].encode("utf-8", "replace").decode()
    return text.replace("~", "~0").replace("/", "~1")


def _value(field: fields.Field[Any], text: str) -> Any:
    """What the text stands for, or the text itself, which the field will then refuse."""
    if isinstance(field, fields.Integer) and _INTEGER.fullmatch(text):
        return int(text)
    if isinstance(field, NumberField | MoneyField) and _NUMBER.fullmatch(text):
        return Decimal(text)
    if isinstance(field, FlagField):
        return {"true": True, "false": False}.get(text, text)
    return text
