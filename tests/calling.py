"""A gateway with a stand-in for the services, calls to it, and what it said."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from chassis.clock import Clock
from chassis.settings import Settings
from gateway.calls import Call, Reply
from gateway.dispatch import Dispatch
from gateway.live import Streams
from gateway.service import assemble
from tests.fake_asker import FakeAsker

PEM = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
SECRET = "hunter2"  # never to be seen again
PAGE = {"items": [], "total": 0, "page": 1, "page_size": 20}
BOOKING = {"tutor_profile_id": 10, "start_at": "2027-01-25T14:00:00Z", "duration_minutes": 60}


def a_gateway(asker: FakeAsker | None = None, **settings: Any) -> Dispatch:
    given = {"rate_limits": False, "public_url": "https://tutoring.example"} | settings
    settings_ = Settings(service="gateway", gateway_signing_key=PEM, **given)
    return assemble(settings_, asker or FakeAsker(), Streams(Clock()))


def a_grant(role: str, account_id: int = 42) -> dict[str, Any]:
    return {
        "account_id": account_id,
        "role": role,
        "refresh_token": "opaque",
        "granted_at": "2199-01-01T00:00:00Z",
        "grant_id": "g-1",
        "tutor_profile_id": 10 if role == "tutor" else None,
    }


def a_call(
    gateway: Dispatch, what: str, body: Any = None, *, by: str | None = None, query: str = "", **headers: str
) -> Call:
    """A call such as `POST /api/bookings`, with a body and by somebody in a role."""
    method, path = what.split(" ")
    given = {name.replace("_", "-"): text for name, text in headers.items()}
    if body is not None:
        given["content-type"] = "application/json"
    if by:
        given["authorization"] = f"Bearer {gateway.identity.tokens(a_grant(by)).access_token}"
    sent = json.dumps(body).encode() if body is not None else b""
    return Call(method, path, query, given, sent, peer="192.0.2.1")


def said(reply: Reply) -> Any:
    return json.loads(reply.body, parse_float=Decimal)
