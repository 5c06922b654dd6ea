"""Access tokens: who they name, for how long, and that no other token passes."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from chassis.clock import Clock
from chassis.context import ANONYMOUS, Actor, Context, sign
from contracts.errors import Unauthenticated
from gateway.identity import AUDIENCE, Identity

ISSUER = "https://tutoring.example"
NOON = datetime(2027, 1, 1, 12, tzinfo=UTC)
GRANT = {
    "account_id": 42,
    "role": "tutor",
    "refresh_token": "opaque",
    "granted_at": "2027-01-01T12:00:00Z",
    "grant_id": "g-1",
    "tutor_profile_id": 10,
}


@dataclass
class StoppedClock(Clock):
    at: datetime = field(default=NOON)

    def now(self) -> datetime:
        return self.at


def a_key() -> tuple[Ed25519PrivateKey, str]:
    key = Ed25519PrivateKey.generate()
    return key, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


KEY, PEM = a_key()


def an_identity(clock: Clock | None = None, pem: str = PEM) -> Identity:
    return Identity(pem, ISSUER, 10, clock or StoppedClock())


def claims_of(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = json.loads(urlsafe_b64decode(token.split(".")[1] + "=="))
    return claims


def forged(header: dict[str, Any] | None = None, key: Any = KEY, **changes: Any) -> str:
    """A token of ours with some claims (None removes one) or headers changed, signed anew."""
    good = an_identity().tokens(GRANT).access_token
    claims = {name: value for name, value in (claims_of(good) | changes).items() if value is not None}
    head = jwt.get_unverified_header(good) | (header or {})
    return jwt.encode(claims, key, algorithm=head.pop("alg"), headers=head)


def test_a_token_names_whom_it_was_granted_to() -> None:
    token = an_identity().tokens(GRANT).access_token
    assert an_identity().actor_of(f"Bearer {token}") == Actor(42, "tutor", 10)
    assert an_identity().actor_of(f"bearer  {token}") == Actor(42, "tutor", 10)


def test_without_a_token_it_is_anybody() -> None:
    assert an_identity().actor_of(None) == ANONYMOUS


def test_the_same_grant_gives_the_same_token_whenever_it_is_told() -> None:
    later = StoppedClock(NOON + timedelta(days=1))
    assert an_identity(later).tokens(GRANT) == an_identity().tokens(GRANT)
    assert an_identity().tokens(GRANT | {"grant_id": "g-2"}) != an_identity().tokens(GRANT)


def test_a_token_ends_by_the_clock_of_the_platform() -> None:
    clock = StoppedClock()
    identity = an_identity(clock)
    header = f"Bearer {identity.tokens(GRANT).access_token}"
    clock.at = NOON + timedelta(minutes=10, seconds=-1)
    assert identity.actor_of(header).account_id == 42
    clock.at = NOON + timedelta(minutes=10)
    with pytest.raises(Unauthenticated):
        identity.actor_of(header)


def test_who_is_forgotten_is_known_by_no_token_and_everybody_else_is() -> None:
    identity = an_identity()
    erased, other = (identity.tokens(GRANT | {"account_id": account}).access_token for account in (42, 43))
    assert identity.actor_of(f"Bearer {erased}").account_id == 42
    identity.forget(42)
    with pytest.raises(Unauthenticated):
        identity.actor_of(f"Bearer {erased}")
    assert identity.actor_of(f"Bearer {other}").account_id == 43


def test_the_answer_says_how_long_the_token_lives() -> None:
    tokens = an_identity().tokens(GRANT)
    assert (tokens.token_type, tokens.expires_in, tokens.refresh_token) == ("Bearer", 600, "opaque")


def test_everybody_can_check_a_token_with_the_published_key() -> None:
    identity = an_identity()
    token = identity.tokens(GRANT).access_token
    published = jwt.PyJWKSet.from_dict(identity.key_set())
    key = published[jwt.get_unverified_header(token)["kid"]]
    options = {"verify_exp": False, "verify_iat": False}
    claims = jwt.decode(token, key, ["EdDSA"], audience=AUDIENCE, issuer=ISSUER, options=options)
    assert claims["sub"] == "42"


@pytest.mark.parametrize("claim", ["iss", "aud", "exp", "iat", "jti", "sub", "role"])
def test_a_token_without_a_claim_is_none(claim: str) -> None:
    with pytest.raises(Unauthenticated):
        an_identity().actor_of(f"Bearer {forged(**{claim: None})}")


def another_service() -> str:
    return sign(Context(Actor(42, "admin"), "r", NOON + timedelta(days=365)), KEY)


@pytest.mark.parametrize(
    "token",
    [
        forged(iss="https://elsewhere.example"),
        forged(aud="services"),
        forged(sub="me"),
        forged(exp="never"),
        forged(exp=10**30),
        forged({"typ": "JWT"}),
        forged({"kid": "another"}),
        forged(key=a_key()[0]),
        forged({"alg": "HS256"}, key="x" * 64),
        forged({"alg": "none"}, key=None),
        another_service(),
        "",
        "a.b.c",
        "null",
    ],
)
def test_any_other_token_is_none(token: str) -> None:
    with pytest.raises(Unauthenticated):
        an_identity().actor_of(f"Bearer {token}")


@pytest.mark.parametrize("header", ["", "Bearer", "Basic YTpi", "Token abc", "Bearer a b"])
def test_any_other_scheme_is_none(header: str) -> None:
    with pytest.raises(Unauthenticated):
        an_identity().actor_of(header)


@given(st.data())
def test_a_token_changed_anywhere_is_none(data: st.DataObject) -> None:
    token = an_identity().tokens(GRANT).access_token
    part = data.draw(st.integers(0, 2))
    parts = [bytearray(urlsafe_b64decode(each + "==")) for each in token.split(".")]
    place = data.draw(st.integers(0, len(parts[part]) - 1))
    parts[part][place] ^= data.draw(st.integers(1, 255))
    changed = b".".join(urlsafe_b64encode(bytes(each)).rstrip(b"=") for each in parts).decode()
    with pytest.raises(Unauthenticated):
        an_identity().actor_of(f"Bearer {changed}")
