"""Hosts of strangers, of whatever behaviour, on addresses of this machine."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"

Script = Callable[[socket.socket, bytes], None]


@dataclass
class Host:
    """Answers every connection by its script; `asked` is what it has read of each."""

    script: Script
    at: str = "127.0.0.1"
    tls: ssl.SSLContext | None = None
    port: int = 0
    asked: list[bytes] = field(default_factory=list)

    @contextmanager
    def listening(self) -> Iterator[Host]:
        kind: dict[str, Any] = {"family": socket.AF_INET6, "dualstack_ipv6": True} if self.at == "::" else {}
        with socket.create_server((self.at, self.port), **kind) as listener:
            self.port = listener.getsockname()[1]
            threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
            yield self
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://{self.at}:{self.port}/"

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                accepted, _ = listener.accept()
                threading.Thread(target=self._serve, args=(accepted,), daemon=True).start()

    def _serve(self, accepted: socket.socket) -> None:
        with suppress(OSError), accepted:
            accepted.settimeout(5)
            line = self.tls.wrap_socket(accepted, server_side=True) if self.tls else accepted
            with line:
                asked = line.recv(65536)
                self.asked.append(asked)
                self.script(line, asked)


@dataclass(frozen=True)
class Got:
    """A call that an address has had."""

    headers: dict[str, str]
    body: bytes
    at: float


class Receiver:
    """Takes webhooks: answers with `status` after `seconds`, and keeps what it `got`."""

    def __init__(self, status: int = 204, seconds: float = 0) -> None:
        self.status, self.seconds = status, seconds
        self.got: list[Got] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/hooks"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(receiver) -> type[BaseHTTPRequestHandler]:  # noqa: N805 - there are two selves
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                got = Got(dict(self.headers.items()), body, time.monotonic())
                receiver.got.append(got)
                time.sleep(receiver.seconds)
                self.send_response(receiver.status)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        return Handler


@contextmanager
def a_host(script: Script, at: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> Iterator[Host]:
    with Host(script, at, tls).listening() as host:
        yield host


def answering(answer: bytes = OK) -> Script:
    """The same for everybody."""

    def script(accepted: socket.socket, _: bytes) -> None:
        accepted.sendall(answer)

    return script


def moved(to: str) -> Script:
    """A redirect."""
    return answering(f"HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n".encode())


def silent(seconds: float) -> Script:
    """Not a word for so long."""
    return lambda _, __: time.sleep(seconds)


def dripping(first: bytes, drop: bytes) -> Script:
    """A drop at a time, for five seconds: each in good time, all together never."""

    def script(accepted: socket.socket, _: bytes) -> None:
        accepted.sendall(first)
        for _drop in range(100):
            accepted.sendall(drop)
            time.sleep(0.05)

    return script


def endless(head: bytes) -> Script:
    """More and more."""

    def script(accepted: socket.socket, _: bytes) -> None:
        accepted.sendall(head)
        while True:
            accepted.sendall(b"x" * 65536)

    return script
