"""What the audience sees: scenes with their times, calls with theirs, tables, letters."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from email.message import EmailMessage
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text


class Stage:
    """Shows one tour."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._number = 0
        self._began = time.monotonic()
        self._hushed = False

    @contextmanager
    def hushed(self) -> Iterator[None]:
        """Calls that need not be shown."""
        before, self._hushed = self._hushed, True
        try:
            yield
        finally:
            self._hushed = before

    @contextmanager
    def scene(self, title: str) -> Iterator[None]:
        """One step of the tour and the time it took."""
        self._number += 1
        self._console.print()
        self._console.rule(Text(f"{self._number}  {title}", "bold cyan"), align="left", style="cyan")
        began = time.monotonic()
        yield
        self._console.print(
            Text(f"   step {self._number} took {time.monotonic() - began:.2f} s", "dim italic")
        )

    def end(self, text: str) -> None:
        """The last words."""
        seconds = time.monotonic() - self._began
        self._console.print()
        last = f"That was the tour: {self._number} steps in {seconds:.1f} s. {text}"
        self._console.print(Text(last, "bold green"))

    def say(self, text: str) -> None:
        self._console.print(Text(f"   {text}"), soft_wrap=True)

    def call(self, who: str, line: str, status: int, seconds: float) -> None:
        """A call that was made."""
        if self._hushed:
            return
        colour = "green" if status < 300 else "yellow"
        row = Text.assemble(
            ("   → ", "dim"), (f"{who:<9}", "magenta"), f"{line}  ", (f"{status}", colour),
            (f"  {seconds * 1000:.0f} ms", "dim"),
        )  # fmt: skip
        self._console.print(row, soft_wrap=True)

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        table = Table(box=None, padding=(0, 0, 0, 3), header_style="bold")
        for column in columns:
            table.add_column(column, no_wrap=True)
        for row in rows:
            table.add_row(*map(str, row))
        self._console.print(table)

    def letter(self, mail: EmailMessage) -> None:
        """A mail as its reader finds it."""
        body = mail.get_body(("plain",))
        text = body.get_content().strip() if body is not None else ""
        files = [part.get_filename() or "" for part in mail.iter_attachments()]
        head = f"To: {mail['To']}\nSubject: {mail['Subject']}\n"
        attached = f"\n\nAttached: {', '.join(files)}" if files else ""
        self._console.print(Panel(Text(f"{head}\n{text}{attached}"), width=100, border_style="blue"))


def at(instant: str | datetime, zone: str = "UTC") -> str:
    """Sat 25 Oct 2025, 15:00 (Europe/London)."""
    moment = datetime.fromisoformat(instant) if isinstance(instant, str) else instant
    return f"{moment.astimezone(ZoneInfo(zone)):%a %d %b %Y, %H:%M} ({zone})"
