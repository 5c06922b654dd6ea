"""What one connection makes of the bytes that a client sends, over a real pair of sockets."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field

import pytest

from contracts.errors import Refusal
from gateway import http
from gateway.calls import Call, Reply
from gateway.http import LARGEST_BODY, Connection
from gateway.problems import BodyTooLarge, HeadTooLarge, Malformed, TooSlow, UnsupportedCoding

GET = b"GET /api/tutors?page=2 HTTP/1.1\r\nHost: a\r\n\r\n"
POST = b"POST /api/bookings HTTP/1.1\r\nHost: a\r\n"


@dataclass
class Client:
    """A client, and what the gateway has of it."""

    socket: socket.socket
    connection: Connection
    senders: list[threading.Thread] = field(default_factory=list)

    def send(self, octets: bytes) -> Call | None:
        self.socket.sendall(octets)
        return self.connection.read()

    def send_meanwhile(self, octets: bytes) -> None:
        """Send what may be more than anybody will read."""
        self.senders.append(threading.Thread(target=self._send, args=(octets,)))
        self.senders[-1].start()

    def _send(self, octets: bytes) -> None:
        with suppress(OSError):
            self.socket.sendall(octets)

    def hang_up(self) -> None:
        self.socket.shutdown(socket.SHUT_WR)

    def received(self) -> bytes:
        return self.socket.recv(100_000)


@pytest.fixture
def client() -> Iterator[Client]:
    listening = socket.create_server(("127.0.0.1", 0))
    ours = socket.create_connection(listening.getsockname())
    theirs, _ = listening.accept()
    client = Client(ours, Connection(theirs, "192.0.2.1"))
    yield client
    for each in (theirs, ours, listening):
        each.close()
    for sender in client.senders:
        sender.join()


@pytest.fixture
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    for limit in ("HEAD_SECONDS", "BODY_SECONDS", "IDLE_SECONDS"):
        monkeypatch.setattr(http, limit, 0.05)


def fault_of(call: Call | None) -> type[Refusal]:
    assert call is not None
    assert call.fault is not None
    return type(call.fault)


def test_a_request_is_read(client: Client) -> None:
    call = client.send(GET)
    assert call == Call("GET", "/api/tutors", "page=2", {"host": "a"}, b"", "192.0.2.1")


def test_a_body_is_read_to_its_end(client: Client) -> None:
    call = client.send(POST + b"Content-Length: 2\r\nX-A: 1\r\nX-a: 2\r\n\r\n{}")
    assert call is not None
    assert (call.body, call.headers["x-a"]) == (b"{}", "1,2")


def test_a_body_may_come_in_pieces(client: Client) -> None:
    call = client.send(POST + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n")
    assert call is not None
    assert call.body == b"{}"


def test_a_proxy_may_name_the_whole_address(client: Client) -> None:
    call = client.send(b"GET HTTP://a:80/healthz?x HTTP/1.1\r\nHost: a\r\n\r\n")
    assert call is not None
    assert (call.path, call.query) == ("/healthz", "x")


@pytest.mark.parametrize(
    ("sent", "fault"),
    [
        (b"nonsense\r\n\r\n", Malformed),
        (b"\x16\x03\x01\x02\x00\x01\x00\xfc", Malformed),
        (b"GET / HTTP/1.1\r\n\r\n", Malformed),
        (b"GET / HTTP/2.0\r\nHost: a\r\n\r\n", Malformed),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", Malformed),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: \x00\r\n\r\n", Malformed),
        (POST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n", Malformed),
        (POST + b"Content-Length: -1\r\n\r\n", Malformed),
        (POST + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n", Malformed),
        (POST + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n", Malformed),
        (POST + b"Transfer-Encoding: gzip\r\n\r\n", UnsupportedCoding),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 40_000, HeadTooLarge),
        (b"GET /" + b"x" * 40_000, HeadTooLarge),
        (POST + b"Content-Length: %d\r\n\r\n" % (LARGEST_BODY + 1), BodyTooLarge),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n200000\r\n" + b"x" * 1_100_000, BodyTooLarge),
    ],
)
def test_what_can_not_be_read_is_a_call_with_a_fault(
    client: Client, sent: bytes, fault: type[Refusal]
) -> None:
    client.send_meanwhile(sent)
    call = client.connection.read()
    assert fault_of(call) is fault
    client.connection.write(Reply(400), "", last=True)
    assert client.received().startswith(b"HTTP/1.1 400 Bad Request\r\n")


@pytest.mark.usefixtures("impatience")
@pytest.mark.parametrize("sent", [b"GET / HTTP/1.1\r\nHost:", POST + b"Content-Length: 5\r\n\r\n{"])
def test_a_request_that_does_not_come_to_an_end_is_not_waited_for(client: Client, sent: bytes) -> None:
    assert fault_of(client.send(sent)) is TooSlow


def test_a_client_who_leaves_in_the_middle_sent_no_request(client: Client) -> None:
    client.socket.sendall(b"GET / HT")
    client.hang_up()
    assert fault_of(client.connection.read()) is Malformed


@pytest.mark.usefixtures("impatience")
def test_a_silent_client_and_one_who_leaves_have_no_more_to_say(client: Client) -> None:
    assert client.connection.read() is None
    client.hang_up()
    assert client.connection.read() is None


@pytest.mark.usefixtures("impatience")
def test_whoever_waits_for_leave_to_send_gets_it(client: Client) -> None:
    call = client.send(POST + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n")
    assert fault_of(call) is TooSlow
    assert client.received().startswith(b"HTTP/1.1 100 ")


def test_no_leave_is_given_for_too_much(client: Client) -> None:
    call = client.send(POST + b"Expect: 100-continue\r\nContent-Length: 99999999\r\n\r\n")
    assert fault_of(call) is BodyTooLarge
    client.connection.write(Reply(413), "POST", last=True)
    assert client.received().startswith(b"HTTP/1.1 413 ")


def test_requests_follow_one_another(client: Client) -> None:
    first = client.send(GET + GET)
    assert first is not None
    client.connection.write(Reply(200, {}, b"one"), "GET", last=False)
    second = client.connection.read()
    assert second == first
    client.connection.write(Reply(200, {}, b"two"), "GET", last=True)
    received = client.received()
    assert received.count(b"HTTP/1.1 200 OK\r\n") == 2
    assert received.count(b"Connection: close\r\n") == 1
    assert client.connection.read() is None


def test_a_reply_is_framed(client: Client) -> None:
    client.send(GET)
    client.connection.write(Reply(200, {"X-A": "b"}, b"{}"), "GET", last=False)
    head, _, body = client.received().partition(b"\r\n\r\n")
    assert {b"HTTP/1.1 200 OK", b"X-A: b", b"Content-Length: 2"} <= set(head.split(b"\r\n"))
    assert b"\r\nDate: " in head
    assert body == b"{}"


def test_head_gets_the_headers_only(client: Client) -> None:
    client.send(GET.replace(b"GET", b"HEAD"))
    client.connection.write(Reply(200, {}, b"{}"), "HEAD", last=False)
    received = client.received()
    assert b"Content-Length: 2\r\n" in received
    assert received.endswith(b"\r\n\r\n")


@pytest.mark.parametrize("status", [204, 304])
def test_nothing_has_no_length(client: Client, status: int) -> None:
    client.send(GET)
    client.connection.write(Reply(status), "GET", last=False)
    assert b"Content-Length" not in client.received()


def test_only_an_idle_client_is_hung_up_on(client: Client) -> None:
    client.send(GET)
    client.connection.finish()
    client.connection.write(Reply(200), "GET", last=False)
    assert client.received().startswith(b"HTTP/1.1 200 OK")


# --- streams ------------------------------------------------------------------------------------------


@dataclass
class Pieces:
    """A stream of these, and then, where it is `endless`, of the last of them for ever."""

    pieces: list[bytes]
    endless: bool = False
    closed: bool = False

    def __iter__(self) -> Iterator[bytes]:
        yield from self.pieces
        while self.endless and not self.closed:
            yield self.pieces[-1]

    def close(self) -> None:
        self.closed = True


def test_a_stream_is_sent_piece_by_piece_and_ends_the_connection(client: Client) -> None:
    client.send(GET)
    pieces = Pieces([b"one", b"three"])
    client.connection.write(
        Reply(200, {"Content-Type": "text/event-stream"}, stream=pieces), "GET", last=False
    )
    head, _, body = client.received().partition(b"\r\n\r\n")
    assert {b"Transfer-Encoding: chunked", b"Connection: close"} <= set(head.split(b"\r\n"))
    assert b"Content-Length" not in head
    assert body == b"3\r\none\r\n5\r\nthree\r\n0\r\n\r\n"
    assert pieces.closed
    assert client.connection.read() is None


def test_head_gets_no_stream(client: Client) -> None:
    client.send(GET.replace(b"GET", b"HEAD"))
    pieces = Pieces([b"one"], endless=True)
    client.connection.write(Reply(200, stream=pieces), "HEAD", last=False)
    assert client.received().endswith(b"\r\n\r\n")
    assert pieces.closed


def test_a_reader_that_does_not_read_is_cut(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "WRITE_SECONDS", 0.1)
    client.send(GET)
    pieces = Pieces([b"x" * 65536], endless=True)
    with pytest.raises(TimeoutError):
        client.connection.write(Reply(200, stream=pieces), "GET", last=False)
    assert pieces.closed


def test_a_reader_that_is_gone_ends_the_stream(client: Client) -> None:
    client.send(GET)
    client.socket.close()
    pieces = Pieces([b"x" * 65536], endless=True)
    with pytest.raises(OSError, match=r"reset|[Bb]roken"):
        client.connection.write(Reply(200, stream=pieces), "GET", last=False)
    assert pieces.closed


def test_a_stream_comes_to_its_end_where_the_gateway_stops(client: Client) -> None:
    client.send(GET)

    class Stopping(Pieces):
        def __iter__(self) -> Iterator[bytes]:
            for number, piece in enumerate(super().__iter__()):
                if number == 3:
                    client.connection.finish()
                yield piece

    stopping = Stopping([b"one"], endless=True)
    client.connection.write(Reply(200, stream=stopping), "GET", last=False)
    assert client.received().endswith(b"0\r\n\r\n")
