"""Who asks, on whose behalf a message travels: signed by the gateway, verified by every owner.

Any client of the broker can set headers, so identity is a short-lived EdDSA token
(RFC 8037) that only the gateway can make.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import jwt

from contracts.errors import Denied, Unauthenticated

AUDIENCE = "services"
_TYPE = "context+jwt"


@dataclass(frozen=True)
class Actor:
    """An account and its role; `anonymous` where nobody has logged in, `system` for the platform itself.

    `tutor_profile_id` is known for every tutor: the profile is made with the account.
    """

    account_id: int | None = None
    role: str = "anonymous"
    tutor_profile_id: int | None = None

    @property
    def is_admin(self) -> bool:
        return self.role == "admin"

    @property
    def id(self) -> int:
        """The account's id. Raises `Unauthenticated` where there is none."""
        if self.account_id is None:
            raise Unauthenticated()
        return self.account_id

    @property
    def profile_id(self) -> int:
        """The tutor's profile id. Raises `Denied` for everybody else."""
        if self.tutor_profile_id is None:
            raise Denied()
        return self.tutor_profile_id


ANONYMOUS = Actor()
SYSTEM = Actor(role="system")


@dataclass(frozen=True)
class Context:
    """What a request carries besides its contents."""

    actor: Actor
    request_id: str
    deadline: datetime


def sign(context: Context, key: Any) -> str:
    """Seal the context with the gateway's private key until its deadline."""
    claims = {
        "aud": AUDIENCE,
        "exp": context.deadline.timestamp(),
        "role": context.actor.role,
        "account": context.actor.account_id,
        "tutor": context.actor.tutor_profile_id,
        "request": context.request_id,
    }
    return jwt.encode(claims, key, algorithm="EdDSA", headers={"typ": _TYPE})


def verify(token: str, key: Any) -> Context:
    """Open a sealed context. Raises `Unauthenticated` unless the gateway made it.

    Whether its deadline has passed is the caller's to judge: a late request is not a forged one.
    """
    try:
        if jwt.get_unverified_header(token).get("typ") != _TYPE:
            raise Unauthenticated()
        claims = jwt.decode(
            token,
            key,
            algorithms=["EdDSA"],
            audience=AUDIENCE,
            options={"verify_exp": False, "require": ["exp"]},
        )
        actor = Actor(claims["account"], claims["role"], claims["tutor"])
        return Context(actor, claims["request"], datetime.fromtimestamp(claims["exp"], UTC))
    except (jwt.PyJWTError, KeyError, TypeError, ValueError, OverflowError):
        raise Unauthenticated() from None
