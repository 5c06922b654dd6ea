"""Whatever comes over a socket, nothing ends and honest callers are served."""

from __future__ import annotations

import itertools
import re
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from random import Random
from urllib.parse import urlsplit

import pytest

from tests.end_to_end.people import Anyone
from tests.end_to_end.world import World

GET = b"GET /api/subjects HTTP/1.1\r\nHost: here\r\n\r\n"
STALLED = 10
PROMPT_SECONDS = 2.0


@dataclass(frozen=True)
class Said:
    """One answer as it came."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def closes(self) -> bool:
        return self.headers.get("connection") == "close"


class Wire:
    """A connection on which anything can be said."""

    def __init__(self, world: World) -> None:
        parts = urlsplit(world.url)
        self.socket = socket.create_connection((parts.hostname, parts.port), timeout=15)
        self._reader = self.socket.makefile("rb")

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *_: object) -> None:
        self._reader.close()
        self.socket.close()

    def say(self, *parts: bytes) -> Wire:
        for part in parts:
            self.socket.sendall(part)
        return self

    def finish(self) -> Wire:
        """Say that nothing more will come, and go on listening."""
        self.socket.shutdown(socket.SHUT_WR)
        return self

    def hear(self) -> Said:
        """The next answer."""
        line = self._reader.readline()
        match = re.fullmatch(rb"HTTP/1\.1 (\d{3}) [A-Za-z -]*\r\n", line)
        assert match, line
        headers = dict(self._headers())
        return Said(int(match[1]), headers, self._reader.read(int(headers.get("content-length", 0))))

    def ended(self) -> bool:
        """Whether the other side has hung up."""
        try:
            return self._reader.read(1) == b""
        except ConnectionResetError:
            return True

    def _headers(self) -> Iterator[tuple[str, str]]:
        while (line := self._reader.readline()) not in (b"\r\n", b""):
            name, _, value = line.decode("latin-1").partition(":")
            yield name.lower(), value.strip()


@pytest.fixture
def wire(world: World) -> Iterator[Wire]:
    with Wire(world) as opened:
        yield opened


@pytest.fixture(autouse=True)
def _honest_callers_are_served(anyone: Anyone) -> Iterator[None]:
    """Whatever was said, others are answered promptly after it, by the process that was there before."""
    process = anyone.world.stack.process("gateway")
    yield
    began = time.monotonic()
    assert anyone.get("/api/subjects").status_code == 200
    assert time.monotonic() - began < PROMPT_SECONDS
    assert process.running


def post(*headers: bytes, body: bytes = b"") -> bytes:
    """A log-in with these headers."""
    head = [b"POST /api/auth/login HTTP/1.1", b"Host: here", b"Content-Type: application/json", *headers]
    return b"\r\n".join([*head, b"", body])


# --- framing ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "request_",
    [
        post(b"Content-Length: 2", b"Content-Length: 3", body=b"{} "),
        post(b"Content-Length: 2, 3", body=b"{} "),
        post(b"Content-Length: -2", body=b"{}"),
        post(b"Content-Length: +2", body=b"{}"),
        post(b"Content-Length: 0x2", body=b"{}"),
        post(b"Content-Length: two", body=b"{}"),
        post(b"Content-Length: " + b"9" * 30, body=b"{}"),
        post(b"Content-Length: 2", b"Transfer-Encoding: chunked", body=b"2\r\n{}\r\n0\r\n\r\n"),
        post(b"Transfer-Encoding : chunked", body=b"2\r\n{}\r\n0\r\n\r\n"),
        post(b"Transfer-Encoding: chunked", body=b"two\r\n{}\r\n0\r\n\r\n"),
        post(b"Transfer-Encoding: chunked", body=b"-2\r\n{}\r\n0\r\n\r\n"),
        post(b"Transfer-Encoding: chunked", body=b"2\r\n{}XX0\r\n\r\n"),
        post(b"Transfer-Encoding: chunked", body=b"F" * 30 + b"\r\n"),
        b"GET /api/subjects HTTP/1.1\r\n\r\n",  # without Host
        b"GET /api/subjects HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET /api/subjects HTTP/2.0\r\nHost: here\r\n\r\n",
        b"GET  /api/subjects HTTP/1.1\r\nHost: here\r\n\r\n",
        b"GET /api/sub jects HTTP/1.1\r\nHost: here\r\n\r\n",
        b"GET /api/subjects\r\n\r\n",
        b"GET /api/\xff HTTP/1.1\r\nHost: here\r\n\r\n",
        b"GET /api/subjects HTTP/1.1\r\nHost: here\r\nX: a\x00b\r\n\r\n",
        b"GET /api/subjects HTTP/1.1\r\nHost: here\r\nNo colon\r\n\r\n",
        b"GET /api/subjects HTTP/1.1\r\nHost: here\r\n: no name\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # TLS
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x00" * 100 + b"\r\n\r\n",
    ],
    ids=range(26),
)
def test_what_two_readers_could_take_differently_is_refused_and_the_connection_ends(
    wire: Wire, request_: bytes
) -> None:
    said = wire.say(request_).finish().hear()
    assert said.status in (400, 413), said
    assert said.closes
    assert said.headers["content-type"] == "application/problem+json"
    assert wire.ended()


@pytest.mark.parametrize(
    "coding", [b"gzip", b"gzip, chunked", b"identity", b"chunked, chunked", b"xchunked", b""]
)
def test_an_unknown_transfer_coding_is_refused(wire: Wire, coding: bytes) -> None:
    said = wire.say(post(b"Transfer-Encoding: " + coding, body=b"2\r\n{}\r\n0\r\n\r\n")).hear()
    assert (said.status in (400, 501), said.closes) == (True, True)
    assert wire.ended()


def test_a_smuggled_request_is_not_answered(wire: Wire) -> None:
    """What follows a refused request is nobody's request."""
    wire.say(post(b"Content-Length: 6", b"Transfer-Encoding: chunked", body=b"0\r\n\r\n" + GET))
    assert wire.hear().status == 400
    assert wire.ended()


def test_a_chunked_body_is_read_however_it_is_cut(wire: Wire) -> None:
    body = b'{"email": "nobody@example.org", "password": "wrong"}'
    chunks = b"".join(b"%x;extension=1\r\n%c\r\n" % (1, octet) for octet in body)
    wire.say(post(b"Transfer-Encoding: chunked"), chunks, b"0\r\nTrailer: ignored\r\n\r\n")
    assert wire.hear().status == 401
    assert wire.say(GET).hear().status == 200


def test_a_chunked_body_that_grows_too_large_is_refused(wire: Wire) -> None:
    wire.say(post(b"Transfer-Encoding: chunked"), *[b"10000\r\n", b"x" * 65536, b"\r\n"] * 17)
    assert wire.hear().status == 413
    assert wire.ended()


def test_who_asks_whether_to_go_on_is_told_so_or_refused_at_once(world: World) -> None:
    with Wire(world) as wire:
        wire.say(post(b"Content-Length: 2", b"Expect: 100-continue"))
        assert wire.hear().status == 100
        assert wire.say(b"{}").hear().status == 422
    with Wire(world) as wire:
        assert wire.say(post(b"Content-Length: 9999999", b"Expect: 100-continue")).hear().status == 413


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: here\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: here\r\nX: " + b"a" * 200_000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: here\r\n" + b"X: a\r\n" * 40_000 + b"\r\n", 431),
        (b"GET /api/subjects HTTP/1.1\r\nHost: here\r\n" + b"X: a\r\n" * 1_000 + b"\r\n", 200),
        (b"GET /api/subjects HTTP/1.0\r\n\r\n", 200),
        (b"GET http://here/api/subjects HTTP/1.1\r\nHost: here\r\n\r\n", 200),
        (b"GET ftp://here/api/subjects HTTP/1.1\r\nHost: here\r\n\r\n", 404),
        (b"OPTIONS * HTTP/1.1\r\nHost: here\r\n\r\n", 404),
        (b"CONNECT elsewhere.example:443 HTTP/1.1\r\nHost: here\r\n\r\n", 404),
        (GET[:-2] + b"Upgrade: websocket\r\nConnection: upgrade\r\n\r\n", 200),
    ],
    ids=range(10),
)
def test_unusual_requests_are_answered(wire: Wire, request_: bytes, status: int) -> None:
    assert wire.say(request_).hear().status == status


# --- connections -----------------------------------------------------------------------------------------


def test_requests_that_come_all_at_once_are_answered_in_their_order(wire: Wire) -> None:
    ids = [f"pipelined-{number}" for number in range(20)]
    paths = itertools.cycle(["/api/subjects", "/api/nothing", "/version"])
    wire.say(
        b"".join(
            f"GET {path} HTTP/1.1\r\nHost: here\r\nX-Request-Id: {id_}\r\n\r\n".encode()
            for id_, path in zip(ids, paths, strict=False)
        )
    )
    answers = [wire.hear() for _ in ids]
    assert [answer.headers["x-request-id"] for answer in answers] == ids
    assert {answer.status for answer in answers} == {200, 404}


def test_a_request_that_comes_byte_by_byte_is_answered(wire: Wire) -> None:
    assert wire.say(*(bytes([octet]) for octet in GET)).hear().status == 200


def test_who_has_said_everything_still_hears_the_answer(wire: Wire) -> None:
    assert wire.say(GET, GET).finish().hear().status == 200
    assert wire.hear().status == 200
    assert wire.ended()


@pytest.mark.parametrize(
    "begun",
    [b"", b"G", GET[:-2], post(b"Content-Length: 10", body=b"{}"), post(b"Transfer-Encoding: chunked")],
)
def test_who_breaks_off_costs_nothing(world: World, begun: bytes) -> None:
    for _ in range(20):
        with Wire(world) as wire:
            wire.say(begun).finish()
            wire.ended()


def test_who_hangs_up_without_listening_costs_nothing(world: World) -> None:
    reset = (1).to_bytes(4, "little") + (0).to_bytes(4, "little")
    for _ in range(100):
        with Wire(world) as wire:
            wire.say(GET)
            wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)


def test_stalled_clients_do_not_stall_others(world: World, anyone: Anyone) -> None:
    begun = (
        GET[:-2],
        post(b"Content-Length: 100", body=b"{"),
        post(b"Transfer-Encoding: chunked", body=b"5\r\n{"),
        b"",
    )
    with ExitStack() as stalled:
        for number in range(4 * STALLED):
            stalled.enter_context(Wire(world)).say(begun[number % len(begun)])
        for _ in range(20):
            began = time.monotonic()
            assert anyone.get("/api/subjects").status_code == 200
            assert time.monotonic() - began < PROMPT_SECONDS


def test_who_does_not_read_what_was_asked_for_does_not_stall_others(world: World, anyone: Anyone) -> None:
    with ExitStack() as stalled:
        for _ in range(STALLED):
            deaf = stalled.enter_context(Wire(world))
            deaf.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            deaf.say(b"GET /openapi.json HTTP/1.1\r\nHost: here\r\n\r\n" * 20)
        for _ in range(20):
            assert anyone.get("/api/subjects").elapsed.total_seconds() < PROMPT_SECONDS


def test_requests_with_anything_wrong_in_them_end_nothing(world: World) -> None:
    """Good requests with a few octets exchanged, dropped or doubled; each is answered or hung up on."""
    random = Random(2)
    whole = post(b"Content-Length: 2", b"Idempotency-Key: k", b"X-Request-Id: r", body=b"{}")
    for _ in range(150):
        with Wire(world) as wire:
            wire.say(spoiled(whole, random)).finish()
            said = wire._reader.read()  # noqa: SLF001 - of whatever kind
            assert said == b"" or re.match(rb"HTTP/1\.1 (2|4|501)", said), said


def spoiled(whole: bytes, random: Random) -> bytes:
    octets = bytearray(whole)
    for _ in range(random.randint(1, 4)):
        place = random.randrange(len(octets))
        change = random.choice((b"", bytes([random.randrange(256)]), octets[place : place + 1] * 2))
        octets[place : place + 1] = change
    return bytes(octets)
