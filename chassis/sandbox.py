"""Working on what strangers have sent: in a process of its own, within limits that the kernel keeps.

The process has no secrets in its environment, and none of our files and connections; it is given some bytes,
and answers with some, or is ended. They travel by files and not by pipes, so that waiting is no more than a
look now and then, which holds up nobody else of a green process.
"""

from __future__ import annotations

import importlib
import os
import resource
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

AT_ONCE = 2  # each takes a processor

_MIB = 1024 * 1024
_ROOT = Path(__file__).parents[1]
_NICENESS = 5
_OVERRAN = 3  # the exit status of a process that ran out of memory
_TURNS = threading.BoundedSemaphore(AT_ONCE)  # green where threading was patched before this import


@dataclass(frozen=True)
class Limits:
    """What one call may take; `answer` and `memory` in bytes."""

    processor_seconds: int = 4
    seconds: float = 10.0
    memory: int = 512 * _MIB
    answer: int = _MIB


class Overran(Exception):
    """It took too long, or too much memory."""


class Broke(Exception):
    """It ended by an exception; which one is not told."""


def call(module: str, given: bytes, *arguments: str, limits: Limits | None = None) -> bytes:
    """What `work(given, *arguments)` of the module returns in a sandbox. Raises `Overran`, `Broke`."""
    limits = limits or Limits()
    with _TURNS, TemporaryFile() as question, TemporaryFile() as answer:
        question.write(given)
        question.seek(0)
        status = _run(_command(module, arguments, limits), question, answer, limits.seconds)
        if status < 0 or status == _OVERRAN:
            raise Overran()
        if status != 0:
            raise Broke()
        answer.seek(0)
        return answer.read(limits.answer)


def _command(module: str, arguments: tuple[str, ...], limits: Limits) -> list[str]:
    bounds = (limits.processor_seconds, limits.memory, limits.answer)
    return [sys.executable, "-m", __name__, *map(str, bounds), module, *arguments]


def _run(command: list[str], question: IO[bytes], answer: IO[bytes], seconds: float) -> int:
    """The exit status; negative where a signal has ended the process."""
    process = subprocess.Popen(
        command,
        stdin=question,
        stdout=answer,
        stderr=subprocess.DEVNULL,
        cwd=_ROOT,
        env={"PATH": os.defpath, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        raise Overran() from None
    finally:
        process.kill()  # nothing, where it has ended
        process.wait()


# --- inside --------------------------------------------------------------------------------------------


def _confine(processor_seconds: int, memory: int, answer: int) -> None:
    os.nice(_NICENESS)
    _limit(resource.RLIMIT_CPU, processor_seconds)
    if sys.platform == "linux":  # macOS keeps no such limit
        _limit(resource.RLIMIT_AS, memory)
    _limit(resource.RLIMIT_FSIZE, answer)
    _limit(resource.RLIMIT_CORE, 0)


def _limit(what: int, most: int) -> None:
    """No higher than it is already."""
    _, ceiling = resource.getrlimit(what)
    most = most if ceiling == resource.RLIM_INFINITY else min(most, ceiling)
    resource.setrlimit(what, (most, most))


def _main(processor_seconds: str, memory: str, answer: str, module: str, *arguments: str) -> None:
    _confine(int(processor_seconds), int(memory), int(answer))
    try:
        work = importlib.import_module(module).work
        sys.stdout.buffer.write(work(sys.stdin.buffer.read(), *arguments))
        sys.stdout.flush()
    except MemoryError:
        sys.exit(_OVERRAN)


if __name__ == "__main__":
    _main(*sys.argv[1:])
