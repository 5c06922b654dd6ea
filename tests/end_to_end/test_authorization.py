"""Who may do what: every operation in /openapi.json, tried by everybody.

A row says what each of six callers is answered, in this order: anyone, the student concerned, another
student, the tutor concerned, another tutor, an admin. Who is not let in asks first, so that nobody who
comes later finds anything changed by them; a 404, 409 or 422 means that the door was open, and what lay
behind was not as it would have to be. An operation without a row fails.
"""

from __future__ import annotations

import pytest
from requests import Response

from tests.end_to_end.people import (
    PASSWORD,
    Anyone,
    Person,
    a_new_tutor,
    a_word,
    done,
)
from tests.end_to_end.scene import CALLERS, Scene, a_scene
from tests.end_to_end.world import World

EVERYBODY = "200 200 200 200 200 200"
SIGNED_IN = "401 200 200 200 200 200"
STUDENTS = "401 200 200 403 403 403"
TUTORS = "401 403 403 200 200 403"
ADMINS = "401 403 403 403 403 200"
BOTH_SIDES = "401 200 403 200 403 200"  # and an admin
THE_STUDENT = "401 200 403 403 403 403"


ROWS = {
    # accounts
    "POST /api/auth/register": "201 201 201 201 201 201",
    "POST /api/auth/login": EVERYBODY,
    "POST /api/auth/refresh": "401 401 401 401 401 401",  # with a token that nobody was given
    "POST /api/auth/logout": "204 204 204 204 204 204",
    "GET /api/me": SIGNED_IN,
    "PATCH /api/me": SIGNED_IN,
    "GET /api/me/export": SIGNED_IN,
    "DELETE /api/me": "401 204 204 204 204 204",
    # catalog
    "GET /api/subjects": EVERYBODY,
    "POST /api/admin/subjects": "401 403 403 403 403 201",
    "GET /api/tutors": EVERYBODY,
    "GET /api/tutors/{tutor_profile_id}": EVERYBODY,
    "GET /api/tutor/profile": TUTORS,
    "PUT /api/tutor/profile": TUTORS,
    "POST /api/tutor/profile/submit": "401 403 403 409 409 403",
    "POST /api/admin/tutors/{tutor_profile_id}/approve": "401 403 403 403 403 409",
    "POST /api/admin/tutors/{tutor_profile_id}/reject": "401 403 403 403 403 409",
    "POST /api/admin/tutors/{tutor_profile_id}/suspend": ADMINS,
    "POST /api/admin/tutors/{tutor_profile_id}/reinstate": ADMINS,
    "GET /api/courses": EVERYBODY,
    "GET /api/courses/{course_id}": EVERYBODY,
    "POST /api/tutor/courses": "401 403 403 201 201 403",
    "PATCH /api/tutor/courses/{course_id}": "401 403 403 200 403 403",
    "POST /api/courses/{course_id}/enrolment": "401 201 201 403 403 403",
    "DELETE /api/courses/{course_id}/enrolment": "401 204 204 403 403 403",
    "DELETE /api/tutor/courses/{course_id}": "401 403 403 204 403 403",
    "GET /api/tutors/{tutor_profile_id}/packages": EVERYBODY,
    "POST /api/tutor/packages": "401 403 403 201 201 403",
    "POST /api/packages/{offer_id}/purchase": "401 201 201 403 403 403",
    "DELETE /api/tutor/packages/{offer_id}": "401 403 403 204 403 403",
    # scheduling
    "GET /api/tutors/{tutor_profile_id}/slots": EVERYBODY,
    "GET /api/tutor/availability": TUTORS,
    "PUT /api/tutor/availability": TUTORS,
    "GET /api/tutor/availability/overrides": TUTORS,
    "POST /api/tutor/availability/overrides": "401 403 403 201 201 403",
    "DELETE /api/tutor/availability/overrides/{override_id}": "401 403 403 204 403 403",
    "GET /api/tutor/availability/additions": TUTORS,
    "POST /api/tutor/availability/additions": "401 403 403 201 201 403",
    "DELETE /api/tutor/availability/additions/{addition_id}": "401 403 403 204 403 403",
    "GET /api/tutor/availability/time-off": TUTORS,
    "POST /api/tutor/availability/time-off": "401 403 403 201 201 403",
    "DELETE /api/tutor/availability/time-off/{time_off_id}": "401 403 403 204 403 403",
    "GET /api/tutor/calendars": TUTORS,
    "POST /api/tutor/calendars": "401 403 403 201 201 403",
    "GET /api/tutor/calendars/{calendar_id}": "401 403 403 200 403 403",
    "POST /api/tutor/calendars/{calendar_id}/refresh": "401 403 403 202 403 403",
    "DELETE /api/tutor/calendars/{calendar_id}": "401 403 403 204 403 403",
    # booking
    "GET /api/tutor/policy": TUTORS,
    "PUT /api/tutor/policy": TUTORS,
    "DELETE /api/tutor/policy": "401 403 403 204 204 403",
    "POST /api/bookings": "401 201 409 403 403 403",
    "GET /api/bookings": SIGNED_IN,
    "GET /api/bookings/{booking_id}": BOTH_SIDES,
    "GET /api/bookings/{booking_id}.ics": BOTH_SIDES,
    "GET /api/bookings/{booking_id}/history": BOTH_SIDES,
    "GET /api/bookings/{booking_id}/cancellation-preview": BOTH_SIDES,
    "POST /api/bookings/{booking_id}/checkout": "401 200 403 403 403 403",
    "POST /api/bookings/{booking_id}/cancel": "401 200 403 409 403 409",
    "POST /api/bookings/{booking_id}/reschedule": "401 200 403 403 403 403",
    "POST /api/tutor/bookings/{booking_id}/confirm": "401 403 403 200 403 403",
    "POST /api/tutor/bookings/{booking_id}/decline": "401 403 403 200 403 403",
    "POST /api/tutor/bookings/{booking_id}/complete": "401 403 403 409 403 403",
    "POST /api/tutor/bookings/{booking_id}/mark-no-show-student": "401 403 403 409 403 403",
    "POST /api/tutor/bookings/{booking_id}/mark-no-show-tutor": "401 409 403 403 403 403",
    "POST /api/tutor/sessions": "401 403 403 201 403 403",
    "GET /api/tutor/sessions": TUTORS,
    "GET /api/sessions": EVERYBODY,
    "GET /api/sessions/{session_id}": EVERYBODY,
    "POST /api/sessions/{session_id}/bookings": "401 201 409 403 403 403",  # of one seat
    "POST /api/sessions/{session_id}/waitlist": "401 409 201 403 403 403",
    "DELETE /api/sessions/{session_id}/waitlist": "401 404 204 403 403 403",
    "GET /api/waitlist": STUDENTS,
    "POST /api/waitlist/{entry_id}/accept": "401 201 403 403 403 403",
    "POST /api/tutor/sessions/{session_id}/cancel": "401 403 403 200 403 409",
    "POST /api/series/preview": STUDENTS,
    "POST /api/series": "401 201 201 403 403 403",
    "GET /api/series": SIGNED_IN,
    "GET /api/series/{series_id}": BOTH_SIDES,
    "POST /api/series/{series_id}/pause": "401 200 403 409 403 409",
    "POST /api/series/{series_id}/resume": "401 200 403 409 403 409",
    "POST /api/series/{series_id}/cancel": BOTH_SIDES,
    "POST /api/admin/generate-sessions": ADMINS,
    "POST /api/cron/generate-sessions": "401 401 401 401 401 401",  # a secret opens it, and nothing else
    "GET /api/me/classes": STUDENTS,
    "GET /api/tutor/students": TUTORS,
    "GET /api/packages": STUDENTS,
    "GET /api/packages/{package_id}/payment": "401 200 403 403 403 200",
    "GET /api/bookings/{booking_id}/payment": "401 200 403 403 403 200",
    "POST /api/payments/stripe": "401 401 401 401 401 401",  # nobody has its key
    "GET /api/admin/payments": ADMINS,
    "POST /api/admin/payments/{payment_id}/settle": ADMINS,
    "GET /api/admin/ledger": ADMINS,
    # reviews
    "POST /api/reviews": "401 409 403 403 403 403",
    "GET /api/tutors/{tutor_profile_id}/reviews": EVERYBODY,
    "PATCH /api/reviews/{review_id}": "401 200 403 403 403 403",
    "POST /api/reviews/{review_id}/reply": "401 403 403 200 403 403",
    "POST /api/reviews/{review_id}/report": "401 204 204 204 204 204",
    "POST /api/admin/reviews/{review_id}/hide": ADMINS,
    "POST /api/admin/reviews/{review_id}/show": ADMINS,
    "DELETE /api/reviews/{review_id}": "401 204 403 403 403 404",
    # notifications
    "GET /api/notifications": SIGNED_IN,
    "POST /api/notifications/{notification_id}/read": "401 200 403 403 403 403",
    "POST /api/notifications/read-all": "401 204 204 204 204 204",
    "GET /api/notifications/preferences": SIGNED_IN,
    "PUT /api/notifications/preferences": SIGNED_IN,
    "GET /api/events": SIGNED_IN,
    "POST /api/webhooks": "401 201 201 201 201 201",
    "GET /api/webhooks": SIGNED_IN,
    "GET /api/webhooks/{webhook_id}": THE_STUDENT,
    "PATCH /api/webhooks/{webhook_id}": THE_STUDENT,
    "GET /api/webhooks/{webhook_id}/deliveries": THE_STUDENT,
    "POST /api/webhooks/{webhook_id}/ping": "401 202 403 403 403 403",
    "POST /api/webhooks/{webhook_id}/deliveries/{delivery_id}/resend": "401 202 403 403 403 403",
    "DELETE /api/webhooks/{webhook_id}": "401 204 403 403 403 403",
    "GET /calendar/{token}.ics": EVERYBODY,  # who has the address has the key
    "POST /api/calendar-feed": "401 201 201 201 201 201",
    "DELETE /api/calendar-feed": "401 204 204 204 204 204",
    # the platform itself
    "GET /api/admin/dead-letters": ADMINS,
    "POST /api/admin/dead-letters/{dead_letter_id}/replay": "401 403 403 403 403 404",
    "GET /healthz": EVERYBODY,
    "GET /readyz": EVERYBODY,
    "GET /metrics": EVERYBODY,
    "GET /version": EVERYBODY,
    "GET /openapi.json": EVERYBODY,
    "GET /asyncapi.json": EVERYBODY,
    "GET /docs": EVERYBODY,
    "GET /docs/docs.js": EVERYBODY,
    "GET /docs/docs.css": EVERYBODY,
    "GET /.well-known/jwks.json": EVERYBODY,
}


@pytest.fixture(scope="module")
def scene(world: World) -> Scene:
    return a_scene(world)


def test_every_operation_has_a_row(anyone: Anyone) -> None:
    paths = done(anyone.get("/openapi.json"))["paths"]
    operations = {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}
    assert operations == ROWS.keys()


@pytest.mark.parametrize("operation", ROWS)
def test_everybody_is_answered_as_the_row_says(scene: Scene, operation: str) -> None:
    expected = dict(zip(CALLERS, map(int, ROWS[operation].split()), strict=True))
    shut_out_first = sorted(expected, key=lambda caller: expected[caller] not in (401, 403))
    answered = {caller: scene.ask(caller, operation) for caller in shut_out_first}
    assert {caller: answered[caller].status_code for caller in CALLERS} == expected
    for response in answered.values():
        if response.status_code in (401, 403):
            tells_nothing(response)


def tells_nothing(response: Response) -> None:
    """Who is shut out learns nothing of what is behind the door."""
    problem = response.json()
    assert problem.keys() == {"type", "title", "status", "detail", "instance", "code", "request_id"}
    assert response.headers["Content-Type"] == "application/problem+json"
    assert ("WWW-Authenticate" in response.headers) == (response.status_code == 401)


def test_lists_hold_nothing_of_others(scene: Scene) -> None:
    for caller in ("another student", "another tutor"):
        assert done(scene.callers[caller].get("/api/bookings"))["total"] == 0
        told = done(scene.callers[caller].get("/api/notifications"))["items"]
        by_themselves = {"package_purchased", "occurrence_skipped", "calendar_stale"}
        assert {each["kind"] for each in told} <= by_themselves
    student = scene.person("student").id
    filtered = done(scene.callers["another tutor"].get("/api/bookings", student_id=student))
    assert filtered["total"] == 0


def test_a_draft_of_a_profile_is_seen_by_its_tutor_and_admins_only(world: World, scene: Scene) -> None:
    draft = a_new_tutor(world)
    seen = [
        each.get(f"/api/tutors/{draft.profile_id}").status_code for each in (*scene.callers.values(), draft)
    ]
    assert seen == [404, 404, 404, 404, 404, 200, 200]


def test_an_account_does_not_make_itself_or_others_an_admin(
    anyone: Anyone, admin: Person, scene: Scene
) -> None:
    asked = {"password": PASSWORD, "name": "King", "role": "admin"}
    for caller in (anyone, scene.callers["student"], scene.callers["tutor"]):
        response = caller.post("/api/auth/register", {**asked, "email": f"{a_word()}@example.org"})
        assert (response.status_code, response.json()["code"]) == (403, "role_not_open")
    assert scene.callers["student"].patch("/api/me", {"role": "admin"}).status_code == 422
    made = done(admin.post("/api/auth/register", {**asked, "email": f"{a_word()}@example.org"}), 201)
    assert made["role"] == "admin"
