"""The whole platform on this machine: `python -m deploy.local run`, which is `make run`.

Uses the servers that the environment names (see `deploy.named`), else private ones under
`.local/` (LOCAL_FOLDER names another folder). Whatever it starts it stops; data are kept from run to run.
"""

from __future__ import annotations

import fcntl
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from chassis.settings.environment import Environment
from deploy.demo.cast import ADMIN, PASSWORD, STUDENT, TUTOR
from deploy.environment import OPTIONS, Addresses, health_ports
from deploy.following import Follower
from deploy.interruption import Stopped, heed, listen, undisturbed
from deploy.journey import put_back
from deploy.keeping import Keeper
from deploy.named import Names
from deploy.names import PROCESSES
from deploy.platform import MAIL, ROOT, Platform
from deploy.ports import LOOPBACK, free_ports, is_free
from deploy.processes import StartFailed, stop_leftovers
from deploy.running import forget_note, note
from deploy.servers import AnyServers, forget, private_or_named

FOLDER = Path(os.environ.get("LOCAL_FOLDER") or ROOT / ".local")
LOGS = FOLDER / "logs"
LOOK_SECONDS = 0.2

app = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
console = Console(highlight=False, soft_wrap=True)


@app.command()
def run(
    demo_data: Annotated[bool, typer.Option(help="fill an empty platform with demo data")] = True,
) -> None:
    """Start everything and show what it says; Ctrl-C stops it. HTTP_PORT chooses the port (8000)."""
    listen()
    try:
        with only_one():
            run_all(demo_data)
    except Stopped:
        say(f"everything is stopped; the data stay in {FOLDER}")
    except StartFailed as reason:
        say(str(reason), "red")
        raise typer.Exit(1) from None


@app.command()
def down(
    data: Annotated[bool, typer.Option("--forget", help="also remove all data")] = False,
) -> None:
    """Stop a running copy, or what a killed one left behind."""
    stop_running_copy()
    for name in stop_leftovers(LOGS):
        say(f"stopped {name}")
    if data:
        forget(FOLDER)


def run_all(demo_data: bool) -> None:
    """From nothing to a running platform, and back to nothing."""
    stop_leftovers(LOGS)
    port = chosen_port()
    keep_last_logs()
    servers = private_or_named(FOLDER, Names.from_environment())
    say("starting PostgreSQL and RabbitMQ")
    try:
        servers.start()
        smtp, *health = free_ports(1 + len(PROCESSES))
        platform = Platform(FOLDER, servers, servers.credentials, addresses(port, smtp, health))
        try:
            start(platform, smtp, demo_data)
            watch(platform, servers)
        finally:
            with undisturbed():
                say("stopping")
                forget_note(FOLDER)
                platform.stop()
    finally:
        with undisturbed():
            servers.stop()


def start(platform: Platform, smtp_port: int, demo_data: bool) -> None:
    """Bring up processes and data, and say where things are."""
    say("bringing the databases up to date")
    platform.migrate()
    if "SMTP_URL" not in os.environ:
        platform.start_mail(smtp_port)
    say("starting the gateway and the five services")
    platform.start()
    platform.wait()
    if clock := platform.at.clock:
        if demo_data:
            fill_with_demo_data(platform)
        note(FOLDER, platform.url, clock)
    greet(platform)


def fill_with_demo_data(platform: Platform) -> None:
    """Have the demo data made where there are none. The platform is of use without them too."""
    say("making the demo data where there are none yet, which takes half a minute")
    try:
        say(platform.make_demo_data())
        say(f"log in as {ADMIN}, {TUTOR} or {STUDENT} with {PASSWORD}")
    except StartFailed as reason:
        platform.check()  # without one of the processes it is of no use
        say(str(reason), "red")


def greet(platform: Platform) -> None:
    url = platform.at.public_url
    say(f"ready at {url} (the API is described at {url}/docs)", "bold green")
    if platform.at.clock:
        say("make demo          a tour of a booking's life, in another terminal")
    say(f"mails are kept in {FOLDER / MAIL}: .venv/bin/python -m deploy.mailsink show")
    say("Ctrl-C stops everything; what follows is what the processes say")


def watch(platform: Platform, servers: AnyServers) -> None:
    """Show what the processes say, until told to stop; what ends is started again, as compose does.

    The others go on meanwhile: nothing that was answered is lost by it, and whoever needs it is told to wait.
    """
    keeper = Keeper({**servers.kept(), **platform.processes})
    follower = Follower(console, {name: platform.processes[name].log for name in PROCESSES})
    while True:
        follower.show_news()
        for name, code in keeper.look().items():
            say(f"{name} ended with {code} and is started again", "red")
        time.sleep(LOOK_SECONDS)
        heed()


def addresses(port: int, smtp_port: int, health: list[int]) -> Addresses:
    """Where everything listens; the environment may choose the options of `deploy.environment`."""
    chosen = {name: os.environ[name] for name in OPTIONS if os.environ.get(name)}
    return Addresses(
        http_host=os.environ.get("HTTP_HOST", LOOPBACK),
        http_port=port,
        health_ports=health_ports(health),
        smtp_url=f"smtp://{LOOPBACK}:{smtp_port}",
        clock=chosen_clock(),
        options={"DEMO_MODE": "1", "LOG_FORMAT": "console", **chosen},
    )


def chosen_clock() -> Path | None:
    """What moves the clock: CLOCK_OFFSET_FILE, or a file of our own. Raises `StartFailed`.

    Outside the demo there is none; where one is named all the same, the processes refuse to start.
    """
    named = os.environ.get("CLOCK_OFFSET_FILE")
    if not named and not Environment(os.environ).bool("DEMO_MODE", True):
        return None
    clock = Path(named or FOLDER / "clock").resolve()
    try:
        put_back(clock)
    except OSError as error:
        raise StartFailed(f"the clock's file can not be made: {error}") from None
    return clock


def chosen_port() -> int:
    """HTTP_PORT or 8000; raises `StartFailed` where it is in use."""
    port = os.environ.get("HTTP_PORT") or "8000"
    if not port.isdecimal() or not 0 < int(port) < 65536:
        raise StartFailed(f"HTTP_PORT={port} is not a port")
    if not is_free(int(port), os.environ.get("HTTP_HOST", LOOPBACK)):
        raise StartFailed(f"port {port} is in use; HTTP_PORT={int(port) + 1} make run takes another one")
    return int(port)


@contextmanager
def only_one() -> Iterator[None]:
    """Hold the folder for ourselves; raises `StartFailed` where another copy has it."""
    FOLDER.mkdir(exist_ok=True)
    with (FOLDER / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise StartFailed(f"already running here (process {lock.read()}); make down stops it") from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def stop_running_copy(seconds: float = 60) -> None:
    """Ask the copy that holds the folder to stop, and wait until it has let go."""
    end = time.monotonic() + seconds
    asked = False
    while time.monotonic() < end:
        try:
            with only_one():
                return
        except StartFailed:
            if not asked:
                say("asking the running copy to stop")
                os.kill(int((FOLDER / "lock").read_text()), signal.SIGTERM)
                asked = True
            time.sleep(0.1)
    say("the running copy does not stop; its processes are ended now")


def keep_last_logs() -> None:
    """Begin new logs, keeping those of the last run beside them."""
    (LOGS / "last").mkdir(parents=True, exist_ok=True)
    for log in LOGS.glob("*.log"):
        with suppress(FileNotFoundError):
            log.replace(LOGS / "last" / log.name)


def say(text: str, style: str = "") -> None:
    console.print(Text("tutoring      ", "bold") + Text(text, style))


if __name__ == "__main__":
    app()
