"""Asking an address that a stranger has given: look it up once, judge where it leads, go exactly there."""

from __future__ import annotations

import socket
import ssl
import threading
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from ipaddress import ip_address
from urllib.parse import urljoin

import h11

from chassis.egress.errors import (
    Garbled,
    NotAllowed,
    NotReached,
    NotTrusted,
    TooLarge,
    TooManyRedirects,
    TooSlow,
    Unreachable,
    Unresolved,
)
from chassis.egress.lines import Deadline, Line, Tls, Wire
from chassis.egress.targets import Address, Target, admit, target_of

SECONDS = 10.0  # for everything: the look-up, all redirects, the last byte
LOOK_UP_SECONDS = 3.0
LARGEST_BODY = 1024 * 1024
LARGEST_ON_WIRE = LARGEST_BODY + 64 * 1024  # with the head and the framing
MOST_ADDRESSES = 4  # tried, of those that a name has

Resolve = Callable[[str], Iterable[str]]


@dataclass(frozen=True)
class Answer:
    """What came back. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def is_good(self) -> bool:
        return 200 <= self.status < 300


def look_up(name: str) -> Iterable[str]:
    """All addresses of a name. In a green process `socket` is green, and so is this."""
    return [str(found[4][0]) for found in socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)]


class Egress:
    """Asks public addresses by https. With `allow_loopback` this machine may be asked too, as it likes."""

    def __init__(
        self,
        allow_loopback: bool = False,
        resolve: Resolve = look_up,
        trust: ssl.SSLContext | None = None,
        seconds: float = SECONDS,
    ) -> None:
        self._allow_loopback, self._resolve, self._seconds = allow_loopback, resolve, seconds
        self._trust = trust or _authorities()

    def check(self, url: str, seconds: float = LOOK_UP_SECONDS) -> None:
        """Raises what asking the address now would raise before anything is sent."""
        self._addresses(target_of(url), Deadline(seconds))

    def get(self, url: str, headers: Mapping[str, str] | None = None, redirects: int = 0) -> Answer:
        """What is there, unpacked, after so many redirects at most. Raises `NotReached`."""
        deadline = Deadline(self._seconds)
        for _ in range(redirects + 1):
            with self._asked("GET", url, b"", headers or {}, deadline) as exchange:
                answer = exchange.answer()
            if not redirects or "location" not in answer.headers or answer.status not in _REDIRECTS:
                return answer
            url = _redirected(url, answer.headers["location"])
        raise TooManyRedirects()

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Hand the body over; of the answer nothing but the head is read. Raises `NotReached`."""
        length = {"Content-Length": str(len(body))}
        with self._asked("POST", url, body, {**headers, **length}, Deadline(self._seconds)) as exchange:
            return exchange.head()

    @contextmanager
    def _asked(
        self, method: str, url: str, body: bytes, headers: Mapping[str, str], deadline: Deadline
    ) -> Iterator[_Exchange]:
        target = target_of(url)
        with _told_as_not_reached(), self._connected(target, deadline) as wire:
            line = Tls(wire, target.host, self._trust) if target.secure else wire
            exchange = _Exchange(line)
            exchange.ask(_request(method, target, headers), body)
            yield exchange

    def _connected(self, target: Target, deadline: Deadline) -> Wire:
        """To the first of the addresses that answers."""
        failure: OSError = ConnectionError()
        for address in self._addresses(target, deadline)[:MOST_ADDRESSES]:
            try:
                return Wire(address, target.port, deadline, LARGEST_ON_WIRE)
            except OSError as error:
                failure = error
        raise failure

    def _addresses(self, target: Target, deadline: Deadline) -> list[Address]:
        """Where the target leads, all of it admitted; what the URL says by itself needs no look-up."""
        known = [target.literal] if target.literal else []
        admit(target, known, self._allow_loopback)
        if known:
            return known
        found = self._found(target.host, deadline)
        admit(target, found, self._allow_loopback)
        return found

    def _found(self, name: str, deadline: Deadline) -> list[Address]:
        """Look the name up beside this thread: a look-up can not be told to stop, only be left."""
        found: list[Address] = []

        def look() -> None:
            try:
                found.extend(dict.fromkeys(ip_address(address) for address in self._resolve(name)))
            except (OSError, ValueError):
                return

        looking = threading.Thread(target=look, daemon=True)
        looking.start()
        looking.join(deadline.left(LOOK_UP_SECONDS))
        if looking.is_alive():
            raise TooSlow()
        if not found:
            raise Unresolved()
        return found


_REDIRECTS = frozenset({301, 302, 303, 307, 308})


def _redirected(url: str, location: str) -> str:
    """Where an answer sends on to. Raises `NotAllowed`."""
    try:
        return urljoin(url, location)
    except ValueError:
        raise NotAllowed() from None


@cache
def _authorities() -> ssl.SSLContext:
    """Those that this machine trusts."""
    return ssl.create_default_context()


class _Exchange:
    """One request and its answer on a line."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._http = h11.Connection(h11.CLIENT)

    def ask(self, request: h11.Request, body: bytes) -> None:
        parts = [self._http.send(event) for event in (request, h11.Data(data=body), h11.EndOfMessage())]
        self._line.send(b"".join(part for part in parts if part))

    def head(self) -> Answer:
        """The status and the headers."""
        while not isinstance(event := self._event(), h11.Response):
            continue  # it is still being worked on, says a 1xx
        headers = {name.decode("ascii"): value.decode("latin-1") for name, value in event.headers}
        return Answer(event.status_code, headers)

    def answer(self) -> Answer:
        """The whole of it. Raises `TooLarge`."""
        head = self.head()
        unpack = _unpacker(head.headers.get("content-encoding", "identity").lower())
        body = bytearray()
        while isinstance(event := self._event(), h11.Data):
            body += unpack(bytes(event.data), LARGEST_BODY + 1 - len(body))
            if len(body) > LARGEST_BODY:
                raise TooLarge()
        return Answer(head.status, head.headers, bytes(body))

    def _event(self) -> object:
        while (event := self._http.next_event()) is h11.NEED_DATA:
            self._http.receive_data(self._line.receive())
        return event


def _request(method: str, target: Target, headers: Mapping[str, str]) -> h11.Request:
    ours = {
        "Host": target.authority,
        "User-Agent": "Tutoring/1",
        "Accept-Encoding": "gzip",
        "Connection": "close",
    }
    return h11.Request(method=method, target=target.path, headers=list({**ours, **headers}.items()))


def _unpacker(coding: str) -> Callable[[bytes, int], bytes]:
    """Unpacks piece by piece, never to more than asked. Raises `Garbled`."""
    if coding == "identity":
        return lambda piece, _: piece
    if coding not in ("gzip", "x-gzip", "deflate"):
        raise Garbled()
    return zlib.decompressobj(wbits=zlib.MAX_WBITS | 32).decompress


@contextmanager
def _told_as_not_reached() -> Iterator[None]:
    """Raise whatever goes wrong underneath as one of our own, without what it might say."""
    try:
        yield
    except NotReached:
        raise
    except TimeoutError:
        raise TooSlow() from None
    except ssl.CertificateError:
        raise NotTrusted() from None
    except (h11.ProtocolError, zlib.error):
        raise Garbled() from None
    except OSError:
        raise Unreachable() from None
