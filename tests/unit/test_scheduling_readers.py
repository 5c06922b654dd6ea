"""How a calendar is asked for, and what is made of whatever its host answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from chassis.egress import Egress
from contracts.bookable import Block
from services.scheduling.calendars import Read, Task, Trouble, Unchanged
from services.scheduling.readers import Reader
from tests.calendars import a_calendar, an_event
from tests.strangers import a_host, answering

NINE = datetime(2026, 12, 1, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
CALENDAR = a_calendar(an_event(NINE, NINE + HOUR))
READER = Reader(Egress(allow_loopback=True))


def task(url: str, **conditions: str) -> Task:
    named = {name.replace("_", "-"): value for name, value in conditions.items()}
    return Task(7, 10, url, named, "UTC", Block(NINE - 9 * HOUR, NINE + 9 * HOUR), NINE)


def an_answer(status: str, *headers: str, body: bytes = b"") -> bytes:
    head = "\r\n".join([f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "", ""])
    return head.encode("latin-1") + body


@pytest.mark.parametrize(
    ("headers", "conditions"),
    [
        ([], {}),
        (['ETag: W/"a b"'], {"If-None-Match": 'W/"a b"'}),
        (["Last-Modified: yesterday"], {"If-Modified-Since": "yesterday"}),
        (['ETag: "ä"', "Last-Modified: " + "x" * 300], {}),  # which could not be sent, or not for ever
    ],
)
def test_a_calendar_is_read_with_what_it_is_asked_by_the_next_time(
    headers: list[str], conditions: dict[str, str]
) -> None:
    with a_host(answering(an_answer("200 OK", *headers, body=CALENDAR))) as host:
        assert READER.read(task(host.url)) == Read([Block(NINE, NINE + HOUR)], conditions)


@pytest.mark.parametrize(
    ("status", "trouble"),
    [
        ("401 Unauthorized", Trouble.LOCKED),
        ("403 Forbidden", Trouble.LOCKED),
        ("404 Not Found", Trouble.NOT_FOUND),
        ("410 Gone", Trouble.NOT_FOUND),
        ("429 Too Many Requests", Trouble.OUT_OF_ORDER),
        ("503 Service Unavailable", Trouble.OUT_OF_ORDER),
        ("304 Not Modified", Trouble.OUT_OF_ORDER),  # which nobody has asked for
        ("204 No Content", Trouble.NOT_A_CALENDAR),
        ("200 Really", Trouble.NOT_A_CALENDAR),
    ],
)
def test_whatever_is_no_calendar_is_trouble(status: str, trouble: Trouble) -> None:
    with a_host(answering(an_answer(status))) as host:
        assert READER.read(task(host.url)) is trouble


def test_who_asks_whether_it_has_changed_may_be_told_that_it_has_not() -> None:
    with a_host(answering(an_answer("304 Not Modified"))) as host:
        assert READER.read(task(host.url, If_None_Match='"1"')) == Unchanged()
        assert b'If-None-Match: "1"' in host.asked[0]


def test_a_host_that_is_not_reached_is_trouble() -> None:
    assert READER.read(task("https://10.0.0.1/a.ics")) is Trouble.PRIVATE_ADDRESS
