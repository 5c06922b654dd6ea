"""HTTP/1.1 on eventlet, as a nameko entrypoint: listens, reads, hands over, writes.

The one module that knows eventlet and nameko. What is a valid request is h11's to say; what
to answer is decided elsewhere. Nothing that a client does or leaves undone costs more than one
greenlet for a bounded time: a worker is taken only once a call has been read to its end.
"""

from __future__ import annotations

import errno
import re
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from email.utils import formatdate
from functools import partial
from http import HTTPStatus
from typing import Any

import eventlet
import h11
import structlog
from eventlet.event import Event
from eventlet.greenpool import GreenPool
from eventlet.hubs import trampoline
from nameko.containers import ServiceContainer
from nameko.extensions import Entrypoint

from contracts.errors import Refusal
from gateway.calls import Call, Reply, Stream
from gateway.problems import BodyTooLarge, HeadTooLarge, Malformed, TooSlow, UnsupportedCoding

log = structlog.get_logger()

CALLS_AT_ONCE = 200
CONNECTIONS = 1000
BACKLOG = 1024
LARGEST_HEAD = 32 * 1024
LARGEST_BODY = 1024 * 1024

HEAD_SECONDS = 10.0  # from the first byte of a request to the end of its headers
BODY_SECONDS = 10.0
WRITE_SECONDS = 30.0
IDLE_SECONDS = 15.0  # between two requests on one connection
DRAIN_SECONDS = 8.0  # for what runs when the process is told to stop
_LINGER_SECONDS = 2.0

_CHUNK = 64 * 1024
_STREAM_BUFFER = 64 * 1024  # what the system keeps for a slow reader; more than that waits here
_ACCEPT_PAUSE = 0.05


def container(name: str, answer: Callable[[Call], Reply], host: str, port: int) -> ServiceContainer:
    """A nameko container that answers HTTP with `answer`, a worker for each call."""

    def call(_: object, arrived: Call) -> Reply:
        return answer(arrived)

    service = type(name, (), {"name": name, "call": Http.decorator(host, port)(call)})
    return _Container(service, {"max_workers": CALLS_AT_ONCE})


class Http(Entrypoint):
    """Listens on an address; each call runs the decorated method in a worker."""

    def __init__(self, host: str, port: int, **kwargs: Any) -> None:
        self._address = (host, port)
        self._connections: set[Connection] = set()
        self._draining = False
        super().__init__(**kwargs)

    def start(self) -> None:
        self._pool = GreenPool(CONNECTIONS)
        family = socket.AF_INET6 if ":" in self._address[0] else socket.AF_INET
        self._socket = eventlet.listen(self._address, family, backlog=BACKLOG, reuse_port=False)
        self._accepting = self.container.spawn_managed_thread(self._accept, identifier="accept")
        log.info("http_listens", host=self._address[0], port=self._socket.getsockname()[1])

    def stop(self) -> None:
        """Accept nothing more, let go who is idle, finish what runs; after a time go regardless."""
        self._draining = True
        self._accepting.kill()
        self._socket.close()
        for connection in list(self._connections):
            connection.finish()
        with eventlet.Timeout(DRAIN_SECONDS, False):
            self._pool.waitall()

    def _accept(self) -> None:
        while True:
            try:
                accepted, peer = self._socket.accept()
            except OSError as error:  # out of file descriptors, or the client is gone: no reason to end
                log.warning("accept_failed", error=errno.errorcode.get(error.errno or 0, "unknown"))
                eventlet.sleep(_ACCEPT_PAUSE)
            else:
                self._pool.spawn(self._serve, accepted, peer[0])

    def _serve(self, accepted: Any, peer: str) -> None:
        connection = Connection(accepted, peer)
        self._connections.add(connection)
        try:
            while not self._draining and (call := connection.read()):
                reply = self._answer(call)
                connection.write(reply, call.method, last=self._draining or call.fault is not None)
        except OSError:
            log.debug("client_gone")
        except Exception:
            log.exception("connection_failed")
        finally:
            self._connections.discard(connection)
            connection.close()

    def _answer(self, call: Call) -> Reply:
        done = Event()
        self.container.spawn_worker(self, (call,), {}, handle_result=partial(_pass_on, done))
        reply: Reply = done.wait()
        return reply


class _Container(ServiceContainer):
    """A container that a failing greenlet can not end."""

    def _handle_thread_exited(self, thread: Any) -> None:
        try:
            thread.wait()
        except Exception:
            log.exception("greenlet_failed")


class Connection:
    """One client: calls come out of `read`, each followed by its reply into `write`."""

    def __init__(self, accepted: Any, peer: str) -> None:
        accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket, self._peer = accepted, peer
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=LARGEST_HEAD)
        self._is_idle = True
        self._stream: Stream | None = None

    def read(self) -> Call | None:
        """The next call, read to its end or to its fault; None when the client has no more to say."""
        if self._http.our_state is h11.DONE and self._http.their_state is h11.DONE:
            self._http.start_next_cycle()
        if self._http.our_state is not h11.IDLE or not self._begins():
            return None
        call = Call(peer=self._peer)
        try:
            head = self._event(time.monotonic() + HEAD_SECONDS)
            if not isinstance(head, h11.Request):
                return None
            call = _call(head, self._peer)
            return replace(call, body=self._body(head))
        except TimeoutError:
            return replace(call, fault=TooSlow())
        except h11.RemoteProtocolError as error:
            return replace(call, fault=_FAULTS.get(error.error_status_hint, Malformed)())
        except Refusal as fault:
            return replace(call, fault=fault)

    def write(self, reply: Reply, method: str, last: bool) -> None:
        """Send the reply; after the `last` one nothing more is read."""
        if reply.stream is not None:
            self._pass_on(reply, reply.stream, method)
            return
        headers = {"Date": formatdate(usegmt=True), **reply.headers}
        if reply.status not in (204, 304):
            headers["Content-Length"] = str(len(reply.body))
        if last:
            headers["Connection"] = "close"
        body = [h11.Data(data=reply.body)] if reply.body and method != "HEAD" else []
        self._send(_head(reply.status, headers), *body, h11.EndOfMessage())

    def finish(self) -> None:
        """Hang up on a client that is not in the middle of a call; bring a stream to its end."""
        if self._is_idle:
            self._socket.shutdown(socket.SHUT_RDWR)
        elif self._stream is not None:
            self._stream.close()

    def close(self) -> None:
        """Let the client read what was written, even if it is still sending; then close."""
        try:
            self._socket.shutdown(socket.SHUT_WR)
            with eventlet.Timeout(_LINGER_SECONDS, False):
                while self._socket.recv(_CHUNK):
                    pass
        except OSError:
            log.debug("client_gone")
        finally:
            self._socket.close()

    def _pass_on(self, reply: Reply, stream: Stream, method: str) -> None:
        """Send a stream's pieces as they are made, to a client that takes each in time and is still there."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _STREAM_BUFFER)
        self._stream = stream
        watching = eventlet.spawn(self._close_when_gone, stream)
        try:
            closing = {"Date": formatdate(usegmt=True), **reply.headers, "Connection": "close"}
            self._send(_head(reply.status, closing))
            for piece in stream if method != "HEAD" else ():
                self._send(h11.Data(data=piece))
            self._send(h11.EndOfMessage())
        finally:
            watching.kill()
            stream.close()
            self._stream = None

    def _close_when_gone(self, stream: Stream) -> None:
        """A client that reads a stream has nothing more to say: whatever comes is its farewell."""
        with suppress(OSError):
            trampoline(self._socket.fileno(), read=True)
        stream.close()

    def _begins(self) -> bool:
        """Wait for the first byte of a request, which may have come with the one before."""
        if self._http.trailing_data[0]:
            return True
        self._is_idle = True
        try:
            return self._receive(time.monotonic() + IDLE_SECONDS)
        except TimeoutError:
            return False
        finally:
            self._is_idle = False

    def _body(self, head: h11.Request) -> bytes:
        """The body, of which nothing is read if it is announced too large."""
        _check_framing(head)
        deadline = time.monotonic() + BODY_SECONDS
        body = bytearray()
        while isinstance(event := self._event(deadline), h11.Data):
            body += event.data
            if len(body) > LARGEST_BODY:
                raise BodyTooLarge()
        return bytes(body)

    def _event(self, deadline: float) -> Any:
        while (event := self._http.next_event()) is h11.NEED_DATA:
            if self._http.they_are_waiting_for_100_continue:
                self._send(h11.InformationalResponse(status_code=100, headers=[], reason="Continue"))
            self._receive(deadline)
        return event

    def _receive(self, deadline: float) -> bool:
        """Take in what arrives before the deadline; False where the client has finished sending."""
        self._socket.settimeout(max(deadline - time.monotonic(), 0.001))
        arrived = self._socket.recv(_CHUNK)
        self._http.receive_data(arrived)
        return bool(arrived)

    def _send(self, *events: Any) -> None:
        parts = [self._http.send(event) for event in events]
        with eventlet.Timeout(WRITE_SECONDS, TimeoutError):
            self._socket.settimeout(WRITE_SECONDS)
            self._socket.sendall(b"".join(part for part in parts if part))


_ABSOLUTE = re.compile("^https?://[^/?]*", re.IGNORECASE)  # the form in which a proxy is asked
_FAULTS: dict[int, type[Refusal]] = {431: HeadTooLarge, 501: UnsupportedCoding}


def _call(head: h11.Request, peer: str) -> Call:
    target = _ABSOLUTE.sub("", head.target.decode("ascii"), count=1)
    path, _, query = target.partition("?")
    return Call(head.method.decode("ascii"), path, query, _headers(head), peer=peer)


def _head(status: int, headers: Mapping[str, str]) -> h11.Response:
    reason = HTTPStatus(status).phrase
    return h11.Response(status_code=status, headers=list(headers.items()), reason=reason)


def _headers(head: h11.Request) -> dict[str, str]:
    headers: dict[str, str] = {}
    for raw_name, raw_value in head.headers:
        name, value = raw_name.decode("ascii"), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    return headers


def _check_framing(head: h11.Request) -> None:
    """Refuse what two readers could understand differently. Raises `Malformed`, `BodyTooLarge`."""
    lengths = [value for name, value in head.headers if name == b"content-length"]
    codings = [value for name, value in head.headers if name == b"transfer-encoding"]
    if head.http_version not in (b"1.0", b"1.1") or (lengths and codings):
        raise Malformed()
    if lengths and int(lengths[0]) > LARGEST_BODY:
        raise BodyTooLarge()


def _pass_on(done: Event, _: Any, result: Any, exc_info: Any) -> tuple[Any, Any]:
    done.send(result, exc_info)
    return result, exc_info
