"""Several growing log files as one stream of lines, each with the name of who said it."""

from __future__ import annotations

from itertools import cycle
from pathlib import Path
from typing import BinaryIO

from rich.console import Console
from rich.text import Text

COLOURS = ("cyan", "magenta", "green", "yellow", "blue", "bright_red")


class Follower:
    """Shows what is added to the files, whole lines only."""

    def __init__(self, console: Console, logs: dict[str, Path]) -> None:
        self._console = console
        self._files: dict[str, BinaryIO] = {name: log.open("rb") for name, log in logs.items()}
        self._rest = dict.fromkeys(logs, b"")
        self._colours = dict(zip(logs, cycle(COLOURS), strict=False))

    def show_news(self) -> None:
        """Print the lines that came since the last time."""
        for name, file in self._files.items():
            *lines, self._rest[name] = (self._rest[name] + file.read()).split(b"\n")
            for line in lines:
                prefix = Text(f"{name:<14}", style=self._colours[name])
                self._console.print(prefix + Text(line.decode(errors="replace")))
