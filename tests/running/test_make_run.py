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
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
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
from tests.waiting import eventually

pytestmark = pytest.mark.slow

Json = dict[str, Any]


class Run:
    """A `make run` at work or ended, and what it has said so far."""

    def __init__(self, environment: dict[str, str], options: Sequence[str], report: Path) -> None:
        command = [sys.executable, "-m", "deploy.local", "run", *options]
        self._report = report
        with report.open("wb") as file:
            self._process = subprocess.Popen(
                command, env=environment, cwd=ROOT, stdout=file, stderr=subprocess.STDOUT
            )

    @property
    def said(self) -> str:
        return self._report.read_text()

    @property
    def code(self) -> int | None:
        return self._process.poll()

    def send(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def ended(self, seconds: float = 60) -> int:
        """Wait until it has; returns its code."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise TimeoutError(self.said) from None


class Copy:
    """A copy in a folder of its own, that goes by a clock of its own where it is told so."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_ports(1)[0]
        self.clock = folder / "a clock of our own"
        self.at_work: Run | None = None
        self._numbers = count(1)

    def run(self, *options: str, port: int | None = None, **chosen: str) -> Run:
        environment = {**os.environ, "LOCAL_FOLDER": str(self.folder), "HTTP_PORT": str(port or self.port)}
        environment = {name: value for name, value in environment.items() if name not in NAMED} | chosen
        return Run(environment, options, self.folder / f"said-{next(self._numbers)}.txt")

    def up(self) -> Run:
        """Have it run, with the demo's clock and without its data; one that does goes on."""
        if self.at_work is None or self.at_work.code is not None:
            self.clock.write_text("0")
            self.at_work = self.run("--no-demo-data", CLOCK_OFFSET_FILE=str(self.clock))
            self.eventually_is(self.at_work, lambda: is_ready(f"{self.url}/readyz"))
            self.eventually_is(self.at_work, (self.folder / "address").exists)
        return self.at_work

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    def is_ahead(self) -> float:
        """By how many seconds, as somebody sees who registers there."""
        return (datetime.fromisoformat(self.somebody()["created_at"]) - datetime.now(UTC)).total_seconds()

    def somebody(self) -> Json:
        """Somebody who has registered there, with the password."""
        newcomer = {"name": "Nora", "role": "student", "timezone": "UTC", "locale": "en"}
        secret = {"email": f"{secrets.token_hex(8)}@example.com", "password": secrets.token_hex(8)}
        answer = requests.post(f"{self.url}/api/auth/register", json={**newcomer, **secret}, timeout=10)
        assert answer.ok, answer.text
        return {**answer.json(), "password": secret["password"]}

    def knows(self, somebody: Json) -> bool:
        known = {name: somebody[name] for name in ("email", "password")}
        return requests.post(f"{self.url}/api/auth/login", json=known, timeout=10).ok

    def eventually_is(self, run: Run, check: Callable[[], bool]) -> None:
        """Wait until it is as it should, or the run has ended."""
        eventually(lambda: check() or run.code is not None, within=90)
        assert run.code is None, run.said

    def records(self) -> list[str]:
        return sorted(record.stem for record in (self.folder / "logs").glob("*.pid"))

    def pids(self) -> dict[str, int]:
        records = (self.folder / "logs").glob("*.pid")
        noted = {record.stem: record.read_text().split() for record in records}
        return {name: int(words[0]) for name, words in noted.items() if words}

    def kill(self, name: str) -> None:
        os.kill(self.pids()[name], signal.SIGKILL)

    def lose_power(self) -> None:
        assert self.at_work
        self.at_work.send(signal.SIGKILL)
        for group in self.pids().values():
            os.killpg(group, signal.SIGKILL)
        self.at_work.ended()


NAMED = {"POSTGRES_ADMIN_URL", "RABBITMQ_URL", "RABBITMQ_MANAGEMENT_URL"}


@contextmanager
def a_copy() -> Iterator[Copy]:
    folder = Path(tempfile.mkdtemp(prefix="tutoring-run-", dir="/var/tmp"))
    folder.chmod(0o711)
    yield Copy(folder)
    stop_leftovers(folder / "logs")
    forget(folder)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def copy() -> Iterator[Copy]:
    with a_copy() as made:
        yield made


@pytest.fixture(scope="module")
def lasting() -> Iterator[Copy]:
    """A copy for several tests; each has it `up` and may stop it."""
    with a_copy() as made:
        yield made


# --- starting ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("seconds", "number"), [(0, signal.SIGTERM), (4, signal.SIGHUP)])
def test_told_to_stop_while_starting_it_stops_everything(
    copy: Copy, seconds: int, number: signal.Signals
) -> None:
    run = copy.run()
    copy.eventually_is(run, lambda: "starting" in run.said)
    with pytest.raises(TimeoutError):
        run.ended(seconds)
    run.send(number)
    assert run.ended() == 0, run.said
    assert copy.records() == []


def test_a_port_in_use_is_refused_in_one_line(copy: Copy) -> None:
    with socket.create_server((LOOPBACK, copy.port)):
        run = copy.run()
        assert run.ended(30) == 1
    assert f"port {copy.port} is in use" in run.said
    assert len(run.said.splitlines()) == 1
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
    assert run.ended(seconds) == 1
    assert "scheduling ended" in run.said
    assert copy.records() == []


# --- running ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("ahead", [-3600.0, 86400.5])
def test_a_file_that_the_environment_names_moves_all_of_it_through_time(lasting: Copy, ahead: float) -> None:
    lasting.up()
    lasting.clock.write_text(str(ahead))
    eventually(lambda: lasting.is_ahead() == pytest.approx(ahead, abs=60))


def test_a_second_copy_in_its_folder_is_refused(lasting: Copy) -> None:
    lasting.up()
    second = lasting.run(port=free_ports(1)[0])
    assert second.ended(30) == 1
    assert "already running here" in second.said


def test_one_process_that_ends_later_is_started_again_and_the_others_go_on(lasting: Copy) -> None:
    run, before = lasting.up(), lasting.pids()
    lasting.kill("booking")
    lasting.eventually_is(run, lambda: lasting.pids().get("booking") not in (None, before["booking"]))
    lasting.eventually_is(run, lambda: is_ready(f"{lasting.url}/api/sessions"))
    assert lasting.pids() == {**before, "booking": lasting.pids()["booking"]}
    assert "booking ended with -9 and is started again" in run.said


@pytest.mark.parametrize("server", ["postgres", "rabbitmq"])
def test_a_server_that_ends_is_started_again_with_all_it_held(lasting: Copy, server: str) -> None:
    run, before, nora = lasting.up(), lasting.pids(), lasting.somebody()
    lasting.kill(server)
    lasting.eventually_is(run, lambda: lasting.pids().get(server) not in (None, before[server]))
    lasting.eventually_is(run, lambda: is_ready(f"{lasting.url}/readyz"))
    assert lasting.knows(nora)
    assert lasting.pids() == {**before, server: lasting.pids()[server]}


def test_after_a_power_cut_it_comes_up_with_its_data(lasting: Copy) -> None:
    lasting.up()
    with bookings_owner(lasting) as owner:
        owner.execute("CREATE TABLE kept (word text)")
    lasting.lose_power()
    lasting.up()
    with bookings_owner(lasting) as owner:
        assert owner.execute("SELECT word FROM kept").fetchall() == []


def test_interrupted_it_stops_everything(lasting: Copy) -> None:
    run = lasting.up()
    assert {"gateway", "booking", "postgres", "rabbitmq", "epmd", "mail"} < set(lasting.records())
    run.send(signal.SIGINT)
    assert run.ended() == 0, run.said
    assert lasting.records() == []
    assert "Traceback" not in run.said


def bookings_owner(copy: Copy) -> psycopg.Connection[Any]:
    password = kept_in(copy.folder / "credentials.json").database_owners["booking"]
    port = (copy.folder / "ports").read_text().split()[0]
    return psycopg.connect(f"postgresql://{owner_of('booking')}:{password}@{LOOPBACK}:{port}/booking")
