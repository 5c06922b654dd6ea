"""Private servers and processes: they keep their data, come back from a crash, and leave nothing running."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import kombu
import psycopg
import pytest

from deploy.names import SERVICES
from deploy.processes import Process, StartFailed, started_at, stop_leftovers
from deploy.rabbitmq import RabbitMQ
from deploy.servers import PrivateServers, running

SLEEPER = [sys.executable, "-c", "import time; print('here', flush=True); time.sleep(600)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(15, 1); print('here', flush=True); time.sleep(600)",
]


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="tutoring-servers-", dir="/var/tmp"))
    made.chmod(0o711)
    yield made
    stop_leftovers(made / "logs")
    shutil.rmtree(made)


def a_process(folder: Path, command: list[str] = SLEEPER, name: str = "sleeper") -> Process:
    process = Process(name, command, {"PATH": os.environ["PATH"]}, folder / "logs", folder)
    process.start()
    process.wait_until(lambda: "here" in process.output(), 10)
    return process


def mark(servers: PrivateServers) -> None:
    """Leave a row in a database and a durable message in a queue."""
    with psycopg.connect(servers.migration_url("booking")) as owner:
        owner.execute("CREATE TABLE kept (word text)")
        owner.execute("INSERT INTO kept VALUES ('still here')")
    confirmed = {"confirm_publish": True}
    with kombu.Connection(servers.broker_url("booking"), transport_options=confirmed) as connection:
        kombu.Exchange("booking.kept", "fanout", channel=connection.default_channel).declare()
        queue = kombu.Queue("booking.kept", kombu.Exchange("booking.kept", "fanout"), channel=connection)
        queue.declare()
        connection.Producer().publish("still here", exchange="booking.kept", delivery_mode=2)


def assert_marked(servers: PrivateServers) -> None:
    with psycopg.connect(servers.database_url("booking")) as app:
        assert app.execute("SELECT word FROM kept").fetchall() == [("still here",)]
    with kombu.Connection(servers.broker_url("booking")) as connection:
        message = kombu.Queue("booking.kept")(connection.default_channel).get()
        assert message is not None
        assert message.payload == "still here"


@pytest.mark.slow
def test_stopped_or_killed_the_servers_come_back_on_their_ports_with_all_they_held(folder: Path) -> None:
    with running(folder, quick=True) as servers:
        mark(servers)
        first_ports = servers.postgres.port, servers.rabbitmq.port
    with running(folder, quick=True) as servers:
        assert_marked(servers)
        assert (servers.postgres.port, servers.rabbitmq.port) == first_ports
        servers.postgres.process.kill()
        servers.rabbitmq.kill()
    with running(folder, quick=True) as servers:
        assert_marked(servers)
        assert (servers.postgres.port, servers.rabbitmq.port) == first_ports
        assert_it_comes_back(servers.rabbitmq)


def assert_it_comes_back(broker: RabbitMQ) -> None:
    broker.kill()
    with pytest.raises(OSError):  # noqa: PT011
        connect(broker, "booking")
    broker.start()
    broker.wait()
    for service in SERVICES:
        connect(broker, service)


def connect(broker: RabbitMQ, user: str) -> None:
    with kombu.Connection(broker.url(user)) as connection:
        connection.ensure_connection(max_retries=0, reraise_as_library_errors=False)


def test_secrets_are_for_their_owner_alone(servers: PrivateServers) -> None:
    for secret in servers.rabbitmq.folder.parent.glob("credentials.json"):
        assert secret.stat().st_mode & 0o777 == 0o600
    for private in (servers.rabbitmq.folder, servers.postgres.folder):
        assert private.stat().st_mode & 0o777 == 0o700


def test_what_was_left_behind_is_stopped(folder: Path) -> None:
    left = [a_process(folder, name="one"), a_process(folder, name="two")]
    assert stop_leftovers(folder / "logs") == ["one", "two"]
    assert all(process.wait(5) == -15 for process in left)
    assert stop_leftovers(folder / "logs") == []


def test_two_who_clear_up_at_once_do_not_trip_over_each_other(folder: Path) -> None:
    left = [a_process(folder, name=name) for name in ("one", "two", "three")]
    (folder / "logs" / "four.pid").touch()  # somebody is about to write it
    with ThreadPoolExecutor() as both:
        stopped = list(both.map(stop_leftovers, [folder / "logs"] * 4))
    assert {name for names in stopped for name in names} == {"one", "two", "three"}
    assert list((folder / "logs").glob("*.pid")) == []
    assert all(process.wait(5) == -15 for process in left)


def test_what_does_not_stop_is_ended(folder: Path) -> None:
    stubborn = a_process(folder, STUBBORN)
    assert stop_leftovers(folder / "logs", grace=0.2) == ["sleeper"]
    assert stubborn.wait(5) == -9


def test_a_number_that_now_belongs_to_somebody_else_is_left_alone(folder: Path) -> None:
    process = a_process(folder)
    stranger = subprocess.Popen(["sleep", "600"])
    try:
        (folder / "logs" / "stranger.pid").write_text(f"{stranger.pid} 15 {started_at(process.pid)}x")
        assert stop_leftovers(folder / "logs") == ["sleeper"]
        assert stranger.poll() is None
        assert process.wait(5) == -15
    finally:
        stranger.kill()
        stranger.wait()


def test_a_process_that_ends_too_early_says_why(folder: Path) -> None:
    process = Process("failing", [sys.executable, "-c", "exit('no such thing')"], {}, folder / "logs", folder)
    process.start()
    with pytest.raises(StartFailed, match="no such thing"):
        process.wait_until(lambda: False, 10)


def test_a_frozen_process_goes_on_where_it_was(folder: Path) -> None:
    ticking = "import time\nwhile True:\n    print('here', flush=True); time.sleep(.01)"
    process = a_process(folder, [sys.executable, "-c", ticking])
    process.freeze()
    time.sleep(0.05)
    frozen_at = process.output()
    time.sleep(0.1)
    assert process.output() == frozen_at
    process.thaw()
    process.wait_until(lambda: process.output() != frozen_at, 5)
    process.stop()
