"""One HTTP request as it was read, and what goes back: plain data, of no server's making."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from contracts.errors import Refusal


@dataclass(frozen=True)
class Call:
    """A request read to its end; header names are in lower case, repeated ones joined with commas.

    What could not be read carries its `fault` and what is known of it until then.
    """

    method: str = ""
    path: str = ""
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    peer: str = ""
    fault: Refusal | None = None


@dataclass(frozen=True)
class Reply:
    """What goes back. Framing (lengths, dates, the connection) is the server's."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def also(self, headers: Mapping[str, str]) -> Reply:
        """The reply with more headers; those that it has already stay."""
        return replace(self, headers={**headers, **self.headers})
