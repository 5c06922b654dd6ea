"""Stripe as far as the platform uses it: a real HTTP server that keeps what it is asked and can fail.

    with running_stripe() as stripe:
        booking.start(**stripe.settings)
        stripe.fail_next("timeout")           # … the next call; also "500", "429", "refused", "lost"
        intent = stripe.intents[0]
        stripe.pay(intent)                    # the student pays with the client secret
        body, signature = stripe.notice_of(intent)

`lost` does what was asked and loses the answer. A call with a key that was used before is answered
as it was then, and nothing is done again.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any
from urllib.parse import parse_qsl

Thing = dict[str, Any]

SECRET_KEY, WEBHOOK_SECRET = "sk_test_for_the_stand_in", "whsec_for_the_stand_in"
OPEN = ("requires_payment_method", "requires_confirmation", "requires_action")


@dataclass(frozen=True)
class Asked:
    """One call as it came."""

    method: str
    path: str
    form: dict[str, str]
    key: str | None


@dataclass
class StripeStandIn:
    """What Stripe knows, and how it answers."""

    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    intents: list[Thing] = field(default_factory=list)
    refunds: list[Thing] = field(default_factory=list)
    refund_status: str = "succeeded"
    _failures: list[str] = field(default_factory=list)
    _answers: dict[str, tuple[int, Thing]] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def settings(self) -> dict[str, str]:
        """What a process has to be told to use it."""
        return {
            "PAYMENTS": "stripe",
            "STRIPE_SECRET_KEY": SECRET_KEY,
            "STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET,
            "STRIPE_API_BASE": self.url,
        }

    def fail_next(self, *failures: str) -> None:
        """Have the next calls fail, one after another."""
        with self._lock:
            self._failures += failures

    def intent_of(self, secret: str) -> Thing:
        """What a student pays who has the client secret."""
        return next(intent for intent in self.intents if intent["client_secret"] == secret)

    def pay(self, intent: Thing) -> None:
        """The student pays."""
        with self._lock:
            assert intent["status"] in OPEN, intent["status"]
            intent["status"] = "succeeded"

    def notice_of(self, thing: Thing, secret: str = WEBHOOK_SECRET, age: float = 0) -> tuple[str, str]:
        """A webhook that says how the thing stands now: its body and its signature."""
        name = {"payment_intent": "payment_intent", "refund": "refund"}[thing["object"]]
        event = {
            "id": f"evt_{next(self._numbers)}",
            "object": "event",
            "type": f"{name}.updated",
            "data": {"object": thing},
        }
        body = json.dumps(event)
        stamp = int(time.time() - age)
        signed = hmac.new(secret.encode(), f"{stamp}.{body}".encode(), hashlib.sha256).hexdigest()
        return body, f"t={stamp},v1={signed}"

    # --- answering -------------------------------------------------------------------------------------

    def answer(self, asked: Asked, authorization: str) -> tuple[int, Thing] | None:
        """Status and body, or no answer at all."""
        with self._lock:
            self.asked.append(asked)
            failure = self._failures.pop(0) if self._failures else ""
            if authorization != f"Bearer {SECRET_KEY}":
                return 401, _error("invalid_request_error", "Invalid API Key.")
            if failure in ("500", "429"):
                return int(failure), _error("api_error", "Not now.")
            if failure == "refused":
                return 400, _error("invalid_request_error", "This is not possible.")
            if failure == "timeout":
                return None
            answer = self._once(asked)
            return None if failure == "lost" else answer

    def _once(self, asked: Asked) -> tuple[int, Thing]:
        if asked.key is None:
            return self._do(asked)
        if asked.key not in self._answers:
            status, thing = self._do(asked)
            self._answers[asked.key] = status, dict(thing)
        return self._answers[asked.key]

    def _do(self, asked: Asked) -> tuple[int, Thing]:
        what, *rest = asked.path.removeprefix("/v1/").split("/")
        if what == "payment_intents" and not rest:
            return 200, self._new_intent(asked.form)
        if what == "payment_intents":
            return self._old_intent(rest, asked.method)
        if what == "refunds" and not rest:
            return self._new_refund(asked.form)
        return 404, _error("invalid_request_error", "Unrecognized request URL.")

    def _new_intent(self, form: dict[str, str]) -> Thing:
        number = next(self._numbers)
        intent = {
            "id": f"pi_{number}",
            "object": "payment_intent",
            "amount": int(form["amount"]),
            "currency": form["currency"],
            "client_secret": f"pi_{number}_secret_{number * 7919}",
            "status": "requires_payment_method",
            "metadata": _metadata(form),
        }
        self.intents.append(intent)
        return intent

    def _old_intent(self, rest: list[str], method: str) -> tuple[int, Thing]:
        found = [intent for intent in self.intents if intent["id"] == rest[0]]
        if not found:
            return 404, _error("invalid_request_error", "No such payment_intent.")
        [intent] = found
        if method == "POST" and rest[1:] == ["cancel"]:
            if intent["status"] not in OPEN:
                return 400, _error("invalid_request_error", "It can not be cancelled any more.")
            intent["status"] = "canceled"
        return 200, intent

    def _new_refund(self, form: dict[str, str]) -> tuple[int, Thing]:
        paid = {intent["id"]: intent for intent in self.intents if intent["status"] == "succeeded"}
        intent = paid.get(form["payment_intent"])
        given = sum(
            each["amount"] for each in self.refunds if each["payment_intent"] == form["payment_intent"]
        )
        if intent is None or given + int(form["amount"]) > intent["amount"]:
            return 400, _error("invalid_request_error", "It was not paid, or not so much.")
        refund = {
            "id": f"re_{next(self._numbers)}",
            "object": "refund",
            "amount": int(form["amount"]),
            "payment_intent": intent["id"],
            "status": self.refund_status,
            "metadata": _metadata(form),
        }
        self.refunds.append(refund)
        return 200, refund


@contextmanager
def running_stripe() -> Iterator[StripeStandIn]:
    """The stand-in, listening on the loopback until the end of the block."""
    stand_in = StripeStandIn()
    handler = type("Handler", (_Handler,), {"stand_in": stand_in})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    stand_in.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield stand_in
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    stand_in: StripeStandIn
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self._serve()

    def do_GET(self) -> None:
        self._serve()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
        """Say nothing."""

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        key = self.headers.get("Idempotency-Key")
        asked = Asked(self.command, self.path.partition("?")[0], dict(parse_qsl(body)), key)
        answer = self.stand_in.answer(asked, self.headers.get("Authorization") or "")
        if answer is None:
            self.close_connection = True  # as if the network had lost it
            return
        status, thing = answer
        said = json.dumps(thing).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)


def _metadata(form: dict[str, str]) -> dict[str, str]:
    return {
        name.removeprefix("metadata[").removesuffix("]"): value
        for name, value in form.items()
        if name.startswith("metadata[")
    }


def _error(kind: str, message: str) -> Thing:
    return {"error": {"type": kind, "message": message}}
