"""Answers that are calendars, and an address that is a key: served as files, and nowhere repeated."""

from __future__ import annotations

import json

import pytest
import structlog

from contracts.errors import NotFound
from contracts.notifications import GetBookingCalendar, ReadCalendarFeed
from gateway.dispatch import Dispatch
from tests.calling import SECRET, a_call, a_gateway
from tests.fake_asker import FakeAsker

FILE = {"filename": "booking-17.ics", "content": "BEGIN:VCALENDAR\r\nNAME:Zoë\r\nEND:VCALENDAR\r\n"}


@pytest.fixture
def gateway() -> Dispatch:
    return a_gateway(FakeAsker({GetBookingCalendar: FILE, ReadCalendarFeed: FILE}))


def test_a_calendar_goes_out_as_a_file_to_the_byte(gateway: Dispatch) -> None:
    reply = gateway(a_call(gateway, "GET /api/bookings/17.ics", by="student"))
    assert (reply.status, reply.body.decode()) == (200, FILE["content"])
    assert reply.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert reply.headers["Content-Disposition"] == 'attachment; filename="booking-17.ics"'
    assert reply.headers["Cache-Control"] == "no-store"


def test_a_feed_needs_no_token_but_its_own_and_is_kept_by_nobody(gateway: Dispatch) -> None:
    reply = gateway(a_call(gateway, f"GET /calendar/{SECRET}.ics"))
    assert reply.status == 200
    assert reply.headers["Cache-Control"] == "no-store"


def test_a_feed_that_its_reader_has_is_not_sent_again(gateway: Dispatch) -> None:
    tag = gateway(a_call(gateway, f"GET /calendar/{SECRET}.ics")).headers["ETag"]
    again = gateway(a_call(gateway, f"GET /calendar/{SECRET}.ics", if_none_match=tag))
    assert (again.status, again.body, again.headers["ETag"]) == (304, b"", tag)


@pytest.mark.parametrize("what", ["GET", "POST", "DELETE"])
def test_a_problem_does_not_repeat_an_address_that_is_a_key(what: str) -> None:
    gateway = a_gateway(FakeAsker({ReadCalendarFeed: NotFound()}))
    with structlog.testing.capture_logs() as logs:
        reply = gateway(a_call(gateway, f"{what} /calendar/{SECRET}.ics"))
    assert reply.status == (404 if what == "GET" else 405)
    assert json.loads(reply.body)["instance"] == "/calendar/{token}.ics"
    assert SECRET not in str([logs, reply])


def test_what_is_too_long_for_a_key_finds_nothing(gateway: Dispatch) -> None:
    assert gateway(a_call(gateway, f"GET /calendar/{'x' * 101}.ics")).status == 404
