"""What processes say of themselves: as JSON, without gossip, and without ever waiting for a reader.

The configured whole is tried in processes of its own, since it takes over standard output and error.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chassis.discretion import BLANK, discreet
from chassis.log_buffer import LogBuffer

PATCHED = "import eventlet; eventlet.monkey_patch()\n"
CONFIGURED = """
import logging, sys, warnings
import structlog
from chassis import logs
from chassis.settings import Settings

logs.configure(Settings("booking", log_format=sys.argv[1]))
log = structlog.get_logger()
"""


def said_by(program: str, log_format: str = "json") -> str:
    """The standard output of a process that logs, patched as the real ones are."""
    command = [sys.executable, "-W", "ignore", "-c", PATCHED + CONFIGURED + program, log_format]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=30).stdout


def events_of(program: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in said_by(program).splitlines()]


def test_each_event_is_one_json_object_with_its_context() -> None:
    [event] = events_of("""
structlog.contextvars.bind_contextvars(correlation_id="c-1", door="confirm_booking")
log.info("answered", outcome="ok", seconds=0.01)
""")
    del event["timestamp"]
    assert event == {
        "level": "info", "service": "booking", "event": "answered",
        "correlation_id": "c-1", "door": "confirm_booking", "outcome": "ok", "seconds": 0.01,
    }  # fmt: skip


def test_a_greenlet_does_not_speak_in_the_context_of_another() -> None:
    first, second = events_of("""
def speak(name):
    structlog.contextvars.bind_contextvars(correlation_id=name)
    eventlet.sleep(0)
    log.info("answered")
for thread in [eventlet.spawn(speak, name) for name in ("a", "b")]:
    thread.wait()
""")
    assert [first["correlation_id"], second["correlation_id"]] == ["a", "b"]


def test_libraries_warnings_and_standard_error_go_the_same_way() -> None:
    spoken = events_of("""
logging.getLogger("kombu").warning("lost %s", "amqp://me:k3Jx9@broker/")
logging.getLogger("kombu").info("chatter")
warnings.simplefilter("always")
warnings.warn("old")
print("the hub says", file=sys.stderr)
""")
    assert spoken[0]["event"] == f"lost amqp://{BLANK}@broker/"
    assert "UserWarning: old" in spoken[1]["event"]
    assert spoken[2]["text"] == "the hub says"
    assert len(spoken) == 3


def test_an_exception_is_told_with_its_traceback_and_without_variables() -> None:
    [event] = events_of("""
try:
    secret_value = "k3Jx9" + "m2Pq8"
    raise LookupError("nobody is student@example.org")
except LookupError:
    log.exception("failed")
""")
    assert event["exception"].endswith(f"LookupError: nobody is {BLANK}")
    assert "k3Jx9m2Pq8" not in json.dumps(event)


def test_people_get_lines_to_read() -> None:
    assert "answered" in said_by('log.info("answered", email="a@b.example")', "console")
    assert "a@b.example" not in said_by('log.info("answered", email="a@b.example")', "console")


def test_what_is_said_last_is_written_before_the_process_ends() -> None:
    assert events_of('sys.exit("enough")')[-1]["text"] == "enough"


def test_nobody_reading_does_not_stop_the_process() -> None:
    program = (
        PATCHED
        + CONFIGURED
        + """
import os
ticks = 0
def tick():
    global ticks
    while True:
        ticks += 1
        eventlet.sleep(0.01)
eventlet.spawn(tick)
for _ in range(25):
    for number in range(500):
        log.info("said", number=number, padding="x" * 100)
    eventlet.sleep(0)
eventlet.sleep(0.1)
os.write(2, f"{ticks} {logs.dropped()} {logs.flush(0.1)}".encode())
os._exit(0)
"""
    )
    command = [sys.executable, "-W", "ignore", "-c", program, "json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.wait(timeout=30) == 0
    assert process.stdout is not None
    assert process.stderr is not None
    ticks, dropped, flushed = process.stderr.read().split()
    assert int(ticks) >= 10
    assert int(dropped) > 5_000
    assert flushed == "False"
    process.stdout.close()
    process.stderr.close()


# --- the buffer -----------------------------------------------------------------------------------


def test_what_does_not_fit_is_dropped_and_counted_and_the_rest_is_written() -> None:
    reader, writer = os.pipe()
    buffer = LogBuffer(writer, lines=1000)
    lines = [f"{number:04} {'x' * 200}" for number in range(5000)]
    for line in lines:
        buffer.put(line)
    assert not buffer.flush(0)
    written = read_until(reader, lines=5000 - buffer.dropped)
    assert buffer.flush(5)
    assert buffer.dropped >= 3500
    assert set(written) <= set(lines)
    assert written == sorted(written)


def test_a_reader_who_has_gone_costs_the_lines_and_nothing_else() -> None:
    reader, writer = os.pipe()
    buffer = LogBuffer(writer)
    os.close(reader)
    buffer.put("into the void")
    assert buffer.flush(5)
    assert buffer.dropped == 1


def test_an_endless_line_is_cut() -> None:
    reader, writer = os.pipe()
    LogBuffer(writer).put("x" * 1_000_000)
    [line] = read_until(reader, lines=1)
    assert len(line) == 16_384


def read_until(reader: int, lines: int) -> list[str]:
    text = b""
    while text.count(b"\n") < lines:
        text += os.read(reader, 65_536)
    return text.decode().splitlines()


# --- discretion -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        *("email", "student_email", "password", "access_token", "refresh_token", "Authorization", "cookie"),
        *("notes_student", "note", "comment", "feed_url", "Idempotency-Key", "phone", "body", "kwargs"),
    ],
)
def test_fields_that_speak_of_something_private_are_blanked(name: str) -> None:
    assert discreet({name: "private"}) == {name: BLANK}
    assert discreet({"outer": [{name: ("private",)}]}) == {"outer": [{name: BLANK}]}


@pytest.mark.parametrize(
    "name", ["event", "door", "outcome", "routing_key", "correlation_id", "seconds", "error"]
)
def test_fields_that_tell_how_things_go_are_kept(name: str) -> None:
    assert discreet({name: "told"}) == {name: "told"}


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("no account for o'hara@mail.example.org.", f"no account for {BLANK}."),
        ("GET /calendar/Zx81_kfj-29dkE.ics", f"GET /calendar/{BLANK}.ics"),
        ("Authorization: Bearer abc.def-123", f"Authorization: Bearer {BLANK}"),
        ("token eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl refused", f"token {BLANK} refused"),
        ("postgresql://booking_app:k3Jx9@db/booking", f"postgresql://{BLANK}@db/booking"),
        ("{'to': 'me@mail.example', 'n': 1}", f"{{'to': {BLANK}', 'n': 1}}"),
        ("at 09:00@home, 3 of 5 @ once", "at 09:00@home, 3 of 5 @ once"),
    ],
)
def test_secrets_within_a_text_are_blanked(text: str, left: str) -> None:
    assert discreet({"event": text}) == {"event": left}


def test_of_a_long_text_the_beginning_and_the_end_are_kept() -> None:
    kept = discreet({"exception": "Traceback" + "x" * 100_000 + "LookupError"})["exception"]
    assert kept.startswith("Traceback")
    assert kept.endswith("LookupError")
    assert len(kept) < 10_000


@settings(max_examples=50)
@given(st.emails(), st.text(max_size=20), st.integers(0, 3))
def test_no_address_gets_through_however_deep(address: str, around: str, depth: int) -> None:
    value: Any = f"{around} {address} {around}"
    for _ in range(depth):
        value = [{"inner": value}]
    local, _, domain = address.partition("@")
    assert f"{local[-1]}@{domain}" not in json.dumps(discreet({"event": value}), ensure_ascii=False)


LEAVES = st.none() | st.floats() | st.text(max_size=9) | st.dates()


@settings(max_examples=50)
@given(st.dictionaries(st.text(max_size=9), st.recursive(LEAVES, st.lists, max_leaves=5), max_size=3))
def test_whatever_is_logged_becomes_json(fields: dict[str, Any]) -> None:
    json.dumps(discreet(fields))
