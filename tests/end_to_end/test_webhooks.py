"""Webhooks over HTTP: subscribed, pinged, told of a lesson's life, paused, sent again, removed."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from standardwebhooks import Webhook as Verifier

from tests.end_to_end.people import Json, Person, Student, Tutor, a_student, a_tutor, done, refused
from tests.end_to_end.world import World
from tests.strangers import Got, Receiver
from tests.waiting import eventually


@pytest.fixture(scope="module")
def tutor(world: World) -> Tutor:
    return a_tutor(world, requires_approval_for_one_on_one=True)


@pytest.fixture
def student(world: World) -> Student:
    return a_student(world)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as made:
        yield made


def subscribe(person: Person, receiver: Receiver, *types: str) -> Json:
    asked = {"url": receiver.url, "event_types": list(types) or ["*"], "description": "Our calendar"}
    webhook: Json = done(person.post("/api/webhooks", asked), 201)
    return webhook


def told(receiver: Receiver) -> list[str]:
    """The types of what has arrived, in order."""
    return [json.loads(got.body)["type"] for got in receiver.got]


def verified(webhook: Json, got: Got) -> Json:
    event: Json = Verifier(webhook["secret"]).verify(got.body, got.headers)
    return event


def test_a_lessons_life_is_told_to_both_sides_and_to_an_admin(
    world: World, tutor: Tutor, student: Student, admin: Person
) -> None:
    with Receiver() as students, Receiver() as tutors, Receiver() as admins:
        mine = subscribe(student, students, "booking_requested", "booking_confirmed", "booking_cancelled")
        subscribe(tutor, tutors, "booking_requested")
        all_of_it = subscribe(admin, admins)
        booking = student.book_confirmed(tutor, tutor.starts()[0])
        student.cancel(booking)
        steps = ["booking_requested", "booking_confirmed", "booking_cancelled"]
        eventually(lambda: told(students) == steps, within=15)
        eventually(lambda: told(tutors) == steps[:1], within=15)
        eventually(lambda: set(steps) <= set(told(admins)), within=15)
        last = verified(mine, students.got[-1])
        assert last["data"]["booking"]["id"] == booking["id"]
        assert last["data"]["booking"]["status"] == "CANCELLED_BY_STUDENT"
        assert not any(b"@" in got.body for got in (*students.got, *tutors.got, *admins.got))
        done(admin.delete(f"/api/webhooks/{all_of_it['id']}"), 204)


def test_a_webhook_is_made_pinged_changed_and_removed(student: Student, receiver: Receiver) -> None:
    webhook = subscribe(student, receiver, "booking_confirmed")
    path = f"/api/webhooks/{webhook['id']}"
    assert webhook["secret"].startswith("whsec_")
    assert done(student.get(path)) | {"secret": None} == webhook | {"secret": None}
    assert done(student.get(path))["secret"] is None
    ping = done(student.post(f"{path}/ping"), 202)
    eventually(lambda: told(receiver) == ["webhook_pinged"])
    assert verified(webhook, receiver.got[0])["id"] == ping["event_id"]
    etag = student.get(path).headers["ETag"]
    changed = done(student.patch(path, {"event_types": ["*"], "description": ""}, {"If-Match": etag}))
    assert (changed["event_types"], changed["description"], changed["secret"]) == (["*"], "", None)
    refused(student.patch(path, {"description": "x"}, {"If-Match": etag}), 412, "stale")
    rotated = done(student.patch(path, {"rotate_secret": True}))
    assert rotated["secret"] not in (None, webhook["secret"])
    assert [each["id"] for each in done(student.get("/api/webhooks"))["items"]] == [webhook["id"]]
    done(student.delete(path), 204)
    refused(student.get(path), 404, "not_found")


def test_what_was_sent_is_in_a_log_and_can_be_sent_again(
    student: Student, tutor: Tutor, receiver: Receiver
) -> None:
    receiver.status = 500
    path = f"/api/webhooks/{subscribe(student, receiver)['id']}"
    student.book(tutor, tutor.starts()[0])
    eventually(lambda: len(receiver.got) >= 1, within=15)
    receiver.status = 204
    (delivery,) = done(student.get(f"{path}/deliveries"))["items"]
    assert (delivery["event_type"], delivery["event_id"]) == (
        "booking_requested",
        receiver.got[0].headers["webhook-id"],
    )
    again = done(student.post(f"{path}/deliveries/{delivery['id']}/resend"), 202)
    assert again["event_id"] == delivery["event_id"]
    eventually(lambda: done(student.get(f"{path}/deliveries", status="delivered"))["total"] == 1)
    (delivery,) = done(student.get(f"{path}/deliveries"))["items"]
    assert [each["status"] for each in delivery["attempts"]][-1] == 204
    assert all(each["duration_ms"] >= 0 for each in delivery["attempts"])


def test_a_paused_webhook_is_told_nothing(
    world: World, student: Student, tutor: Tutor, receiver: Receiver
) -> None:
    path = f"/api/webhooks/{subscribe(student, receiver)['id']}"
    assert done(student.patch(path, {"status": "paused"}))["paused_because"] == "asked"
    student.book(tutor, tutor.starts()[0])
    world.settle()
    refused(student.post(f"{path}/ping"), 409, "webhook_paused")
    assert done(student.get(f"{path}/deliveries"))["total"] == 0
    assert done(student.patch(path, {"status": "active"}))["paused_because"] is None
    done(student.post(f"{path}/ping"), 202)
    eventually(lambda: told(receiver) == ["webhook_pinged"])


def test_a_repeated_subscription_is_one_and_tells_its_secret_again(
    student: Student, receiver: Receiver
) -> None:
    asked = {"url": receiver.url, "event_types": ["*"]}
    first, second = (student.post("/api/webhooks", asked, key="k-1") for _ in range(2))
    assert second.headers["Idempotent-Replayed"] == "true"
    assert first.content == second.content
    assert done(student.get("/api/webhooks"))["total"] == 1


@pytest.mark.parametrize(
    "url",
    ["https://10.0.0.1/hook", "https://169.254.169.254/", "http://198.51.100.1/", "https://8.8.8.8:22/"],
)
def test_private_addresses_are_refused(student: Student, url: str) -> None:
    problem = refused(
        student.post("/api/webhooks", {"url": url, "event_types": ["*"]}), 422, "address_not_allowed"
    )
    assert problem["errors"][0]["pointer"] == "/url"


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "ftp://example.org/"},
        {"url": "https://user:password@example.org/"},
        {"event_types": []},
        {"event_types": ["account_changed"]},
        {"event_types": ["booking_confirmed"] * 51},
        {"secret": "whsec_mine"},
    ],
)
def test_a_wrong_subscription_is_refused(student: Student, receiver: Receiver, wrong: Json) -> None:
    response = student.post("/api/webhooks", {"url": receiver.url, "event_types": ["*"], **wrong})
    refused(response, 422, "invalid")
