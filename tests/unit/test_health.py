"""How a process tells that it is well, whatever its visitors do."""

from __future__ import annotations

import socket
import threading
import tomllib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import Any

import pytest
import requests

from chassis import health, metrics
from chassis.health import HealthServer, readiness
from tests.waiting import eventually


def broken() -> bool:
    raise ConnectionError("postgresql://booking_app:k3Jx9@db/booking")


@pytest.fixture
def stuck() -> Iterator[Callable[[], bool]]:
    """A check that does not answer before the test is over."""
    over = threading.Event()
    yield over.wait
    over.set()


@pytest.fixture
def checks() -> dict[str, Callable[[], bool]]:
    return {"database": lambda: True, "broker": lambda: True}


@pytest.fixture
def server(checks: dict[str, Callable[[], bool]]) -> Iterator[HealthServer]:
    made = HealthServer("127.0.0.1", 0, checks)
    made.start()
    yield made
    made.stop()


def get(server: HealthServer, path: str) -> requests.Response:
    return requests.get(f"http://127.0.0.1:{server.port}{path}", timeout=5)


def visit(server: HealthServer) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=5)


def said_to(server: HealthServer, words: bytes) -> bytes:
    """The first line of the answer; nothing where there is none."""
    with closing(visit(server)) as visitor, suppress(ConnectionError):
        visitor.sendall(words)
        return visitor.makefile("rb").readline()
    return b""


def test_ready_is_who_passes_every_check() -> None:
    assert readiness({"database": lambda: True}).as_json() == {"ready": True, "checks": {"database": "ok"}}
    assert readiness({}).ready


def test_each_failed_check_is_told_without_its_secrets(stuck: Callable[[], bool]) -> None:
    found = readiness(
        {"database": broken, "broker": stuck, "migrations": lambda: False, "clock": lambda: True}
    )
    assert found.status == 503
    assert found.checks == {
        "database": "ConnectionError",
        "broker": "no answer in time",
        "migrations": "no",
        "clock": "ok",
    }


def test_a_service_tells_that_it_is_alive_ready_and_which_version(server: HealthServer) -> None:
    assert get(server, "/healthz").json() == {"alive": True}
    assert get(server, "/readyz").json() == {"ready": True, "checks": {"database": "ok", "broker": "ok"}}
    assert get(server, "/version").json().keys() == {"version"}


def test_a_service_that_is_not_ready_is_still_alive(server: HealthServer, checks: dict[str, Any]) -> None:
    checks["broker"] = lambda: False
    assert get(server, "/readyz").status_code == 503
    assert get(server, "/healthz").status_code == 200


def test_what_was_counted_can_be_read(server: HealthServer) -> None:
    metrics.record_door("confirm_booking", "slot_taken", 0.02)
    metrics.outbox_measured(unsent=3, lag_seconds=1.5)
    metrics.watch_pool(lambda: 4)
    answer = get(server, "/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    for line in (
        'door_total{door="confirm_booking",outcome="slot_taken"} 1.0',
        'door_seconds_bucket{door="confirm_booking",le="0.025"} 1.0',
        "outbox_unsent 3.0",
        "outbox_lag_seconds 1.5",
        "pool_in_use 4.0",
        "log_lines_dropped_total 0.0",
        "publish_failures_total 0.0",
    ):
        assert line in answer.text.splitlines()


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (b"GET /nothing HTTP/1.1\r\n\r\n", b" 404 "),
        (b"POST /healthz HTTP/1.1\r\n\r\n", b" 501 "),
        (b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n", b" 414 "),
        (b"GET /healthz HTTP/1.1\r\n" + b"X-A: b\r\n" * 200 + b"\r\n", b" 431 "),
    ],
)
def test_a_bad_request_is_refused_and_harms_nobody(server: HealthServer, words: bytes, answer: bytes) -> None:
    assert answer in said_to(server, words)
    assert get(server, "/healthz").ok


def test_slow_visitors_are_sent_away_for_others_to_come_in(
    server: HealthServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "CONNECTION_SECONDS", 0.2)
    with ExitStack() as leaving:
        slow = [leaving.enter_context(closing(visit(server))) for _ in range(health.CONNECTIONS)]
        for visitor in slow:
            visitor.sendall(b"GET /heal")
        for visitor in slow:
            assert visitor.recv(1) == b""
        eventually(lambda: b" 200 " in said_to(server, b"GET /healthz HTTP/1.1\r\n\r\n"))


def test_more_visitors_than_there_are_places_are_turned_away(server: HealthServer) -> None:
    with ExitStack() as leaving:
        for _ in range(health.CONNECTIONS):
            leaving.enter_context(closing(visit(server)))
        assert leaving.enter_context(closing(visit(server))).recv(1) == b""


def test_the_version_is_that_of_the_project() -> None:
    with (Path(__file__).parents[2] / "pyproject.toml").open("rb") as file:
        assert health.version() == {"version": tomllib.load(file)["project"]["version"]}
