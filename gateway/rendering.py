"""How an owner's answer looks to the outside: JSON or a file, its tag, and for how long it may be kept.

Nothing here depends on the time or the call, so that an answer told again is the same to the byte.
"""

from __future__ import annotations

import hashlib
from typing import Any

from chassis import wire
from chassis.rpc import Answer
from gateway.calls import Call, Reply
from gateway.routes import JSON, Route

PERSONAL = "no-store"
PUBLIC = "public, max-age=0, must-revalidate"
UNCHANGED = 304


def render(route: Route, answer: Answer, call: Call) -> Reply:
    """The answer as it goes out, or word that the caller has it already."""
    headers = {"Cache-Control": _keeping(route, call)}
    if answer.replayed:
        headers["Idempotent-Replayed"] = "true"
    if route.status == 204:
        return Reply(204, headers)
    body, described = _written(route, answer.view)
    if route.method == "GET" or "version" in answer.view:
        headers["ETag"] = tag_of(answer.view, body)
    if route.method == "GET" and is_known(headers["ETag"], call.headers.get("if-none-match")):
        return Reply(UNCHANGED, headers)
    if route.location:
        headers["Location"] = route.location.format(**answer.view)
    return Reply(route.status, {**described, **headers}, body)


def show(document: Any, status: int = 200) -> Reply:
    """A document of the gateway's own."""
    return Reply(status, {"Content-Type": JSON}, wire.encode(document))


def tag_of(view: dict[str, Any], body: bytes) -> str:
    """A strong entity tag; it begins with the version where the view has one, for `If-Match`."""
    digest = hashlib.blake2b(body, digest_size=8).hexdigest()
    return f'"{view["version"]}.{digest}"' if "version" in view else f'"{digest}"'


def is_known(tag: str, if_none_match: str | None) -> bool:
    """Whether the caller's `If-None-Match` names the tag (compared weakly, as RFC 9110 has it)."""
    if if_none_match is None:
        return False
    named = [each.strip().removeprefix("W/") for each in if_none_match.split(",")]
    return named == ["*"] or tag in named


def _written(route: Route, view: dict[str, Any]) -> tuple[bytes, dict[str, str]]:
    """The view as the route gives it, and what that is: JSON, or the file that the view holds."""
    if route.media_type == JSON:
        return wire.encode(view), {"Content-Type": JSON}
    disposition = f'attachment; filename="{view["filename"]}"'
    described = {"Content-Type": f"{route.media_type}; charset=utf-8", "Content-Disposition": disposition}
    return view["content"].encode(), described


def _keeping(route: Route, call: Call) -> str:
    """What anybody may see may be kept, if it is asked again whether it still holds."""
    anybody = "anonymous" in route.request.asked_by and "authorization" not in call.headers
    return PUBLIC if route.method == "GET" and anybody and not route.secret else PERSONAL
