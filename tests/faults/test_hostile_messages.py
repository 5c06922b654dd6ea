"""Whatever a client of the broker puts into a message, no process ends and nobody else is held up."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import kombu
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from chassis import wire
from chassis.context import Actor, Context, sign
from contracts.operations import Ping
from tests.subject import Subject

PING = "reviews.ping"
LATER = timedelta(seconds=30)


class Sender:
    """A client of the broker that follows no rules, and reads what comes back."""

    def __init__(self, reviews: Subject) -> None:
        self.connection = kombu.Connection(reviews.stack.servers.broker_url("gateway"))
        self.channel = self.connection.channel()
        exchange = kombu.Exchange(wire.REPLIES, type="direct", no_declare=True)
        name = "gateway.replies.hostile"
        self.queue = kombu.Queue(name, exchange, name, exclusive=True)(self.channel)
        self.queue.declare()
        self.replies: list[Any] = []
        kombu.Consumer(self.channel, [self.queue], on_message=self.replies.append, no_ack=True).consume()

    def send(self, body: Any, headers: dict[str, Any], **properties: Any) -> None:
        kombu.Producer(self.channel).publish(
            body, exchange=wire.REQUESTS, routing_key=PING, headers=headers, retry=False, **properties
        )

    def ask(self, body: bytes, headers: dict[str, Any]) -> Any:
        """What is answered to that, however bad it is."""
        back = {"reply_to": self.queue.name, "correlation_id": "hostile"}
        self.send(body, headers, **back, content_type="application/json", content_encoding="utf-8")
        while not self.replies:
            self.connection.drain_events(timeout=5)
        return wire.decode(self.replies.pop().body)


@pytest.fixture
def sender(reviews: Subject) -> Iterator[Sender]:
    made = Sender(reviews)
    yield made
    made.connection.close()


def signed(reviews: Subject, **claims: Any) -> str:
    """A context by the gateway's own key, with any claims."""
    key = load_pem_private_key(reviews.stack.servers.credentials.signing_key.encode(), None)
    context = Context(Actor(1, "student"), "r1", datetime.now(UTC) + LATER)
    if not claims:
        return sign(context, key)
    plain = jwt.decode(sign(context, key), options={"verify_signature": False})
    return jwt.encode({**plain, **claims}, key, algorithm="EdDSA", headers={"typ": "context+jwt"})


def test_bodies_of_every_kind_are_refused(reviews: Subject, sender: Sender) -> None:
    for body in (b"", b"nonsense", b"\xff\xfe", b"[]", b"7", b'"text"', b"[" * 50_000, b'{"a": NaN}'):
        answer = sender.ask(body, {"context": signed(reviews)})
        assert answer["refusal"]["code"] == "invalid", body


@pytest.mark.parametrize("context", [None, "", "x.y.z", 5, ["a"], {"a": {"b": 1}}, "a" * 5000])
def test_contexts_of_every_kind_are_refused(reviews: Subject, sender: Sender, context: Any) -> None:
    assert sender.ask(b"{}", {"context": context})["refusal"]["code"] == "unauthenticated"


@pytest.mark.parametrize(
    "claims", [{"exp": "soon"}, {"exp": 1e300}, {"aud": "others"}, {"role": "king"}, {"exp": None}]
)
def test_claims_of_every_kind_are_survived(reviews: Subject, sender: Sender, claims: dict[str, Any]) -> None:
    assert "refusal" in sender.ask(b"{}", {"context": signed(reviews, **claims)})


def test_a_context_by_another_key_or_none_is_refused(reviews: Subject, sender: Sender) -> None:
    context = Context(Actor(1, "admin"), "r1", datetime.now(UTC) + LATER)
    forged = sign(context, Ed25519PrivateKey.generate())
    unsigned = jwt.encode({"aud": "services", "exp": 9e9, "role": "admin"}, None, algorithm="none")
    for token in (forged, unsigned):
        assert sender.ask(b"{}", {"context": token})["refusal"]["code"] == "unauthenticated"


def test_properties_of_every_kind_end_nothing(reviews: Subject, sender: Sender) -> None:
    context = {"context": signed(reviews)}
    for number, properties in enumerate(
        itertools.chain(
            [{}, {"reply_to": "nowhere"}, {"reply_to": "x" * 255, "correlation_id": "y"}],
            ({"content_encoding": encoding} for encoding in ("utf-16", "nonsense", "binary")),
            ({"headers_": value} for value in (5, "text", [1, 2])),
        )
    ):
        odd = {"nameko.call_id_stack": properties.pop("headers_", number), "key": {"not": "text"}}
        sender.send(b"{}", {**context, **odd}, **properties)
    assert reviews.ask(Ping()).service == "reviews"
    assert reviews.stack.process("reviews").running
