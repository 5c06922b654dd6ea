"""One HTTP request as it was read, and what goes back: plain data, of no server's making."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

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


class Stream(Protocol):
    """A body that is made piece by piece for as long as somebody reads it."""

    def __iter__(self) -> Iterator[bytes]: ...

    def close(self) -> None:
        """Have it come to its end soon. May be called by anybody, and more than once."""
        ...


@dataclass(frozen=True)
class Reply:
    """What goes back. Framing (lengths, dates, the connection) is the server's."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    stream: Stream | None = None  # instead of a body

    def also(self, headers: Mapping[str, str]) -> Reply:
        """The reply with more headers; those that it has already stay."""
        return replace(self, headers={**headers, **self.headers})
