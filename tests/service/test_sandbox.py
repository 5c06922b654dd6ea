"""What strangers send is worked on apart: within limits, without secrets, and never for long."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from chassis.sandbox import Broke, Limits, Overran, call
from tests.calendars import a_calendar

SHORT = Limits(processor_seconds=1, seconds=2)
LONGEST = 30.0  # seconds, with the start of a process, on a machine that has others to serve
MIB = 1024 * 1024


@pytest.fixture(autouse=True)
def _in_time() -> Iterator[None]:
    began = time.monotonic()
    yield
    assert time.monotonic() - began < LONGEST


def test_what_is_given_is_worked_on() -> None:
    given = bytes(range(256)) * 4096
    assert call("tests.sandboxed", given, "echo") == given


def test_our_environment_is_not_known_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "a secret")
    assert b"DATABASE_URL" not in call("tests.sandboxed", b"", "environment")


@pytest.mark.parametrize("what", ["sleep", "compute", str(1024 * MIB)])
def test_time_and_memory_come_to_an_end(what: str) -> None:
    with pytest.raises(Overran):
        call("tests.sandboxed", b"", what, limits=SHORT)


@pytest.mark.parametrize("what", ["raise", str(2 * MIB)])
def test_an_exception_is_all_there_is_to_know_of_it(what: str) -> None:
    with pytest.raises(Broke) as broke:
        call("tests.sandboxed", b"", what, limits=SHORT)
    assert str(broke.value) == ""


_GREEN = """
import eventlet
eventlet.monkey_patch()
import threading, time
from chassis.sandbox import Limits, Overran, call

ticks = []

def tick():
    while True:
        time.sleep(0.02)
        ticks.append(time.monotonic())

threading.Thread(target=tick, daemon=True).start()
try:
    call("tests.sandboxed", b"", "compute", limits=Limits(processor_seconds=1))
except Overran:
    gaps = [later - former for former, later in zip(ticks, ticks[1:])]
    print(len(ticks) > 10, max(gaps) < 0.5)
"""


def test_a_green_process_goes_on_meanwhile() -> None:
    command = [sys.executable, "-W", "ignore", "-c", _GREEN]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    assert ran.stdout == "True True\n"


# --- calendars that mean harm ------------------------------------------------------------------------

NINE = "DTSTART:20261201T090000Z|DTEND:20261201T100000Z"
SIXTY = ",".join(map(str, range(60)))


@pytest.mark.parametrize(
    "calendar",
    [
        a_calendar(f"{NINE}|RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"),
        a_calendar(f"{NINE}|RRULE:FREQ=HOURLY;BYMINUTE={SIXTY};BYSECOND={SIXTY}"),
        a_calendar(f"{NINE}|RRULE:FREQ=DAILY;INTERVAL=0"),
        a_calendar("|".join(["BEGIN:X"] * 40_000 + ["END:X"] * 40_000)),
    ],
    ids=["30 February", "every second of hours", "no interval", "deep nesting"],
)
def test_a_calendar_that_would_be_computed_for_ever_is_not(calendar: bytes) -> None:
    period = ("2026-11-18T00:00:00Z", "2027-03-31T00:00:00Z")
    with suppress(Broke, Overran):
        call("services.scheduling.busy", calendar, "Europe/Berlin", *period, limits=SHORT)
