"""Connections on which nothing outlasts a deadline: not a drop of bytes at a time, nor a TLS greeting."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol, Self, TypeVar

from chassis.egress.errors import TooLarge, TooSlow
from chassis.egress.targets import Address

R = TypeVar("R")

CONNECT_SECONDS = 3.0
_CHUNK = 64 * 1024


class Deadline:
    """So many seconds from now on, by the real clock."""

    def __init__(self, seconds: float) -> None:
        self._at = time.monotonic() + seconds

    def left(self, most: float = float("inf")) -> float:
        """The seconds that are left, or fewer. Raises `TooSlow`."""
        left = self._at - time.monotonic()
        if left <= 0:
            raise TooSlow()
        return min(left, most)


class Line(Protocol):
    """Both ways of a connection."""

    def send(self, data: bytes) -> None: ...

    def receive(self) -> bytes:
        """What came next; nothing at the end."""
        ...


class Wire:
    """A TCP connection to one address, closed after its `with`. Takes in no more than `largest` bytes."""

    def __init__(self, address: Address, port: int, deadline: Deadline, largest: int) -> None:
        self._deadline, self._left = deadline, largest
        family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_STREAM)
        try:
            self._socket.settimeout(deadline.left(CONNECT_SECONDS))
            self._socket.connect((str(address), port))
        except BaseException:
            self._socket.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def send(self, data: bytes) -> None:
        while data:
            self._socket.settimeout(self._deadline.left())
            data = data[self._socket.send(data) :]

    def receive(self) -> bytes:
        """Raises `TooLarge`."""
        self._socket.settimeout(self._deadline.left())
        arrived = self._socket.recv(_CHUNK)
        self._left -= len(arrived)
        if self._left < 0:
            raise TooLarge()
        return arrived


class Tls:
    """TLS over a line, to the host of that name."""

    def __init__(self, line: Line, host: str, trust: ssl.SSLContext) -> None:
        self._line = line
        self._arrived, self._leaving = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = trust.wrap_bio(self._arrived, self._leaving, server_hostname=host)
        self._through(self._tls.do_handshake)

    def send(self, data: bytes) -> None:
        self._through(lambda: self._tls.write(data))

    def receive(self) -> bytes:
        try:
            return self._through(lambda: self._tls.read(_CHUNK))
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            return b""

    def _through(self, step: Callable[[], R]) -> R:
        """Take the step, carrying bytes both ways until it is done."""
        while True:
            with suppress(ssl.SSLWantReadError):
                try:
                    return step()
                finally:
                    self._flush()
            self._take_in()

    def _flush(self) -> None:
        if self._leaving.pending:
            self._line.send(self._leaving.read())

    def _take_in(self) -> None:
        if arrived := self._line.receive():
            self._arrived.write(arrived)
        else:
            self._arrived.write_eof()
