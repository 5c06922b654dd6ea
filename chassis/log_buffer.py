"""Where log lines wait for standard output, so that a reader that stalls can not stall the process.

One real thread of the operating system writes; whoever logs only puts a line into a bounded
buffer. What does not fit is dropped and counted. The modules are eventlet's originals: a green
lock or queue belongs to the hub, and the hub is what must not wait.
"""

from __future__ import annotations

import importlib
import sys
import time
from contextlib import suppress
from typing import Any

LINES = 5_000
LONGEST_LINE = 16_384
_BATCH = 200
_RETRY_SECONDS = 0.05


class LogBuffer:
    """Takes lines at once and writes them to a file descriptor when it can."""

    def __init__(self, descriptor: int, lines: int = LINES) -> None:
        self._descriptor, self._room = descriptor, lines
        self._waiting: Any = _original("queue").SimpleQueue()
        self._counting: Any = _original("threading").RLock()  # a signal's handler may log as well
        self._taken = self._done = self._dropped = 0
        _original("threading").Thread(target=self._write_for_ever, name="logs", daemon=True).start()

    @property
    def dropped(self) -> int:
        """How many lines were lost so far."""
        return self._dropped

    def put(self, line: str) -> None:
        """Have the line written, or dropped where the buffer is full; never waits."""
        with self._counting:
            if self._taken - self._done >= self._room:
                self._dropped += 1
                return
            self._taken += 1
        self._waiting.put(line[:LONGEST_LINE])

    def flush(self, seconds: float) -> bool:
        """Wait until everything taken so far is written, but no longer than that; says whether it is."""
        end = time.monotonic() + seconds
        until = self._taken
        while self._done < until and time.monotonic() < end:
            time.sleep(0.005)
        return self._done >= until

    def _write_for_ever(self) -> None:
        while True:
            lines = self._next_lines()
            if not self._write("".join(f"{line}\n" for line in lines).encode(errors="replace")):
                self._count_dropped(len(lines))
            self._done += len(lines)

    def _next_lines(self) -> list[str]:
        lines = [self._waiting.get()]
        with suppress(_original("queue").Empty):
            while len(lines) < _BATCH:
                lines.append(self._waiting.get_nowait())
        return lines

    def _write(self, text: bytes) -> bool:
        """Write all of it, however long the reader takes; false where there is no reader any more."""
        while text:
            try:
                text = text[_original("os").write(self._descriptor, text) :]
            except BlockingIOError:  # somebody else made the descriptor non-blocking
                _original("time").sleep(_RETRY_SECONDS)
            except OSError:
                return False
        return True

    def _count_dropped(self, lines: int) -> None:
        with self._counting:
            self._dropped += lines


def _original(name: str) -> Any:
    """The module as it was before eventlet patched it."""
    patcher = sys.modules.get("eventlet.patcher")
    return importlib.import_module(name) if patcher is None else patcher.original(name)
