"""A mail server for the demo and the tests: delivers nothing, keeps every mail as a file.

python -m deploy.mailsink serve --port 2525 --folder .local/mail
python -m deploy.mailsink show
"""

from __future__ import annotations

import signal
import threading
import time
from email import message_from_bytes, policy
from email.message import EmailMessage
from itertools import count
from pathlib import Path
from typing import Annotated

import typer
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from deploy.ports import LOOPBACK

FOLDER = Path(".local/mail")
app = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


class Keeper:
    """Writes each mail to `<time>-<number>.eml`, whole before it appears under that name."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count(1)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802, ARG002
        name = f"{time.time():.6f}-{next(self._numbers):06}.eml"
        draft = self._folder / f".{name}"
        recipients = ", ".join(envelope.rcpt_tos)
        draft.write_bytes(f"X-Envelope-To: {recipients}\r\n".encode() + (envelope.original_content or b""))
        draft.rename(self._folder / name)
        return "250 kept"


@app.command()
def serve(
    port: Annotated[int, typer.Option()] = 2525,
    folder: Annotated[Path, typer.Option()] = FOLDER,
    host: Annotated[str, typer.Option()] = LOOPBACK,
) -> None:
    """Take mail until told to stop."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    controller = Controller(Keeper(folder), hostname=host, port=port, data_size_limit=10 * 2**20)
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    controller.start()
    stopped.wait()
    controller.stop()


@app.command()
def show(
    folder: Annotated[Path, typer.Option()] = FOLDER,
    last: Annotated[int, typer.Option(help="how many, newest last")] = 5,
) -> None:
    """Print the newest mails as text."""
    for mail in kept(folder)[-last:]:
        body = mail.get_body(("plain", "html"))
        print(f"To: {mail['To']}\nSubject: {mail['Subject']}\nDate: {mail['Date']}\n")
        print(body.get_content() if body is not None else "", end=f"\n{'-' * 78}\n")


def kept(folder: Path, since: float = 0) -> list[EmailMessage]:
    """The mails that were sent since then (seconds of the machine's clock), oldest first."""
    files = sorted(file for file in folder.glob("[0-9]*.eml") if float(file.name.split("-")[0]) >= since)
    return [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]


if __name__ == "__main__":
    app()
