"""Processes that we start: each in a session of its own, its output in a file, its pid on record.

The record lets a later run find and stop what an earlier one left behind, and holds the start
time as well, so that a pid which meanwhile belongs to somebody else is never touched. What a
process is for is its owner's concern.
"""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deploy.interruption import heed, undisturbed


class StartFailed(Exception):
    """A process ended, or did not become ready in time; the message holds its last words."""


@dataclass
class Process:
    """A program with its environment, log and record; started and stopped any number of times."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(repr=False)
    folder: Path  # holds `<name>.log` and `<name>.pid`
    cwd: Path
    account: str | None = None
    stop_signal: int = signal.SIGTERM
    _child: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    _asked: bool = False

    def start(self) -> None:
        """Start the program; what it says is added to the log."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._asked = False
        with undisturbed(), self.log.open("ab") as log:
            self._child = subprocess.Popen(
                list(self.command),
                env=dict(self.environment),
                cwd=self.cwd,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **run_as(self.account),
            )
            pid = self._child.pid
            self._record.write_text(f"{pid} {int(self.stop_signal)} {started_at(pid)}")

    def stop(self, grace: float = 15) -> int | None:
        """Ask the program to end, insist after `grace` seconds; its return code."""
        self.ask_to_stop()
        try:
            self.wait(grace)
        except subprocess.TimeoutExpired:
            self.kill()
        return self._ended()

    def ask_to_stop(self) -> None:
        """Ask the program to end, once and without waiting; to many it means hurry when asked again."""
        if not self._asked:
            self.signal(self.stop_signal)
            self._asked = True

    def kill(self) -> int | None:
        """End the program and its children at once, as a power cut would."""
        if self._child is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._child.pid, signal.SIGKILL)
            self._child.wait()
        return self._ended()

    def signal(self, number: int) -> None:
        """Send a signal to the program, if it still runs."""
        if self.running and self._child is not None:
            self._child.send_signal(number)

    def freeze(self) -> None:
        """Stop the program and its children where they stand, as if the machine hung."""
        if self.running:
            os.killpg(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a frozen program go on."""
        if self.running:
            os.killpg(self.pid, signal.SIGCONT)

    def wait(self, seconds: float | None = None) -> int | None:
        """Wait for the program to end; raises `subprocess.TimeoutExpired`."""
        return None if self._child is None else self._child.wait(seconds)

    def wait_until(self, ready: Callable[[], bool], seconds: float) -> None:
        """Wait until `ready` holds; raises `StartFailed` once the program ended or the time is over."""
        end = time.monotonic() + seconds
        while not ready():
            heed()
            if not self.running:
                raise StartFailed(f"{self.name} ended with {self.returncode}:\n{self.last_words()}")
            if time.monotonic() > end:
                raise StartFailed(f"{self.name} was not ready in {seconds:.0f} s:\n{self.last_words()}")
            time.sleep(0.05)

    @property
    def running(self) -> bool:
        return self._child is not None and self._child.poll() is None

    @property
    def pid(self) -> int:
        if self._child is None:
            raise StartFailed(f"{self.name} was never started")
        return self._child.pid

    @property
    def returncode(self) -> int | None:
        return None if self._child is None else self._child.poll()

    @property
    def log(self) -> Path:
        return self.folder / f"{self.name}.log"

    def output(self) -> str:
        """Everything the program ever said."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def last_words(self, lines: int = 20) -> str:
        return "\n".join(self.output().splitlines()[-lines:])

    @property
    def _record(self) -> Path:
        return self.folder / f"{self.name}.pid"

    def _ended(self) -> int | None:
        self._record.unlink(missing_ok=True)
        return self.returncode


class Served:
    """What is there for as long as one process runs."""

    process: Process

    @property
    def running(self) -> bool:
        return self.process.running

    @property
    def returncode(self) -> int | None:
        return self.process.returncode


def stop_leftovers(folder: Path, grace: float = 15) -> list[str]:
    """Stop what records in the folder say is still running; the names of what was."""
    noted = {record: _noted(record) for record in sorted(folder.glob("*.pid"))}
    alive = {record: process for record, process in noted.items() if process and process.is_alive()}
    for process in alive.values():
        with suppress(ProcessLookupError):
            os.kill(process.pid, process.stop_signal)
    end = time.monotonic() + grace
    for process in alive.values():
        _see_out(process, end)
    for record in noted:
        record.unlink(missing_ok=True)
    return [record.stem for record in alive]


def started_at(pid: int) -> str:
    """When the process began, in the system's own words; empty where there is no such process."""
    with suppress(OSError):
        # proc(5): state and start time, counted from behind the program's name, which may hold anything.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return "" if fields[0] == "Z" else fields[19]
    if Path("/proc/self").exists():
        return ""
    listed = subprocess.run(
        ["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return listed.stdout.strip()


def account_for(name: str) -> str | None:
    """The system account to run a server as: PostgreSQL refuses root. An ordinary user stays itself."""
    return name if os.geteuid() == 0 else None


def run_as(account: str | None) -> dict[str, Any]:
    """The arguments for `subprocess` that change to the account."""
    if account is None:
        return {}
    return {"user": account, "group": pwd.getpwnam(account).pw_gid, "extra_groups": []}


@dataclass(frozen=True)
class _Noted:
    """A process as its record names it: a number alone may by now be another program's."""

    pid: int
    stop_signal: int
    started: str

    def is_alive(self) -> bool:
        return bool(self.started) and started_at(self.pid) == self.started


def _noted(record: Path) -> _Noted | None:
    """None where the record is gone or not yet whole: whoever starts and stops the process is at it too."""
    with suppress(FileNotFoundError, ValueError):
        pid, stop_signal, started = record.read_text().split(" ", 2)
        return _Noted(int(pid), int(stop_signal), started)
    return None


def _see_out(process: _Noted, end: float) -> None:
    while time.monotonic() < end:
        if not process.is_alive():
            return
        time.sleep(0.05)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
