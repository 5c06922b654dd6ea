"""The live stream over HTTP: one's own, through any gateway, resumed anywhere, ended with its token."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse, IncompleteRead
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from gateway.live import MOST_OF_ONE
from tests.end_to_end.people import Person, Student, Tutor, a_student, a_tutor, refused
from tests.end_to_end.world import World
from tests.waiting import eventually


@dataclass
class Reader:
    """Somebody who reads a stream; `ended` once it is over."""

    response: HTTPResponse
    last_id: str = ""
    got: list[tuple[str, Any]] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)

    def types(self) -> list[str]:
        return [kind for kind, _ in self.got]

    def bookings(self) -> list[str]:
        """The steps of bookings that were told."""
        return [kind for kind in self.types() if kind.startswith("booking_")]

    def read(self) -> None:
        frame: dict[str, str] = {}
        with suppress(OSError, IncompleteRead):  # hung up from here
            for line in self.response:
                name, _, value = line.decode().rstrip("\n").partition(": ")
                frame[name] = value
                if not name:
                    self._take(frame)
                    frame = {}
        self.ended.set()

    def _take(self, frame: dict[str, str]) -> None:
        self.last_id = frame.get("id", self.last_id)
        if "data" in frame:
            self.got.append((frame["event"], json.loads(frame["data"])))


@contextmanager
def reading(person: Person, at: str | None = None, last_id: str | None = None) -> Iterator[Reader]:
    """Somebody reads a stream, at one of the gateways, from now or from an id on."""
    resumed = {} if last_id is None else {"Last-Event-ID": last_id}
    connection = HTTPConnection(urlsplit(at or person.world.url).netloc, timeout=30)
    connection.request("GET", "/api/events", headers={**person.credentials(), **resumed})
    line, response = connection.sock, connection.getresponse()
    assert response.status == 200, response.read()
    assert response.headers["Content-Type"] == "text/event-stream"
    assert response.headers["Cache-Control"] == "no-store"
    reader = Reader(response)
    threading.Thread(target=reader.read, daemon=True).start()
    eventually(lambda: reader.last_id != "")
    try:
        yield reader
    finally:
        with suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)
        assert reader.ended.wait(5)
        response.close()
        line.close()


@pytest.fixture(scope="module")
def tutor(world: World) -> Tutor:
    return a_tutor(world, requires_approval_for_one_on_one=True)


@pytest.fixture
def student(world: World) -> Student:
    return a_student(world)


def test_both_sides_see_a_lesson_as_it_happens_and_nobody_else_does(
    world: World, student: Student, tutor: Tutor
) -> None:
    with reading(student) as mine, reading(tutor) as tutors, reading(a_student(world)) as strangers:
        booking = student.book_confirmed(tutor, tutor.starts()[0])
        steps = ["booking_requested", "booking_confirmed"]
        for reader in (mine, tutors):
            eventually(lambda: reader.bookings() == steps, within=10)  # noqa: B023
            eventually(lambda: reader.types().count("notification_created") == 2)  # noqa: B023
        assert [data["booking"]["id"] for kind, data in mine.got if kind in steps] == [booking["id"]] * 2
        titles = [data["title"] for kind, data in mine.got if kind == "notification_created"]
        assert tutor.name in titles[0]
        assert strangers.got == []


def test_a_stream_goes_on_through_another_gateway_and_misses_nothing(
    world: World, student: Student, tutor: Tutor
) -> None:
    with world.another("gateway") as second:
        with reading(student) as first:
            booking = student.book(tutor, tutor.starts()[0])
            eventually(lambda: len(first.got) == 2, within=10)
        tutor.confirm(booking)
        student.cancel(booking)
        world.settle()
        with reading(student, second, first.last_id) as other, reading(student, second, "0") as whole:
            eventually(lambda: other.bookings() == ["booking_confirmed", "booking_cancelled"], within=10)
            eventually(lambda: len(other.got) == 4)
            eventually(lambda: len(whole.got) == 6)
            assert whole.got == first.got + other.got
            student.book(tutor, tutor.starts()[0])
            eventually(lambda: other.bookings()[-1] == "booking_requested", within=10)
    assert other.ended.wait(5)


def test_a_gateway_that_is_told_to_stop_ends_its_streams(world: World, student: Student) -> None:
    with world.another("gateway") as second:
        opened = reading(student, second)
        reader = opened.__enter__()
    assert reader.ended.wait(3)
    opened.__exit__(None, None, None)


def test_a_stream_ends_with_the_token_it_was_opened_with(
    world: World, student: Student, tutor: Tutor
) -> None:
    with reading(student) as reader:
        world.pass_time(minutes=11)
        assert reader.ended.wait(5)
    student.book(tutor, tutor.starts()[0])
    with reading(student, last_id=reader.last_id) as going_on:
        eventually(lambda: going_on.bookings() == ["booking_requested"], within=10)


def test_readers_that_do_not_read_slow_nobody_down(world: World, student: Student, tutor: Tutor) -> None:
    """There are more of them than workers, and each has more to come than any buffer takes."""
    busy = [a_student(world) for _ in range(3)]
    for each, start in zip(busy, tutor.starts(first=3)[::2], strict=False):
        each.book(tutor, start)
    world.settle()
    world.sql("notifications", A_LONG_PAST, [each.id for each in busy])
    deaf = [open_and_ignore(each) for each in busy for _ in range(MOST_OF_ONE)]
    with reading(student) as reader:
        began = time.monotonic()
        student.book(tutor, tutor.starts()[0])
        eventually(lambda: reader.bookings() == ["booking_requested"])
        assert time.monotonic() - began < 4
    for each in deaf:
        each.close()


# As much as if all that has happened to them had happened two thousand times.
A_LONG_PAST = """
    INSERT INTO live_events (account_id, type, data, created_at)
    SELECT account_id, type, data, created_at FROM live_events, generate_series(1, 2000)
    WHERE account_id = ANY(%s)
"""


def open_and_ignore(person: Person) -> socket.socket:
    """A stream from its beginning, of which not a byte is read."""
    at = urlsplit(person.world.url)
    opened = socket.socket()
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    opened.connect((at.hostname, at.port))
    sent = {"Host": "x", "Last-Event-ID": "0", **person.credentials()}
    head = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
    opened.sendall(f"GET /api/events HTTP/1.1\r\n{head}\r\n".encode())
    return opened


def test_one_account_has_five_streams_and_a_place_is_free_as_soon_as_one_is_left(student: Student) -> None:
    with reading(student), reading(student), reading(student), reading(student):
        with reading(student):
            problem = student.get("/api/events")
            refused(problem, 429, "too_many")
            assert problem.headers["Retry-After"] == "3"
        eventually(can_be_opened(student))


def can_be_opened(person: Person) -> Callable[[], bool]:
    def check() -> bool:
        with suppress(AssertionError), reading(person):
            return True
        return False

    return check


def test_a_token_does_not_belong_into_the_address(world: World, student: Student) -> None:
    response = requests.get(f"{world.url}/api/events?access_token={student.token()}", timeout=5)
    refused(response, 401, "unauthenticated")
    response = student.get("/api/events", access_token=student.token())
    refused(response, 422, "invalid")


@pytest.mark.parametrize("wrong", ["x", "-1", "1.5", "9" * 20])
def test_only_an_id_is_where_to_go_on(student: Student, wrong: str) -> None:
    refused(student.get("/api/events", {"Last-Event-ID": wrong}), 400, "malformed")
    refused(student.get("/api/events", after=wrong), 422, "invalid")


def test_head_tells_what_there_would_be(student: Student) -> None:
    response = student.call("HEAD", "/api/events")
    assert (response.status_code, response.headers["Content-Type"]) == (200, "text/event-stream")
