"""How a process is: alive, ready, which version, and its metrics, for whoever watches over it.

A service listens on a small port of its own; the gateway shows the same on its public one by
`readiness` and `version`. What is checked is handed in. Nothing that a client does or leaves
undone keeps the process from its work: connections are few, short, and each has its own thread.
"""

from __future__ import annotations

import json
import socket
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import structlog

from chassis import metrics

log = structlog.get_logger()

VERSION = "0.1.0"  # as in pyproject.toml, which is not there in a container

Check = Callable[[], bool]
CHECK_SECONDS = 1.0
CONNECTION_SECONDS = 5.0
CONNECTIONS = 32

_NOTICE_STOP_SECONDS = 0.3

OK = "ok"
_JSON = "application/json"


@dataclass(frozen=True)
class Readiness:
    """What each check said: `ok`, or in a few words what is wrong."""

    checks: dict[str, str]

    @property
    def ready(self) -> bool:
        return all(said == OK for said in self.checks.values())

    @property
    def status(self) -> int:
        return HTTPStatus.OK if self.ready else HTTPStatus.SERVICE_UNAVAILABLE

    def as_json(self) -> dict[str, Any]:
        return {"ready": self.ready, "checks": self.checks}


def readiness(checks: Mapping[str, Check]) -> Readiness:
    """Ask all checks at once; one that has not answered within a second has failed."""
    asked = {name: _Asked(check) for name, check in checks.items()}
    end = time.monotonic() + CHECK_SECONDS
    return Readiness({name: each.said(end - time.monotonic()) for name, each in asked.items()})


def version() -> dict[str, str]:
    """The version of the platform."""
    return {"version": VERSION}


class HealthServer:
    """Answers /healthz, /readyz, /metrics and /version from when it is started until it is stopped."""

    def __init__(self, host: str, port: int, checks: Mapping[str, Check]) -> None:
        self._address, self._checks = (host, port), checks
        self._server: _Server | None = None

    def start(self) -> None:
        self._server = _Server(self._address, self._checks)
        serve = partial(self._server.serve_forever, poll_interval=_NOTICE_STOP_SECONDS)
        threading.Thread(target=serve, name="health", daemon=True).start()
        log.info("health_listens", port=self.port)

    @property
    def port(self) -> int:
        """The port it listens on, once started."""
        assert self._server is not None
        return self._server.server_port

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()


class _Asked:
    """One check, being asked in a thread of its own."""

    def __init__(self, check: Check) -> None:
        self._check, self._said = check, ""
        self._thread = threading.Thread(target=self._ask, daemon=True)
        self._thread.start()

    def said(self, seconds: float) -> str:
        self._thread.join(max(seconds, 0))
        return self._said or "no answer in time"

    def _ask(self) -> None:
        try:
            self._said = OK if self._check() else "no"
        except Exception as error:  # noqa: BLE001 - whatever is wrong, the answer is: not ready
            self._said = type(error).__name__  # its text may hold what is nobody's business


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = CONNECTIONS

    def __init__(self, address: tuple[str, int], checks: Mapping[str, Check]) -> None:
        super().__init__(address, _Visit)
        self.checks = checks
        self._places = threading.BoundedSemaphore(CONNECTIONS)

    def process_request(self, request: Any, client_address: Any) -> None:
        if self._places.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        limit = threading.Timer(CONNECTION_SECONDS, _hang_up, [request])
        limit.start()
        try:
            super().process_request_thread(request, client_address)
        finally:
            limit.cancel()
            self._places.release()

    def handle_error(self, *_: Any) -> None:
        if not isinstance(sys.exception(), OSError):  # who hangs up is no fault of ours
            log.exception("health_visit_failed")


class _Visit(BaseHTTPRequestHandler):
    """One connection; it is closed after its answer, since HTTP/1.0 is all that is spoken."""

    server: _Server
    server_version, sys_version = "health", ""

    def do_GET(self) -> None:
        answer = {
            "/healthz": lambda: (HTTPStatus.OK, *_json({"alive": True})),
            "/readyz": self._readyz,
            "/metrics": lambda: (HTTPStatus.OK, *metrics.exposition()),
            "/version": lambda: (HTTPStatus.OK, *_json(version())),
        }.get(self.path.partition("?")[0])
        self._answer(*answer()) if answer else self.send_error(HTTPStatus.NOT_FOUND)

    def log_message(self, *_: Any) -> None:
        """Say nothing: probes come every few seconds."""

    def _readyz(self) -> tuple[int, bytes, str]:
        found = readiness(self.server.checks)
        return (found.status, *_json(found.as_json()))

    def _answer(self, status: int, body: bytes, content_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _json(value: Any) -> tuple[bytes, str]:
    return json.dumps(value).encode(), _JSON


def _hang_up(request: socket.socket) -> None:
    with suppress(OSError):
        request.shutdown(socket.SHUT_RDWR)
