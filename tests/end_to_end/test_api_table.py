"""The API as it was promised: every row is answered by the running gateway and described in its document.

What more there is has a row of its own below; nothing else is described. Who is answered what is the
concern of `test_authorization`.
"""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.end_to_end.people import Anyone, Json, done, refused
from tests.end_to_end.world import World

# Where a row has a query, it takes at least that.
PROMISED = """
    POST /api/auth/register
    POST /api/auth/login
    POST /api/auth/refresh
    POST /api/auth/logout
    GET /api/me
    PATCH /api/me
    DELETE /api/me
    GET /api/me/export
    GET /api/me/classes
    GET /api/subjects
    POST /api/admin/subjects
    GET /api/tutors?subject_id&min_rate&max_rate&min_rating&search_query&available_from&available_to&sort
    GET /api/tutors/{id}
    GET /api/tutor/profile
    PUT /api/tutor/profile
    POST /api/tutor/profile/submit
    POST /api/admin/tutors/{id}/approve
    POST /api/admin/tutors/{id}/reject
    POST /api/admin/tutors/{id}/suspend
    POST /api/admin/tutors/{id}/reinstate
    GET /api/courses
    GET /api/courses/{id}
    POST /api/tutor/courses
    PATCH /api/tutor/courses/{id}
    DELETE /api/tutor/courses/{id}
    POST /api/courses/{id}/enrolment
    DELETE /api/courses/{id}/enrolment
    GET /api/tutors/{id}/packages
    POST /api/tutor/packages
    DELETE /api/tutor/packages/{id}
    POST /api/packages/{offer_id}/purchase
    GET /api/packages
    GET /api/tutors/{id}/slots?from&to&duration_minutes&timezone&course_id
    GET /api/tutor/availability
    PUT /api/tutor/availability
    GET /api/tutor/availability/overrides
    POST /api/tutor/availability/overrides
    DELETE /api/tutor/availability/overrides/{id}
    GET /api/tutor/availability/additions
    POST /api/tutor/availability/additions
    DELETE /api/tutor/availability/additions/{id}
    GET /api/tutor/availability/time-off
    POST /api/tutor/availability/time-off
    DELETE /api/tutor/availability/time-off/{id}
    GET /api/tutor/calendars
    POST /api/tutor/calendars
    DELETE /api/tutor/calendars/{id}
    POST /api/tutor/calendars/{id}/refresh
    GET /api/tutor/policy?course_id
    PUT /api/tutor/policy?course_id
    DELETE /api/tutor/policy?course_id
    POST /api/bookings
    POST /api/bookings/{id}/checkout
    GET /api/bookings?status&role&from&to
    GET /api/bookings/{id}
    GET /api/bookings/{id}/history
    GET /api/bookings/{id}.ics
    POST /api/bookings/{id}/cancel
    GET /api/bookings/{id}/cancellation-preview
    POST /api/bookings/{id}/reschedule
    POST /api/tutor/bookings/{id}/confirm
    POST /api/tutor/bookings/{id}/decline
    POST /api/tutor/bookings/{id}/complete
    POST /api/tutor/bookings/{id}/mark-no-show-student
    POST /api/tutor/bookings/{id}/mark-no-show-tutor
    GET /api/tutor/students
    POST /api/tutor/sessions
    GET /api/tutor/sessions
    POST /api/tutor/sessions/{id}/cancel
    GET /api/sessions?tutor_profile_id&course_id&from&to
    GET /api/sessions/{id}
    POST /api/sessions/{id}/bookings
    POST /api/sessions/{id}/waitlist
    DELETE /api/sessions/{id}/waitlist
    GET /api/waitlist
    POST /api/waitlist/{id}/accept
    POST /api/series/preview
    POST /api/series
    GET /api/series
    GET /api/series/{id}
    POST /api/series/{id}/cancel
    POST /api/series/{id}/pause
    POST /api/series/{id}/resume
    POST /api/admin/generate-sessions
    POST /api/cron/generate-sessions
    POST /api/reviews
    GET /api/tutors/{id}/reviews
    PATCH /api/reviews/{id}
    DELETE /api/reviews/{id}
    POST /api/reviews/{id}/reply
    POST /api/reviews/{id}/report
    POST /api/admin/reviews/{id}/hide
    POST /api/admin/reviews/{id}/show
    GET /api/notifications
    POST /api/notifications/{id}/read
    POST /api/notifications/read-all
    GET /api/notifications/preferences
    PUT /api/notifications/preferences
    GET /api/events
    POST /api/webhooks
    GET /api/webhooks
    GET /api/webhooks/{id}
    PATCH /api/webhooks/{id}
    DELETE /api/webhooks/{id}
    GET /api/webhooks/{id}/deliveries
    POST /api/webhooks/{id}/deliveries/{id}/resend
    POST /api/webhooks/{id}/ping
    POST /api/calendar-feed
    DELETE /api/calendar-feed
    GET /calendar/{token}.ics
    GET /api/admin/ledger
    GET /api/admin/dead-letters
    POST /api/admin/dead-letters/{id}/replay
    GET /healthz
    GET /readyz
    GET /metrics
    GET /version
    GET /openapi.json
    GET /asyncapi.json
    GET /docs
"""

# What came since, and what the pages need.
ADDED = """
    GET /api/tutor/calendars/{id}
    GET /api/bookings/{id}/payment
    GET /api/packages/{id}/payment
    POST /api/payments/stripe
    GET /api/admin/payments
    POST /api/admin/payments/{id}/settle
    GET /docs/docs.js
    GET /docs/docs.css
    GET /.well-known/jwks.json
"""

# The bodies that the table itself names.
BODIES = {
    "POST /api/bookings": "tutor_profile_id start_at duration_minutes lesson_type subject_id course_id"
    " notes_student use_package_id hold",
    "POST /api/bookings/{id}/cancel": "reason",
    "POST /api/bookings/{id}/reschedule": "new_start_at",
    "POST /api/tutor/bookings/{id}/confirm": "notes_tutor",
    "POST /api/tutor/bookings/{id}/decline": "reason",
    "POST /api/tutor/bookings/{id}/mark-no-show-student": "notes",
    "POST /api/tutor/bookings/{id}/mark-no-show-tutor": "notes",
    "POST /api/sessions/{id}/bookings": "seats_reserved",
    "POST /api/series/{id}/cancel": "future_only",
    "POST /api/admin/generate-sessions": "weeksAhead",
}


def rows(table: str) -> dict[str, set[str]]:
    """What each row of the table asks of the query, by its operation."""
    split = (row.strip().partition("?") for row in table.split("\n") if row.strip())
    return {nameless(operation): set(query.split("&")) - {""} for operation, _, query in split}


def nameless(operation: str) -> str:
    """The operation, whatever the ids in its path are called."""
    return re.sub(r"{\w+}", "{}", operation)


ROWS = rows(PROMISED)


@pytest.fixture(scope="module")
def described(world: World) -> dict[str, Json]:
    """The operations of the gateway's document."""
    document = done(Anyone(world).get("/openapi.json"))
    return {
        nameless(f"{method.upper()} {path}"): {**operation, "document": document}
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def test_what_is_described_is_what_was_promised_and_what_is_known_to_be_added(
    described: dict[str, Json],
) -> None:
    assert described.keys() == ROWS.keys() | rows(ADDED).keys()


@pytest.mark.parametrize("operation", [*ROWS, *rows(ADDED)])
def test_every_row_is_answered(anyone: Anyone, operation: str) -> None:
    method, _, path = operation.partition(" ")
    response = anyone.call(method, path.replace("{}", "1"))
    assert response.status_code not in (405, 500, 501, 503)
    if not response.ok:
        assert response.json()["code"] != "no_such_path"


@pytest.mark.parametrize("operation", [operation for operation, query in ROWS.items() if query])
def test_every_row_takes_the_query_that_it_names(described: dict[str, Json], operation: str) -> None:
    taken = {each.get("name") for each in described[operation]["parameters"] if each.get("in") == "query"}
    assert ROWS[operation] <= taken


@pytest.mark.parametrize("operation", BODIES)
def test_every_row_takes_the_body_that_it_names(described: dict[str, Json], operation: str) -> None:
    assert set(BODIES[operation].split()) <= body_of(described[nameless(operation)])


def test_what_is_nowhere_is_told_apart(anyone: Anyone) -> None:
    refused(anyone.get("/api/nowhere"), 404, "no_such_path")
    refused(anyone.delete("/api/tutors"), 405, "method_not_allowed")


def body_of(operation: Json) -> set[str]:
    """The fields of the body that is described."""
    schema: Any = operation["requestBody"]["content"]["application/json"]["schema"]
    if "$ref" in schema:
        schema = operation["document"]["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return set(schema["properties"])
