"""Goes on the tour; the folder of the running copy is LOCAL_FOLDER or `.local`."""

from __future__ import annotations

import sys
import time

import requests
import typer
from rich.console import Console

from deploy.interruption import Stopped, listen
from deploy.journey import ClockInUse, Journey, journey
from deploy.local import FOLDER
from deploy.running import NotRunning, RunningCopy, running_copy
from deploy.tour.booking import Booking
from deploy.tour.groups import Groups
from deploy.tour.living import Living
from deploy.tour.roles import take_roles
from deploy.tour.stage import Stage
from deploy.tour.visitor import Unexpected


def tour(copy: RunningCopy, trip: Journey, stage: Stage) -> None:
    """All acts. Raises `Unexpected`."""
    began = time.time()
    with stage.scene(f"The people of the tour come to {copy.url}"), stage.hushed():
        roles = take_roles(copy.url, stage)
        for visitor in (roles.tutor, roles.ann, roles.ben, roles.cleo):
            account = visitor.account
            stage.say(f"{account['name']}, {account['role']} in {account['timezone']}")
    for act in (Booking, Groups, Living):
        act(roles, stage, copy.mail, began, trip).play()


def main() -> None:
    """Show a booking's life against the running system; its clock is put back at the end."""
    listen()
    try:
        copy, stage = running_copy(FOLDER), Stage(Console(highlight=False, width=_width()))
        with journey(copy.clock) as trip:
            tour(copy, trip, stage)
        stage.end("The clock of the system is where it was before.")
    except (NotRunning, ClockInUse, Unexpected, requests.RequestException) as reason:
        sys.exit(str(reason))
    except Stopped:
        sys.exit("interrupted; the clock of the system is where it was before")


def _width() -> int | None:
    """The terminal's own; where the tour is written to a file, enough for a line."""
    return None if sys.stdout.isatty() else 110


if __name__ == "__main__":
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(main)
    app()
