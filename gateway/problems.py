"""How a refusal looks to the outside: one table from its kind to an HTTP status, and RFC 9457.

A problem says what the refusal says and nothing more; never the text of an exception.
"""

from __future__ import annotations

import math
import re
from typing import Any

from chassis import wire
from contracts.errors import (
    AgainstPolicy,
    Conflict,
    Denied,
    Invalid,
    NotFound,
    Refusal,
    Stale,
    TooMany,
    Unauthenticated,
    Unavailable,
)
from gateway.calls import Reply

MEDIA_TYPE = "application/problem+json"


class Malformed(Refusal):
    detail = "The request is not well formed."


class MethodNotAllowed(Refusal):
    detail = "This can not be done here; the header Allow says what can."


class TooSlow(Refusal):
    detail = "The request did not arrive in time."


class BodyTooLarge(Refusal):
    detail = "A body may have 1 MiB at most."


class UnsupportedMediaType(Refusal):
    detail = "A body must be application/json in UTF-8, and not packed."


class HeadTooLarge(Refusal):
    detail = "The request line and the headers are too long."


class UnsupportedCoding(Refusal):
    detail = "This transfer coding is not known here."


class Unexpected(Refusal):
    detail = "Something went wrong here; it is in the log under the request id."


class NoSuchPath(NotFound):
    detail = "There is nothing at this address."


STATUSES: dict[type[Refusal], int] = {
    Malformed: 400,
    AgainstPolicy: 400,
    Unauthenticated: 401,
    Denied: 403,
    NotFound: 404,
    MethodNotAllowed: 405,
    TooSlow: 408,
    Conflict: 409,
    Stale: 412,
    BodyTooLarge: 413,
    UnsupportedMediaType: 415,
    Invalid: 422,
    TooMany: 429,
    HeadTooLarge: 431,
    Unexpected: 500,
    UnsupportedCoding: 501,
    Unavailable: 503,
}


def status_of(refusal: type[Refusal]) -> int:
    """The status of a refusal's kind."""
    return next(STATUSES[kind] for kind in refusal.__mro__ if kind in STATUSES)


def title_of(refusal: type[Refusal]) -> str:
    """The name of the class as a phrase: `SlotTaken` is `Slot taken`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", refusal.__name__).capitalize()


def problem(refusal: Refusal, instance: str, request_id: str, types: str) -> Reply:
    """The refusal as a problem document; one that is told again tells the request it was first told in.

    `types` is the address that the codes are explained at.
    """
    status = status_of(type(refusal))
    document = {
        "type": f"{types}#{refusal.code}",
        "title": title_of(type(refusal)),
        "status": status,
        "detail": refusal.text,
        "instance": instance,
        "code": refusal.code,
        **({"errors": refusal.errors} if refusal.errors else {}),
        "request_id": refusal.request_id or request_id,
    }
    headers = {"Content-Type": MEDIA_TYPE, **_headers(refusal, status)}
    return Reply(status, headers, wire.encode({**document, **_extensions(refusal, document)}))


def _extensions(refusal: Refusal, document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in refusal.data.items() if name not in document}


def _headers(refusal: Refusal, status: int) -> dict[str, str]:
    headers = {"Idempotent-Replayed": "true"} if refusal.replayed else {}
    if status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="api"'
    if status in (429, 503):
        headers["Retry-After"] = str(math.ceil(refusal.data.get("retry_after", 1)))
    if "allow" in refusal.data:
        headers["Allow"] = refusal.data["allow"]
    return headers
