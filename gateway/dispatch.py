"""The way of every call: find its route, know who calls, bind the request, ask its owner, render.

Whatever goes wrong on the way becomes a problem document, and every call leaves one line in
the log and one mark in the metrics; neither holds a token, a query string or a body.
"""

from __future__ import annotations

import re
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

import structlog
from limits import RateLimitItem

from chassis import metrics
from chassis.context import ANONYMOUS, Actor
from contracts.errors import Denied, Refusal, TooMany, Unauthenticated
from contracts.message import Request
from gateway.asking import Asker, Asking
from gateway.binding import bind
from gateway.budgets import CALLS, GUESSES_AT, GUESSES_FROM, Addresses, Budgets
from gateway.calls import Call, Reply
from gateway.headers import Headers
from gateway.identity import Identity, Scheduler
from gateway.problems import Malformed, Unexpected, problem
from gateway.rendering import render
from gateway.routes import Page, Route, Table

log = structlog.get_logger()

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
_KEY = re.compile(r"[!-~]{1,255}")


@dataclass
class Visit:
    """A call on its way, with what has been learned of it so far."""

    call: Call
    request_id: str
    began: float
    door: Route | Page | None = None
    actor: Actor = ANONYMOUS
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Dispatch:
    """Answers any call.

    `budgets` is None where nothing is counted; `types` is the address that explains problems.
    """

    table: Table
    asker: Asker
    identity: Identity
    scheduler: Scheduler
    addresses: Addresses
    budgets: Budgets | None
    headers: Headers
    types: str
    timeout: float

    def __call__(self, call: Call) -> Reply:
        visit = Visit(call, request_id_of(call), time.monotonic())
        with structlog.contextvars.bound_contextvars(correlation_id=visit.request_id):
            reply = self._reply(visit)
            _record(visit, reply)
        extra = {"X-Request-Id": visit.request_id, **visit.headers, **self.headers.for_reply(call)}
        return reply.also(extra)

    def _reply(self, visit: Visit) -> Reply:
        try:
            return self._serve(visit)
        except Refusal as refusal:
            return self._problem(refusal, visit)
        except Exception:
            log.exception("call_failed", route=_name_of(visit))
            return self._problem(Unexpected(), visit)

    def _serve(self, visit: Visit) -> Reply:
        call = visit.call
        if call.fault:
            raise call.fault
        if call.method == "OPTIONS":
            return Reply(204, self.headers.for_options(call, self.table.methods(call.path)))
        visit.door, arguments = self._found(visit)
        if isinstance(visit.door, Page):
            return visit.door.show(call)
        self._identify(visit, visit.door)
        admit(visit.door, visit.actor)
        asking = self._asking(visit, visit.door)
        request = bind(visit.door, arguments, call)
        self._guard(visit, visit.door, request)
        answer = visit.door.handler(request, asking)
        return answer if isinstance(answer, Reply) else render(visit.door, answer, call)

    def _found(self, visit: Visit) -> tuple[Route | Page, dict[str, Any]]:
        """Where the call leads; one that leads nowhere counts for its address."""
        try:
            return self.table.find(visit.call.method, visit.call.path)
        except Refusal:
            self._spend(visit, CALLS, self.addresses.of(visit.call))
            raise

    def _identify(self, visit: Visit, route: Route) -> None:
        """Know the caller, and count the call; one with a bad token counts for its address."""
        address = self.addresses.of(visit.call)
        try:
            visit.actor = self._known_by(route).actor_of(_authorization(visit, route))
        finally:
            account = visit.actor.account_id
            self._spend(visit, CALLS, f"account {account}" if account else address)
            if route.guarded:
                self._spend(visit, GUESSES_FROM, address)

    def _known_by(self, route: Route) -> Identity | Scheduler:
        return self.scheduler if route.scheduled else self.identity

    def _guard(self, visit: Visit, route: Route, request: Request) -> None:
        if route.guarded:
            self._spend(visit, GUESSES_AT, str(getattr(request, "email", "")).lower())

    def _spend(self, visit: Visit, budget: RateLimitItem, caller: str) -> None:
        if self.budgets is None:
            return
        allowance = self.budgets.spend(budget, caller)
        visit.headers.update(allowance.headers)
        if allowance.exceeded:
            raise TooMany(retry_after=allowance.reset)

    def _asking(self, visit: Visit, route: Route) -> Asking:
        key = key_of(visit.call, visit.actor)
        until = self._known_by(route).known_until(_authorization(visit, route))
        return Asking(self.asker, visit.actor, visit.request_id, key, self.timeout, until)

    def _problem(self, refusal: Refusal, visit: Visit) -> Reply:
        return problem(refusal, self.table.shown(visit.call.path), visit.request_id, self.types)


def admit(route: Route, actor: Actor) -> None:
    """Let in whom the contract lets ask. Raises `Unauthenticated`, `Denied`."""
    if actor.role not in route.request.asked_by:
        raise Unauthenticated() if actor.account_id is None else Denied()


def request_id_of(call: Call) -> str:
    """The caller's own request id where it is a sane one, else a new one."""
    given = call.headers.get("x-request-id", "")
    return given if _REQUEST_ID.fullmatch(given) else str(uuid.uuid4())


def key_of(call: Call, actor: Actor) -> str:
    """The caller's key for this command, apart from all other callers' keys, or a new one.

    Raises `Malformed`.
    """
    given = call.headers.get("idempotency-key")
    if given is None:
        return str(uuid.uuid4())
    if not _KEY.fullmatch(given):
        raise Malformed("An Idempotency-Key has 1 to 255 visible ASCII characters.")
    return f"{actor.account_id or 'anonymous'}:{given}"


def _authorization(visit: Visit, route: Route) -> str | None:
    """What is said of who calls, where anything but the body says it."""
    return None if route.nameless else visit.call.headers.get("authorization")


def _record(visit: Visit, reply: Reply) -> None:
    seconds = time.monotonic() - visit.began
    metrics.record_door(_name_of(visit), str(reply.status), seconds)
    say = log.debug if isinstance(visit.door, Page) else log.info  # probes come every few seconds
    say(
        "called",
        route=_name_of(visit),
        status=reply.status,
        seconds=round(seconds, 4),
        account=visit.actor.account_id,
    )


def _name_of(visit: Visit) -> str:
    """The route's template, never the path itself: paths are unbounded, and some are secret."""
    return f"{visit.door.method} {visit.door.path}" if visit.door else "unknown"
