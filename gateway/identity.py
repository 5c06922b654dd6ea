"""Who is calling: access tokens, made for a granted session and opened with every call.

Tokens are EdDSA (RFC 8037) with the algorithm pinned, of the type `at+jwt` (RFC 9068). They
are made from the grant alone, so that a log-in that is replayed gives the same token.
Refresh tokens, passwords and accounts are catalog's.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from chassis.clock import Clock
from chassis.context import ANONYMOUS, SYSTEM, Actor
from contracts.catalog import GrantView
from contracts.errors import Unauthenticated
from contracts.message import View, load
from contracts.values import Count, Line, Token

AUDIENCE = "tutoring-api"
TYPE = "at+jwt"
_CLAIMS = ["iss", "aud", "exp", "iat", "jti", "sub"]
_REMEMBERED = 4096  # tokens whose signature was good; opening one anew takes longer than all else here


@dataclass(frozen=True)
class TokensView(View):
    """What a session is used with: send the access token as `Authorization: Bearer …`."""

    access_token: Token
    token_type: Line
    expires_in: Count
    refresh_token: Token


class Identity:
    """Makes tokens, and knows callers by them."""

    def __init__(self, signing_key: str, issuer: str, minutes: int, clock: Clock) -> None:
        key = load_pem_private_key(signing_key.encode(), password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise TypeError("the signing key is not an Ed25519 key")
        self._key, self._public = key, key.public_key()
        self._issuer, self._life, self._clock = issuer, timedelta(minutes=minutes), clock
        self._key_id = _thumbprint(self._point)
        self._erased: set[int] = set()  # of whom tokens may still be about; no id is ever given again
        self._opened = lru_cache(maxsize=_REMEMBERED)(self._open)

    def actor_of(self, authorization: str | None) -> Actor:
        """Whom the header names; anybody, where there is none.

        Raises `Unauthenticated` for anything but a valid token of ours.
        """
        if authorization is None:
            return ANONYMOUS
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer":
            raise Unauthenticated()
        actor, expires_at = self._opened(token.strip())
        if expires_at <= self._clock.now():
            raise Unauthenticated("The access token has expired.")
        if actor.account_id in self._erased:
            raise Unauthenticated()
        return actor

    def forget(self, account_id: int) -> None:
        """Know nobody by the account's tokens any more: its person was erased."""
        self._erased.add(account_id)

    def known_until(self, authorization: str | None) -> datetime | None:
        """Until when the header, which was found good, names somebody."""
        return None if authorization is None else self._opened(authorization.partition(" ")[2].strip())[1]

    def tokens(self, grant: dict[str, Any]) -> TokensView:
        """An access token for the grant, and the refresh token that came with it."""
        granted = load(GrantView, grant)
        claims = {
            "iss": self._issuer,
            "aud": AUDIENCE,
            "sub": str(granted.account_id),
            "iat": int(granted.granted_at.timestamp()),
            "exp": int((granted.granted_at + self._life).timestamp()),
            "jti": granted.grant_id,
            "role": granted.role.value,
            "tutor": granted.tutor_profile_id,
        }
        token = jwt.encode(claims, self._key, algorithm="EdDSA", headers={"typ": TYPE, "kid": self._key_id})
        return TokensView(token, "Bearer", int(self._life.total_seconds()), granted.refresh_token)

    def key_set(self) -> dict[str, Any]:
        """The public key as a JSON Web Key Set (RFC 7517)."""
        use = {"kid": self._key_id, "use": "sig", "alg": "EdDSA"}
        return {"keys": [{"kty": "OKP", "crv": "Ed25519", "x": self._point, **use}]}

    @property
    def _point(self) -> str:
        return _base64(self._public.public_bytes(Encoding.Raw, PublicFormat.Raw))

    def _open(self, token: str) -> tuple[Actor, datetime]:
        """Whom the token names and until when. By whose clock that is over is not PyJWT's to say."""
        try:
            header = jwt.get_unverified_header(token)
            if header.get("typ") != TYPE or header.get("kid") != self._key_id:
                raise Unauthenticated()
            claims = jwt.decode(
                token,
                self._public,
                algorithms=["EdDSA"],
                audience=AUDIENCE,
                issuer=self._issuer,
                options={"require": _CLAIMS, "verify_exp": False, "verify_iat": False, "verify_nbf": False},
            )
            actor = Actor(int(claims["sub"]), claims["role"], claims["tutor"])
            return actor, datetime.fromtimestamp(claims["exp"], UTC)
        except (jwt.PyJWTError, KeyError, TypeError, ValueError, OverflowError):
            raise Unauthenticated() from None


class Scheduler:
    """Knows the operator's scheduler by the secret that they share; it acts for the platform."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def actor_of(self, authorization: str | None) -> Actor:
        """The platform itself. Raises `Unauthenticated` for anything but the secret."""
        scheme, _, given = (authorization or "").partition(" ")
        is_it = hmac.compare_digest(given.strip().encode(), self._secret)  # takes as long for any guess
        if scheme.lower() != "bearer" or not self._secret or not is_it:
            raise Unauthenticated("Send the scheduler's secret.")
        return SYSTEM

    def known_until(self, authorization: str | None) -> datetime | None:  # noqa: ARG002 - as of an identity
        """The secret holds until it is changed."""
        return None


def _thumbprint(point: str) -> str:
    """The key's name: RFC 7638 over the members that RFC 8037 asks for."""
    members = f'{{"crv":"Ed25519","kty":"OKP","x":"{point}"}}'
    return _base64(hashlib.sha256(members.encode()).digest())


def _base64(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()
