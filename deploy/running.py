"""Where the running copy is, and its clock, for other programs on this machine: noted while it is ready."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from deploy.platform import MAIL, is_ready

_NOTE = "address"


class NotRunning(Exception):
    """There is no running copy; the message says how to get one."""


@dataclass(frozen=True)
class RunningCopy:
    """Where it answers, what moves its clock, and the folder of its mails."""

    url: str
    clock: Path
    folder: Path

    @property
    def mail(self) -> Path:
        return self.folder / MAIL


def note(folder: Path, url: str, clock: Path) -> None:
    """Let others find the copy."""
    (folder / _NOTE).write_text(json.dumps({"url": url, "clock": str(clock)}))


def forget_note(folder: Path) -> None:
    """Let nobody look for it any more."""
    (folder / _NOTE).unlink(missing_ok=True)


def running_copy(folder: Path) -> RunningCopy:
    """The copy that runs from this folder. Raises `NotRunning`."""
    note = folder / _NOTE
    if not note.exists():
        raise NotRunning("nothing is running here; start it in another terminal with: make run")
    noted = json.loads(note.read_text())
    copy = RunningCopy(noted["url"], Path(noted["clock"]), folder)
    if not is_ready(f"{copy.url}/readyz"):
        raise NotRunning(f"nothing answers at {copy.url}; is `make run` still starting, or stopping?")
    return copy
