"""`make run` as a person uses it: it comes up, refuses plainly, keeps data, and leaves nothing running."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
import requests

from deploy.credentials import kept_in
from deploy.databases import owner_of
from deploy.platform import ROOT, is_ready
from deploy.ports import LOOPBACK, free_ports
from deploy.processes import stop_leftovers
from deploy.servers import forget
from tests.stack import eventually

pytestmark = pytest.mark.slow


class Copy:
    """A running copy in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_ports(1)[0]

    def run(self, *options: str, port: int | None = None, **chosen: str) -> subprocess.Popen[str]:
        environment = {**os.environ, "LOCAL_FOLDER": str(self.folder), "HTTP_PORT": str(port or self.port)}
        environment = {name: value for name, value in environment.items() if name not in NAMED} | chosen
        command = [sys.executable, "-m", "deploy.local", "run", *options]
        return subprocess.Popen(
            command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def up(self, **chosen: str) -> subprocess.Popen[str]:
        run = self.run("--no-demo-data", **chosen)
        self.eventually_is(run, lambda: is_ready(f"{self.url}/readyz"))
        return run

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    def is_ahead(self) -> float:
        """By how many seconds, as somebody sees who registers there."""
        newcomer = {"name": "Nora", "role": "student", "timezone": "UTC", "locale": "en"}
        secret = {"email": f"{secrets.token_hex(8)}@example.com", "password": secrets.token_hex(8)}
        answer = requests.post(f"{self.url}/api/auth/register", json={**newcomer, **secret}, timeout=10)
        return (datetime.fromisoformat(answer.json()["created_at"]) - datetime.now(UTC)).total_seconds()

    def eventually_is(self, run: subprocess.Popen[str], check: Callable[[], bool]) -> None:
        """Wait until it is as it should, or the run has ended."""
        eventually(lambda: check() or run.poll() is not None, within=90)
        assert run.poll() is None, run.communicate()[0]

    def records(self) -> list[str]:
        return sorted(record.stem for record in (self.folder / "logs").glob("*.pid"))

    def pids(self) -> dict[str, int]:
        records = (self.folder / "logs").glob("*.pid")
        noted = {record.stem: record.read_text().split() for record in records}
        return {name: int(words[0]) for name, words in noted.items() if words}

    def kill(self, name: str) -> None:
        os.kill(self.pids()[name], signal.SIGKILL)


NAMED = {"POSTGRES_ADMIN_URL", "RABBITMQ_URL", "RABBITMQ_MANAGEMENT_URL"}


@pytest.fixture
def copy() -> Iterator[Copy]:
    folder = Path(tempfile.mkdtemp(prefix="tutoring-run-", dir="/var/tmp"))
    folder.chmod(0o711)
    yield Copy(folder)
    stop_leftovers(folder / "logs")
    forget(folder)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize(("seconds", "number"), [(0, signal.SIGTERM), (3, signal.SIGINT), (6, signal.SIGHUP)])
def test_told_to_stop_while_starting_it_stops_everything(
    copy: Copy, seconds: int, number: signal.Signals
) -> None:
    run = copy.run()
    assert run.stdout is not None
    assert "starting" in run.stdout.readline()
    with pytest.raises(subprocess.TimeoutExpired):
        run.wait(seconds)
    run.send_signal(number)
    said, _ = run.communicate(timeout=60)
    assert run.returncode == 0, said
    assert copy.records() == []


def test_a_port_in_use_is_refused_in_one_line(copy: Copy) -> None:
    with socket.create_server((LOOPBACK, copy.port)):
        run = copy.run()
        said, _ = run.communicate(timeout=30)
    assert run.returncode == 1
    assert f"port {copy.port} is in use" in said
    assert len(said.splitlines()) == 1
    assert copy.records() == []


@pytest.mark.parametrize(
    ("begun", "seconds"),
    [
        pytest.param("demo-data", 60, id="while the demo data are made"),
        pytest.param("gateway", 40, id="while the others wait for it"),
    ],
)
def test_one_process_that_ends_stops_all_and_is_named(copy: Copy, begun: str, seconds: int) -> None:
    run = copy.run()
    copy.eventually_is(run, lambda: begun in copy.records())
    copy.kill("scheduling")
    said, _ = run.communicate(timeout=seconds)
    assert run.returncode == 1
    assert "scheduling ended" in said
    assert copy.records() == []


def test_one_process_that_ends_later_is_started_again_and_the_others_go_on(copy: Copy) -> None:
    run = copy.up()
    copy.eventually_is(run, (copy.folder / "address").exists)
    before = copy.pids()
    copy.kill("booking")
    copy.eventually_is(run, lambda: copy.pids().get("booking") not in (None, before["booking"]))
    copy.eventually_is(run, lambda: is_ready(f"{copy.url}/api/sessions"))
    assert copy.pids() == {**before, "booking": copy.pids()["booking"]}
    run.send_signal(signal.SIGTERM)
    said, _ = run.communicate(timeout=60)
    assert "booking ended with -9 and is started again" in said
    assert copy.records() == []


def test_a_file_that_the_environment_names_moves_all_of_it_through_time(copy: Copy) -> None:
    clock = copy.folder / "a clock of our own"
    clock.write_text("-3600")
    run = copy.up(CLOCK_OFFSET_FILE=str(clock))
    assert copy.is_ahead() == pytest.approx(-3600, abs=60)
    clock.write_text("86400.5")
    eventually(lambda: copy.is_ahead() == pytest.approx(86400, abs=60))
    assert_it_stops_everything(run, copy)


def test_after_a_power_cut_it_comes_up_with_its_data(copy: Copy) -> None:
    run = copy.up()
    write_down(copy)
    run.kill()
    for record in (copy.folder / "logs").glob("*.pid"):
        os.killpg(int(record.read_text().split()[0]), signal.SIGKILL)
    run.communicate()
    again = copy.up()
    assert is_written_down(copy)
    assert_second_copy_is_refused(copy)
    assert_it_stops_everything(again, copy)


def write_down(copy: Copy) -> None:
    with bookings_owner(copy) as owner:
        owner.execute("CREATE TABLE kept (word text)")


def is_written_down(copy: Copy) -> bool:
    with bookings_owner(copy) as owner:
        return owner.execute("SELECT word FROM kept").fetchall() == []


def bookings_owner(copy: Copy) -> psycopg.Connection[Any]:
    password = kept_in(copy.folder / "credentials.json").database_owners["booking"]
    port = (copy.folder / "ports").read_text().split()[0]
    return psycopg.connect(f"postgresql://{owner_of('booking')}:{password}@{LOOPBACK}:{port}/booking")


def assert_second_copy_is_refused(copy: Copy) -> None:
    second = copy.run(port=free_ports(1)[0])
    said, _ = second.communicate(timeout=30)
    assert second.returncode == 1
    assert "already running here" in said


def assert_it_stops_everything(run: subprocess.Popen[str], copy: Copy) -> None:
    assert {"gateway", "booking", "postgres", "rabbitmq", "epmd", "mail"} < set(copy.records())
    run.send_signal(signal.SIGINT)
    said, _ = run.communicate(timeout=60)
    assert run.returncode == 0, said
    assert copy.records() == []
    assert "Traceback" not in said
