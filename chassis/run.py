"""Run one process of the platform: `python -m chassis.run booking`, or `gateway`.

Patches first, then reads the settings, opens the doors, and waits for a signal. SIGTERM and
Ctrl-C stop in order: no new work, finish what runs, flush the outbox; after 10 seconds the
process leaves regardless.
"""

import gc
import warnings

gc.disable()  # until everything is imported, which is to stay

# eventlet advises each process at length to leave it; where that is decided is docs/decisions/0001.
warnings.filterwarnings("ignore", "\\s*Eventlet is deprecated")

import eventlet  # noqa: E402

eventlet.monkey_patch()  # before anything else is imported: psycopg, kombu and threading must be green

import argparse  # noqa: E402
import importlib  # noqa: E402
import os  # noqa: E402
import signal  # noqa: E402
import sys  # noqa: E402
from typing import Any, Protocol  # noqa: E402

import structlog  # noqa: E402

from chassis import logs  # noqa: E402
from chassis.settings import Settings, SettingsIncomplete, read_settings  # noqa: E402

log = structlog.get_logger()

STOP_SECONDS = 10


class Running(Protocol):
    """What a process is made of, seen from here."""

    def start(self) -> None: ...

    def stop(self) -> None: ...


def main() -> None:
    """Run one process until it is told to stop."""
    name = _name_given()
    try:
        settings = read_settings(name)
    except SettingsIncomplete as gaps:
        sys.exit(str(gaps))
    logs.configure(settings)
    running = _made(name, settings)
    gc.freeze()
    gc.enable()
    running.start()
    log.info("started", service=name)
    _wait_for_signal()
    log.info("stopping", service=name)
    eventlet.spawn_after(STOP_SECONDS, _leave)
    running.stop()
    log.info("stopped", service=name)
    logs.flush(1)


def _name_given() -> str:
    parser = argparse.ArgumentParser("chassis.run", description=main.__doc__)
    parser.add_argument("name", help="catalog, scheduling, booking, notifications, reviews or gateway")
    return str(parser.parse_args().name)


def _made(name: str, settings: Settings) -> Running:
    """The gateway, or the service of that name."""
    module, made = ("gateway.service", "Gateway") if name == "gateway" else ("chassis.hosting", "Host")
    running: Running = getattr(importlib.import_module(module), made)(settings)
    return running


def _wait_for_signal() -> None:
    stop = eventlet.Event()

    def told(*_: Any) -> None:
        if not stop.ready():
            stop.send()

    signal.signal(signal.SIGTERM, told)
    signal.signal(signal.SIGINT, told)
    stop.wait()


def _leave() -> None:
    log.error("did_not_stop_in_time", seconds=STOP_SECONDS)
    logs.flush(0.5)
    os._exit(1)


if __name__ == "__main__":
    main()
