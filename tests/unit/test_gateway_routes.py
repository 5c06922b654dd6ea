"""How a method and a path find their route."""

from __future__ import annotations

import pytest

from contracts.booking import CancelBooking, GetBooking, ListBookings
from contracts.errors import NotFound
from contracts.notifications import GetBookingCalendar, ReadAllNotifications, ReadCalendarFeed
from contracts.operations import ReplayDeadLetter
from gateway.calls import Reply
from gateway.operations import LetterToReplay
from gateway.problems import MethodNotAllowed, NoSuchPath
from gateway.routes import CALENDAR, Page, Route, Table

LIST = Route("GET", "/api/bookings", ListBookings)
GET = Route("GET", "/api/bookings/{booking_id}", GetBooking)
CANCEL = Route("POST", "/api/bookings/{booking_id}/cancel", CancelBooking)
READ_ALL = Route("POST", "/api/notifications/read-all", ReadAllNotifications)
REPLAY = Route("POST", "/api/letters/{dead_letter_id}", ReplayDeadLetter, form=LetterToReplay)
ICS = Route("GET", "/api/bookings/{booking_id}.ics", GetBookingCalendar, media_type=CALENDAR)
FEED = Route("GET", "/calendar/{token}.ics", ReadCalendarFeed, media_type=CALENDAR, secret=True)
JWKS = Page("/.well-known/jwks.json", "keys", "application/json", lambda _: Reply(200))

TABLE = Table([LIST, GET, CANCEL, READ_ALL, REPLAY, ICS, FEED, JWKS])


@pytest.mark.parametrize(
    ("method", "path", "found"),
    [
        ("GET", "/api/bookings", (LIST, {})),
        ("HEAD", "/api/bookings", (LIST, {})),
        ("GET", "/api/bookings/17", (GET, {"booking_id": 17})),
        ("GET", "/api/bookings/17.ics", (ICS, {"booking_id": 17})),
        ("GET", "/calendar/a-b_c.ics", (FEED, {"token": "a-b_c"})),
        ("POST", "/api/bookings/17/cancel", (CANCEL, {"booking_id": 17})),
        ("POST", "/api/letters/booking-17", (REPLAY, {"dead_letter_id": "booking-17"})),
        ("GET", "/.well-known/jwks.json", (JWKS, {})),
    ],
)
def test_a_path_finds_its_route(method: str, path: str, found: object) -> None:
    assert TABLE.find(method, path) == found


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "*",
        "/api",
        "/api/bookings/",
        "//api/bookings",
        "/api/bookings/1/2/3",
        "/xwell-known/jwks.json",
        "/API/bookings",
    ],
)
def test_an_unknown_path_is_nowhere(path: str) -> None:
    with pytest.raises(NoSuchPath):
        TABLE.find("GET", path)


@pytest.mark.parametrize("text", ["abc", "0", "-1", "1.0", "01", "%31", "1e3", "9" * 17, "9" * 5000, "١"])
def test_what_is_no_id_names_nothing(text: str) -> None:
    with pytest.raises(NotFound):
        TABLE.find("GET", f"/api/bookings/{text}")


def test_another_method_is_told_which_there_are() -> None:
    with pytest.raises(MethodNotAllowed) as refused:
        TABLE.find("DELETE", "/api/bookings")
    assert refused.value.data == {"allow": "GET, HEAD, OPTIONS"}
    assert TABLE.methods("/api/bookings/1/cancel") == ["OPTIONS", "POST"]


@pytest.mark.parametrize("doors", [[GET, ICS], [ICS, GET]])
def test_of_two_paths_that_fit_the_one_that_says_more_is_meant(doors: list[Route]) -> None:
    assert Table(doors).find("GET", "/api/bookings/17.ics")[0] is ICS
    assert Table(doors).find("GET", "/api/bookings/17")[0] is GET


def test_a_path_that_is_a_key_is_shown_as_its_template() -> None:
    assert TABLE.shown("/calendar/a-b_c.ics") == "/calendar/{token}.ics"
    assert TABLE.shown("/api/bookings/17") == "/api/bookings/17"
    assert TABLE.shown("/nowhere") == "/nowhere"
