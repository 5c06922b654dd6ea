"""Calendars as others keep them, in iCalendar format, and a host that has them."""

from __future__ import annotations

import socket
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from tests.strangers import Host, Script

CRLF = "\r\n"


def a_calendar(*events: str, head: str = "") -> bytes:
    """With these events, each its lines between `|`, and a UID of its own where it names none."""
    parts = [_component("VEVENT", _with_uid(event, number)) for number, event in enumerate(events)]
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//", *_lines(head), *parts, "END:VCALENDAR", ""]
    return CRLF.join(lines).encode()


def an_event(start: datetime, end: datetime, *lines: str) -> str:
    return "|".join([f"DTSTART:{in_utc(start)}", f"DTEND:{in_utc(end)}", *lines])


def in_utc(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _component(name: str, lines: str) -> str:
    return CRLF.join([f"BEGIN:{name}", *_lines(lines), f"END:{name}"])


def _with_uid(event: str, number: int) -> str:
    return event if "UID:" in event else f"UID:{number}|{event}"


def _lines(text: str) -> list[str]:
    return text.split("|") if text else []


@dataclass
class Elsewhere:
    """A calendar kept elsewhere: answers with its content, unless it is told to do something else."""

    content: bytes
    instead: Script | None = None
    host: Host = field(init=False)

    def __post_init__(self) -> None:
        self.host = Host(self._answer)

    @contextmanager
    def listening(self) -> Iterator[Elsewhere]:
        with self.host.listening():
            yield self

    @property
    def url(self) -> str:
        return f"{self.host.url}secret-8d7c/basic.ics"

    @property
    def asked(self) -> list[bytes]:
        return self.host.asked

    def _answer(self, accepted: socket.socket, asked: bytes) -> None:
        if self.instead:
            return self.instead(accepted, asked)
        etag = b'"%08x"' % zlib.crc32(self.content)
        if b"If-None-Match: " + etag in asked:
            return accepted.sendall(b"HTTP/1.1 304 Not Modified\r\n\r\n")
        head = b"HTTP/1.1 200 OK\r\nETag: %s\r\nContent-Length: %d\r\n\r\n" % (etag, len(self.content))
        return accepted.sendall(head + self.content)


@contextmanager
def a_calendar_elsewhere(*events: str) -> Iterator[Elsewhere]:
    with Elsewhere(a_calendar(*events)).listening() as made:
        yield made
