"""Asking an owner: a request goes out with a deadline, and the answer comes back or it does not.

Used by the gateway, by operators' commands and by the tests. Nobody waits longer than the
deadline: the request expires in the broker, its owner does not run it late, and the asker
gives up with `Unavailable`. Deadlines are by the real clock, not the trade's: they bound
waiting, which no simulated time makes shorter.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import kombu
import structlog

from chassis import wire
from chassis.broker import Link
from chassis.context import ANONYMOUS, Actor, Context, sign
from chassis.hearing import Hearing
from contracts.errors import Unavailable, from_wire
from contracts.message import Command, Request, dump, name_of, owner_of

log = structlog.get_logger()

RETRY_AFTER_SECONDS = 1


class Fault(Exception):
    """The owner failed in a way it does not know itself; the reason is in its log."""


@dataclass(frozen=True)
class Answer:
    """What the owner said: a view as plain JSON values, and whether it was said before to the same key.

    `told` has the id of the last event of each kind that was told of it.
    """

    view: dict[str, Any]
    replayed: bool
    told: Mapping[str, str] = field(default_factory=dict)


class Asker:
    """Asks any number of requests at once over one pair of links. Start it before, stop it after.

    With `hearing` a command's answer is held back until those who keep copies have heard of its effect.
    """

    def __init__(
        self, broker_url: str, signing_key: Any, name: str = "gateway", hearing: Hearing | None = None
    ) -> None:
        self._key = signing_key
        self._name, self._hearing = name, hearing
        self._reply_queue = ""
        self._pending: dict[str, _Pending] = {}
        self._replies = Link(broker_url, f"{name}-replies", self._listen, self._give_up_all)
        self._requests = Link(broker_url, f"{name}-requests")

    def start(self) -> None:
        """Begin to connect; returns at once."""
        self._replies.start()
        self._requests.start()

    def stop(self) -> None:
        """Let go; whoever still waits gets `Unavailable`."""
        self._requests.stop()
        self._replies.stop()

    def ready(self) -> bool:
        """Whether the broker is reached."""
        return self._replies.is_up and self._requests.is_up

    def wait_until_ready(self, seconds: float) -> bool:
        """Whether the broker was reached in time."""
        return self._replies.wait_until_up(seconds) and self._requests.wait_until_up(seconds)

    def ask(
        self,
        request: Request[Any],
        actor: Actor = ANONYMOUS,
        request_id: str = "",
        key: str | None = None,
        timeout: float = 5.0,
        to: str | None = None,
    ) -> Answer:
        """Ask and wait at most `timeout` seconds. Raises the owner's `Refusal`, `Unavailable`, or `Fault`.

        A command without a key gets one, so that its owner takes it once even if the broker
        delivers it twice.
        """
        deadline = datetime.now(UTC) + timedelta(seconds=timeout)
        pending = _Pending()
        correlation_id = str(uuid.uuid4())
        self._pending[correlation_id] = pending
        try:
            context = Context(actor, request_id or correlation_id, deadline)
            self._send(request, context, key, correlation_id, to or owner_of(type(request)), timeout)
            answer = _read_reply(pending.wait(timeout))
        finally:
            self._pending.pop(correlation_id, None)
        if self._hearing:
            self._hearing.wait(answer.told)
        return answer

    def _send(
        self,
        request: Request[Any],
        context: Context,
        key: str | None,
        correlation_id: str,
        to: str,
        timeout: float,
    ) -> None:
        headers: dict[str, Any] = {"context": sign(context, self._key)}
        if isinstance(request, Command):
            headers |= {"key": key or correlation_id, "reports": self._hearing is not None}
        if not self._replies.wait_until_up(min(timeout, 1.0)):
            raise _unavailable()
        self._requests.send(
            wire.Outgoing(
                wire.REQUESTS,
                f"{to}.{name_of(type(request))}",
                wire.encode(dump(request)),
                headers,
                durable=False,
                expires_in=timeout,
                correlation_id=correlation_id,
                reply_to=self._reply_queue,
            )
        )

    def _listen(self, channel: Any) -> None:
        name = f"{self._name}.replies.{uuid.uuid4()}"
        replies = kombu.Exchange(wire.REPLIES, type="direct", no_declare=True)
        queue = kombu.Queue(name, replies, routing_key=name, exclusive=True, auto_delete=True, durable=False)
        kombu.Consumer(channel, queues=[queue], no_ack=True, on_message=self._on_reply).consume()
        self._reply_queue = name

    def _on_reply(self, message: Any) -> None:
        about = message.properties.get("correlation_id")
        pending = self._pending.get(about)
        if pending is not None:
            pending.answer(message.body)
        elif self._hearing and "handler" in message.headers:
            self._hearing.note(str(about), str(message.headers["handler"]))

    def _give_up_all(self) -> None:
        for pending in list(self._pending.values()):
            pending.answer(None)


class _Pending:
    """A place to wait for one answer."""

    def __init__(self) -> None:
        self._arrived = threading.Event()
        self._body: bytes | None = None

    def answer(self, body: bytes | None) -> None:
        self._body = body
        self._arrived.set()

    def wait(self, seconds: float) -> bytes:
        if not self._arrived.wait(seconds) or self._body is None:
            raise _unavailable()
        return self._body


def _read_reply(body: bytes) -> Answer:
    reply = wire.decode(body)
    if "refusal" in reply:
        refusal = from_wire(reply["refusal"])
        refusal.replayed, refusal.request_id = reply["replayed"], reply["request_id"]
        raise refusal
    if "view" not in reply:
        raise Fault()
    return Answer(reply["view"], reply["replayed"], reply.get("told", {}))


def _unavailable() -> Unavailable:
    return Unavailable(retry_after=RETRY_AFTER_SECONDS)
