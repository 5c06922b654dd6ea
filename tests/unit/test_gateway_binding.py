"""How a path, a query string and a body become a request, and what is said of those that do not."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
import simplejson
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.booking import (
    BookingStatus,
    CancelBooking,
    CreateBooking,
    GetBooking,
    ListBookings,
    RemovePolicy,
    ReplacePolicy,
)
from contracts.catalog import LogOut, SaveTutorProfile, SearchTutors, UpdateMe
from contracts.errors import Invalid, NotFound, Stale
from contracts.message import Request
from contracts.notifications import ListNotifications
from contracts.scheduling import ListSlots, ReplaceAvailability
from gateway.binding import MOST_ENTRIES, bind
from gateway.calls import Call
from gateway.problems import Malformed, UnsupportedMediaType
from gateway.routes import Route

CREATE = Route("POST", "/api/bookings", CreateBooking)
LIST = Route("GET", "/api/bookings", ListBookings)
CANCEL = Route("POST", "/api/bookings/{booking_id}/cancel", CancelBooking)
PATCH_ME = Route("PATCH", "/api/me", UpdateMe)
PROFILE = Route("PUT", "/api/tutor/profile", SaveTutorProfile)
REPLACE_HOURS = Route("PUT", "/api/tutor/availability", ReplaceAvailability)
REPLACE_POLICY = Route("PUT", "/api/tutor/policy", ReplacePolicy)
SEARCH = Route("GET", "/api/tutors", SearchTutors)

BOOKING = {"tutor_profile_id": 10, "start_at": "2027-01-25T14:00:00Z", "duration_minutes": 60}


def a_call(body: Any = None, query: str = "", raw: bytes | None = None, **headers: str) -> Call:
    sent = simplejson.dumps(body).encode() if body is not None else b""
    given = {
        "content-type": "application/json",
        **{name.replace("_", "-"): text for name, text in headers.items()},
    }
    return Call("POST", "/", query, given, sent if raw is None else raw)


def complaints(route: Route, call: Call, **arguments: Any) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as refused:
        bind(route, arguments, call)
    return [(error["in"], error["pointer"]) for error in refused.value.errors]


def test_a_body_becomes_the_request() -> None:
    assert bind(CREATE, {}, a_call(BOOKING)) == CreateBooking(10, datetime(2027, 1, 25, 14, tzinfo=UTC), 60)


def test_path_and_body_join() -> None:
    assert bind(CANCEL, {"booking_id": 7}, a_call({"reason": "ill"})) == CancelBooking(7, "ill")


def test_a_body_may_be_left_out_where_nothing_in_it_is_needed() -> None:
    assert bind(CANCEL, {"booking_id": 7}, Call("POST", "/")) == CancelBooking(7)


def test_a_query_string_is_read_by_the_types_of_its_fields() -> None:
    slots = Route("GET", "/api/tutors/{tutor_profile_id}/slots", ListSlots)
    query = "from=2027-01-01&to=2027-01-07&duration_minutes=60&timezone=Europe%2FLondon"
    expected = ListSlots(10, date(2027, 1, 1), date(2027, 1, 7), 60, "Europe/London")
    assert bind(slots, {"tutor_profile_id": 10}, a_call(query=query)) == expected
    assert bind(SEARCH, {}, a_call(query="min_rate=20.5&max_rate=100")) == SearchTutors(
        min_rate=Decimal("20.50"), max_rate=Decimal("100.00")
    )
    assert bind(Route("GET", "/n", ListNotifications), {}, a_call(query="unread=true")) == ListNotifications(
        True
    )


@pytest.mark.parametrize(
    "query", ["status=PENDING&status=HELD", "status=PENDING,HELD", "status=PENDING%2CHELD"]
)
def test_a_list_in_a_query_string_is_repeated_or_has_commas(query: str) -> None:
    assert bind(LIST, {}, a_call(query=query)).status == [BookingStatus.PENDING, BookingStatus.HELD]


def test_a_command_may_take_a_field_from_the_query_string() -> None:
    replace = Route("PUT", "/api/tutor/policy", ReplacePolicy, query=("course_id",))
    assert bind(replace, {}, a_call({"slot_step_minutes": 15}, "course_id=3")).course_id == 3
    assert complaints(replace, a_call({"course_id": 3})) == [("body", "/course_id")]
    assert (
        bind(Route("DELETE", "/api/tutor/policy", RemovePolicy), {}, Call(query="course_id=3")).course_id == 3
    )


def test_a_null_where_one_is_allowed_is_the_same_as_nothing() -> None:
    assert bind(PATCH_ME, {}, a_call({"name": None, "locale": "de"})) == UpdateMe(locale="de")


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("page=", "/page"),
        ("page=0", "/page"),
        ("page=1.0", "/page"),
        ("page=1&page=2", "/page"),
        ("page=99999999999999999999999999", "/page"),
        ("page=" + "9" * 5000, "/page"),
        ("page_size=101", "/page_size"),
        ("sort=cheapest", "/sort"),
        ("min_rate=NaN", "/min_rate"),
        ("min_rate=1e3", "/min_rate"),
        ("min_rate=0.001", "/min_rate"),
        ("colour=red", "/colour"),
        ("among=1", "/among"),
    ],
)
def test_a_wrong_parameter_is_pointed_at(query: str, pointer: str) -> None:
    assert complaints(SEARCH, a_call(query=query)) == [("query", pointer)]


def test_what_is_given_twice_is_told_so_also_where_it_is_needed() -> None:
    route = Route("GET", "/api/tutors/{tutor_profile_id}/slots", ListSlots)
    twice = "from=2027-01-25&from=2027-01-26&to=2027-01-27&duration_minutes=60"
    with pytest.raises(Invalid) as refused:
        bind(route, {"tutor_profile_id": 10}, a_call(query=twice))
    assert [(error["pointer"], error["detail"]) for error in refused.value.errors] == [
        ("/from", "Given more than once.")
    ]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"start_at": "2027-01-25T14:00:00"}, "/start_at"),
        ({"duration_minutes": "60"}, "/duration_minutes"),
        ({"duration_minutes": True}, "/duration_minutes"),
        ({"hold": None}, "/hold"),
        ({"lesson_type": "telepathy"}, "/lesson_type"),
        ({"notes_student": "x" * 2001}, "/notes_student"),
        ({"expected_version": 1}, "/expected_version"),
        ({"a/b~c": 1}, "/a~1b~0c"),
        ({"\ud800": 1}, "/?"),
    ],
)
def test_a_wrong_field_is_pointed_at(change: dict[str, Any], pointer: str) -> None:
    assert complaints(CREATE, a_call(BOOKING | change)) == [("body", pointer)]


def test_pointers_reach_into_lists() -> None:
    profile = {
        "title": "Math",
        "hourly_rate": 45,
        "subjects": [{"subject_id": 1}, {"subject_id": 0}, {"name": 1}],
    }
    assert complaints(PROFILE, a_call(profile)) == [
        ("body", "/subjects/1/subject_id"),
        ("body", "/subjects/2/subject_id"),
        ("body", "/subjects/2/name"),
    ]


@pytest.mark.parametrize(
    ("route", "field"), [(REPLACE_HOURS, "weekly_hours"), (REPLACE_POLICY, "durations_minutes")]
)
def test_of_a_list_that_is_too_long_no_entry_is_looked_at(route: Route, field: str) -> None:
    body = {"timezone": "UTC"} if route is REPLACE_HOURS else {}
    with pytest.raises(Invalid) as refused:
        bind(route, {}, a_call({**body, field: ["no entry"] * (MOST_ENTRIES + 1)}))
    (error,) = refused.value.errors
    assert (error["pointer"], error["detail"]) == (f"/{field}", "Has more than 100 entries.")


def test_everything_that_is_wrong_is_said_at_once() -> None:
    found = complaints(CREATE, a_call({"start_at": 1, "colour": "red"}, "page=1"))
    assert sorted(found) == [
        ("body", "/colour"),
        ("body", "/duration_minutes"),
        ("body", "/start_at"),
        ("body", "/tutor_profile_id"),
        ("query", "/page"),
    ]


def test_complaints_are_bounded() -> None:
    body = {"x" * 1000 + str(number): 1 for number in range(1000)}
    found = complaints(CREATE, a_call(body))
    assert len(found) <= 50
    assert all(len(pointer) <= 101 for _, pointer in found)


def test_a_field_of_the_path_has_no_other_place() -> None:
    assert complaints(CANCEL, a_call({"booking_id": 8}), booking_id=7) == [("body", "/booking_id")]


def test_a_path_that_can_name_nothing_names_nothing() -> None:
    with pytest.raises(NotFound):
        bind(Route("GET", "/api/bookings/{booking_id}", GetBooking), {"booking_id": 2**53}, Call())


@pytest.mark.parametrize(
    "raw",
    [
        b"{",
        b"{a: 1}",
        b"[]",
        b"null",
        b'"text"',
        b"\xff{}",
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"a": ' + b"9" * 10_000 + b"}",
        b"{} {}",
        b" ",
    ],
)
def test_what_is_not_a_json_object_is_malformed(raw: bytes) -> None:
    with pytest.raises(Malformed):
        bind(CREATE, {}, a_call(raw=raw))


@pytest.mark.parametrize(
    "media_type",
    [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/json; charset=latin-1",
        "application/jsonp",
    ],
)
def test_a_body_of_another_type_is_not_read(media_type: str) -> None:
    with pytest.raises(UnsupportedMediaType):
        bind(CREATE, {}, a_call(BOOKING, content_type=media_type))


@pytest.mark.parametrize(("coding", "is_read"), [("gzip", False), ("br, gzip", False), ("Identity", True)])
def test_a_packed_body_is_not_read(coding: str, is_read: bool) -> None:
    call = a_call(BOOKING, content_encoding=coding)
    if is_read:
        assert bind(CREATE, {}, call).duration_minutes == 60
    else:
        with pytest.raises(UnsupportedMediaType):
            bind(CREATE, {}, call)


@pytest.mark.parametrize(
    "media_type", ["application/json", "Application/JSON; Charset=UTF-8", 'application/json;charset="utf-8"']
)
def test_json_is_known_by_any_spelling_of_its_type(media_type: str) -> None:
    assert bind(CREATE, {}, a_call(BOOKING, content_type=media_type)).duration_minutes == 60


@pytest.mark.parametrize("query", ["search_query=%ff", "&".join(f"p{number}=1" for number in range(200))])
def test_a_query_string_that_can_not_be_read_is_malformed(query: str) -> None:
    with pytest.raises(Malformed):
        bind(SEARCH, {}, a_call(query=query))


def test_if_match_is_the_expected_version() -> None:
    assert bind(PATCH_ME, {}, a_call({}, if_match='"3.0123456789abcdef"')).expected_version == 3
    assert bind(PATCH_ME, {}, a_call({}, if_match="*")).expected_version is None
    assert bind(PATCH_ME, {}, a_call({})).expected_version is None


@pytest.mark.parametrize(
    "if_match", ["", '"abc"', "3", 'W/"3.0123456789abcdef"', '"1.aa", "2.bb"', '"-1.aa"']
)
def test_an_if_match_that_is_none_of_our_tags_matches_nothing(if_match: str) -> None:
    with pytest.raises(Stale):
        bind(PATCH_ME, {}, a_call({}, if_match=if_match))


def test_if_match_is_refused_where_it_would_be_ignored() -> None:
    with pytest.raises(Malformed):
        bind(CREATE, {}, a_call(BOOKING, if_match='"3.0123456789abcdef"'))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=20), inner, max_size=3),
    max_leaves=10,
)
NAMES = st.sampled_from([*CREATE.fields, *PROFILE.fields]) | st.text(max_size=20)


@given(body=st.dictionaries(NAMES, JSON, max_size=8), query=st.text(max_size=50))
@settings(max_examples=40)
@pytest.mark.parametrize("route", [CREATE, PROFILE, PATCH_ME, Route("POST", "/api/auth/logout", LogOut)])
def test_whatever_is_sent_is_a_request_or_refused(route: Route, body: dict[str, Any], query: str) -> None:
    try:
        outcome = bind(route, {}, a_call(body, query))
    except (Invalid, Malformed) as refused:
        outcome = refused
    assert isinstance(outcome, Request | Malformed) or outcome.errors
