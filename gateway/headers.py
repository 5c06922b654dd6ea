"""Headers that every reply has: against misuse by browsers, and for the origins that may ask across."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.calls import Call

_PROTECTIVE = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Vary": "Origin, Authorization",
}
_ASKED_WITH = (
    "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID, X-Request-Id"
)
_SHOWN = (
    "ETag, Idempotent-Replayed, Location, Retry-After, X-Request-Id, "
    "X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset"
)
_YEAR = 365 * 24 * 3600
_PREFLIGHT_SECONDS = 600


@dataclass(frozen=True)
class Headers:
    """What a deployment's replies carry; `origins` are those of web pages that may ask."""

    origins: frozenset[str]
    only_https: bool

    @classmethod
    def of(cls, public_url: str, cors_origins: Sequence[str]) -> Headers:
        """For a platform at the address."""
        return cls(frozenset(origin.rstrip("/") for origin in cors_origins), public_url.startswith("https:"))

    def for_reply(self, call: Call) -> dict[str, str]:
        """For any reply to the call."""
        secure = {"Strict-Transport-Security": f"max-age={_YEAR}"} if self.only_https else {}
        return {**_PROTECTIVE, **secure, **self._across(call)}

    def for_options(self, call: Call, methods: Sequence[str]) -> dict[str, str]:
        """For the reply to OPTIONS, which a browser asks ahead."""
        allow = {"Allow": ", ".join(methods)}
        if not self._across(call):
            return allow
        return {
            **allow,
            "Access-Control-Allow-Methods": allow["Allow"],
            "Access-Control-Allow-Headers": _ASKED_WITH,
            "Access-Control-Max-Age": str(_PREFLIGHT_SECONDS),
        }

    def _across(self, call: Call) -> dict[str, str]:
        origin = call.headers.get("origin", "")
        if origin not in self.origins:
            return {}
        return {"Access-Control-Allow-Origin": origin, "Access-Control-Expose-Headers": _SHOWN}
