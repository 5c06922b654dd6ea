"""What the gateway shows of itself: health, metrics, keys, and the documents about API and events."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

from chassis import metrics
from chassis.context import ANONYMOUS
from chassis.health import readiness, version
from contracts.operations import Ping
from gateway import asyncapi, openapi
from gateway.asking import Asker
from gateway.calls import Call, Reply
from gateway.identity import Identity
from gateway.operations import SERVICES
from gateway.rendering import PUBLIC, UNCHANGED, is_known, show, tag_of
from gateway.routes import JSON, Page, Route

PING_SECONDS = 1.0

_FILES = Path(__file__).parent / "docs"
_DOCS_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)


def pages(routes: Iterable[Route], asker: Asker, identity: Identity, public_url: str) -> list[Page]:
    """Every page; documents are made once, when somebody first reads them."""

    def description() -> dict[str, Any]:
        return openapi.describe([*routes, *shown], public_url, version()["version"])

    kept, health = (200, UNCHANGED), (200, 503)
    shown = [
        Page("/healthz", "Whether the process lives.", JSON, lambda _: show({"alive": True})),
        Page(
            "/readyz", "Whether every service can be asked.", JSON, partial(_ready, checks_of(asker)), health
        ),
        Page("/metrics", "Counts and durations, for Prometheus.", "text/plain", _metrics),
        Page("/version", "The version of the platform.", JSON, lambda _: show(version())),
        Page("/.well-known/jwks.json", "The keys of access tokens.", JSON, _kept(identity.key_set), kept),
        Page("/openapi.json", "This description, as OpenAPI 3.1.", JSON, _kept(description), kept),
        Page("/asyncapi.json", "The events, as AsyncAPI 3.0.", JSON, _kept(_events), kept),
        Page("/docs", "This description, to be read.", "text/html", _file("index.html", "text/html"), kept),
        Page("/docs/docs.js", "Its script.", "text/javascript", _file("docs.js", "text/javascript"), kept),
        Page("/docs/docs.css", "Its style.", "text/css", _file("docs.css", "text/css"), kept),
    ]
    return shown


def checks_of(asker: Asker) -> Mapping[str, Callable[[], bool]]:
    """What must hold for the gateway to be of use: the broker is there, and every service behind it."""
    return {"broker": asker.ready, **{service: partial(_answers, asker, service) for service in SERVICES}}


def _answers(asker: Asker, service: str) -> bool:
    pong = asker.ask(Ping(), actor=ANONYMOUS, request_id="readyz", key=None, timeout=PING_SECONDS, to=service)
    return pong.view["service"] == service


def _ready(checks: Mapping[str, Callable[[], bool]], _: Call) -> Reply:
    found = readiness(checks)
    return show(found.as_json(), found.status)


def _metrics(_: Call) -> Reply:
    text, content_type = metrics.exposition()
    return Reply(200, {"Content-Type": content_type}, text)


def _events() -> dict[str, Any]:
    return asyncapi.describe(asyncapi.all_events(), version()["version"])


def _kept(make: Callable[[], dict[str, Any]]) -> Callable[[Call], Reply]:
    """A document that stays the same while the process runs."""
    return _unchanging(cache(lambda: show(make())))


def _file(name: str, media_type: str) -> Callable[[Call], Reply]:
    headers = {"Content-Type": f"{media_type}; charset=utf-8", "Content-Security-Policy": _DOCS_POLICY}
    return _unchanging(cache(lambda: Reply(200, headers, (_FILES / name).read_bytes())))


def _unchanging(make: Callable[[], Reply]) -> Callable[[Call], Reply]:
    def answer(call: Call) -> Reply:
        reply = make()
        headers = {"ETag": tag_of({}, reply.body), "Cache-Control": PUBLIC}
        if is_known(headers["ETag"], call.headers.get("if-none-match")):
            return Reply(UNCHANGED, headers)
        return reply.also(headers)

    return answer
