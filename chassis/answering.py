"""Answering one request: the transaction opens and closes inside the door, the reply leaves after.

In this order: late requests are dropped, the context is verified, the shape and the asker's
role are checked, the key is claimed, the method decides, the answer is kept, the transaction
commits. What goes wrong is an answer too; nothing that a sender can put into a message ends
a worker.
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import structlog
from marshmallow import ValidationError
from sqlalchemy import Connection

from chassis import inbox, metrics, wire
from chassis.clock import Clock
from chassis.context import Context, verify
from chassis.database import Database, retrying
from chassis.unit import Unit
from contracts.errors import Denied, Invalid, Refusal, TooMany, Unauthenticated, Unavailable, to_wire
from contracts.message import Command, Request, dump, load, topic_of

log = structlog.get_logger()


@dataclass(frozen=True)
class Asked:
    """A request as it arrived, unread; `headers` may hold anything."""

    body: bytes
    headers: dict[str, Any]
    reply_to: str | None = None

    @property
    def report_to(self) -> str | None:
        """Where it is to be said who has heard of it, if the asker wants to know."""
        return self.reply_to if self.headers.get("reports") is True else None


class TooLate(Exception):
    """Whoever asked has given up."""


class Answerer:
    """The door of one method that answers one kind of request."""

    def __init__(
        self,
        request: type[Request[Any]],
        method: Callable[[Any, Unit], Any],
        database: Database,
        clock: Clock,
        public_key: Any,
    ) -> None:
        self.request, self._method = request, method
        self._database, self._clock, self._public_key = database, clock, public_key
        self.name = topic_of(request)

    def answer(self, asked: Asked) -> bytes | None:
        """The reply, or None where nobody waits for it any more."""
        began = time.monotonic()
        try:
            outcome, reply = self._decide(asked)
        except TooLate:
            outcome, reply = "too_late", None
        except Refusal as refusal:
            outcome, reply = refusal.code, _refused(refusal, "")
        except Exception:
            log.exception("door_failed", door=self.name)
            outcome, reply = "fault", wire.encode({"fault": True})
        seconds = time.monotonic() - began
        metrics.record_door(self.name, outcome, seconds)
        log.info("answered", door=self.name, outcome=outcome, seconds=round(seconds, 4))
        return reply

    def _decide(self, asked: Asked) -> tuple[str, bytes]:
        context = verify(str(asked.headers.get("context")), self._public_key)
        structlog.contextvars.bind_contextvars(correlation_id=context.request_id)
        if context.deadline < datetime.now(UTC):
            raise TooLate()
        if context.actor.role not in self.request.asked_by:
            raise Unauthenticated() if context.actor.account_id is None else Denied()
        request = self._read(asked.body)
        if isinstance(request, Command):
            return self._command(request, context, asked)
        return self._query(request, context)

    def _read(self, body: bytes) -> Request[Any]:
        try:
            return load(self.request, wire.decode(body))
        except (wire.Malformed, ValidationError, TypeError) as error:
            raise Invalid("The request is not of the shape that its contract says.") from error

    def _query(self, request: Request[Any], context: Context) -> tuple[str, bytes]:
        def work(connection: Connection) -> bytes:
            return _viewed(self._method(request, self._unit(connection, context)), context, {})

        return "ok", retrying(self._database, work, read_only=True)

    def _command(self, request: Request[Any], context: Context, asked: Asked) -> tuple[str, bytes]:
        key = _key_of(asked.headers)
        secret = type(request).answer_is_secret  # type: ignore[attr-defined]
        content = self.name.encode() + b"\n" + wire.encode(dump(request))
        # Keyed by what is not kept: a password in the request could else be guessed from it.
        fingerprint = hmac.digest(key.encode(), content, "sha256")

        def work(connection: Connection) -> tuple[str, bytes]:
            unit = self._unit(connection, context, asked.report_to)
            earlier = inbox.claim(connection, key, fingerprint, unit.now, secret)
            if earlier is not None:
                return "replayed", _replayed(earlier)
            outcome, reply = self._attempt(request, unit, context)
            inbox.keep(connection, key, reply, secret)
            return outcome, reply

        return retrying(self._database, work)

    def _attempt(self, request: Request[Any], unit: Unit, context: Context) -> tuple[str, bytes]:
        """Run the method; a refusal undoes it, unless it asks to keep what was written."""
        savepoint = unit.connection.begin_nested()
        try:
            reply = _viewed(self._method(request, unit), context, unit.told)
        except (Unavailable, TooMany):  # answers of the moment, not kept: the same key may be sent again
            raise
        except Refusal as refusal:
            savepoint.commit() if refusal.keeps_changes else savepoint.rollback()
            return refusal.code, _refused(refusal, context.request_id)
        savepoint.commit()
        return "ok", reply

    def _unit(self, connection: Connection, context: Context, report_to: str | None = None) -> Unit:
        now = self._clock.now()
        return Unit(connection, now, context.actor, context.request_id, report_to=report_to)


def _key_of(headers: dict[str, Any]) -> str:
    key = headers.get("key")
    if not isinstance(key, str) or not 0 < len(key) <= 512:
        raise Invalid("A command needs a key.")
    return key


def _viewed(view: object, context: Context, told: dict[str, str]) -> bytes:
    reply = {"view": dump(view), "replayed": False, "request_id": context.request_id}
    return wire.encode({**reply, "told": told})


def _refused(refusal: Refusal, request_id: str) -> bytes:
    return wire.encode({"refusal": to_wire(refusal), "replayed": False, "request_id": request_id})


def _replayed(reply: bytes) -> bytes:
    return wire.encode({**wire.decode(reply), "replayed": True, "told": {}})
