"""A group session as its tutor and students meet it: announced, filled, waited for, held, called off."""

from __future__ import annotations

from datetime import timedelta

from contracts.formats import format_instant
from tests.end_to_end.groups import announced, course, place, plan, seated, seen, start_of
from tests.end_to_end.people import (
    Anyone,
    Json,
    Person,
    Tutor,
    a_student,
    a_tutor,
    done,
    ledger_of,
    refused,
    statuses,
)
from tests.end_to_end.world import World
from tests.waiting import eventually

HOUR = timedelta(hours=1)


def test_a_session_is_filled_waited_for_and_held(world: World, anyone: Anyone, admin: Person) -> None:
    tutor = a_tutor(world)
    ann, ben, cleo, dan = (a_student(world) for _ in range(4))
    session = announced(tutor, capacity=3, meeting_passcode="pythagoras")
    assert (session["seats_taken"], session["seats_left"], session["status"]) == (0, 3, "scheduled")
    [listed] = done(anyone.get("/api/sessions", tutor_profile_id=tutor.profile_id))["items"]
    assert (listed["id"], listed["meeting_link"], listed["meeting_passcode"]) == (session["id"], None, None)

    two, one = seated(ann, session, 2), seated(ben, session)
    assert (two["status"], two["total_amount"], two["booking_type"]) == ("CONFIRMED", 36.8, "group_session")
    assert two["join_url"] == session["meeting_link"]
    assert seen(ann, session)["meeting_passcode"] == "pythagoras"
    assert seen(cleo, session)["meeting_passcode"] is None
    full = refused(cleo.post(f"/api/sessions/{session['id']}/bookings"), 409, "session_full")
    assert full["seats_left"] == 0

    waiting = done(cleo.post(f"/api/sessions/{session['id']}/waitlist"), 201)
    assert (waiting["status"], waiting["position"]) == ("waiting", 1)
    assert done(dan.post(f"/api/sessions/{session['id']}/waitlist"), 201)["position"] == 2
    ben.cancel(one)
    assert (place(cleo)["status"], place(dan)["status"]) == ("offered", "waiting")
    refused(dan.post(f"/api/sessions/{session['id']}/bookings"), 409, "session_full")
    world.pass_time(hours=2, seconds=1)
    eventually(lambda: place(dan)["status"] == "offered", within=10)
    refused(cleo.post(f"/api/waitlist/{waiting['id']}/accept"), 409, "wrong_status")
    taken = done(dan.post(f"/api/waitlist/{place(dan)['id']}/accept"), 201)
    assert (taken["session_id"], taken["status"]) == (session["id"], "CONFIRMED")
    refused(dan.move(taken, start_of(session) + HOUR), 409, "seat_not_movable")

    world.wait_until(start_of(session) + HOUR)
    assert tutor.complete(two)["status"] == "COMPLETED"
    done(tutor.post(f"/api/tutor/bookings/{taken['id']}/mark-no-show-student"))
    assert seen(ann, session)["status"] == "completed"
    assert statuses(ben, one) == ["CONFIRMED", "CANCELLED_BY_STUDENT"]
    assert ledger_of(admin, one) == {}
    earned = {f"student:{ann.id}": 36.8, f"tutor:{tutor.profile_id}": -32.0, "platform": -4.8}
    assert ledger_of(admin, two) == earned


def test_a_session_leaves_the_slot_list_and_comes_back_when_it_is_called_off(
    world: World, admin: Person
) -> None:
    tutor, student = a_tutor(world), a_student(world)
    first = tutor.starts(first=2)[0]
    session = announced(tutor, start=first)
    booking = seated(student, session)
    world.settle()
    assert tutor.starts(first=2)[0] == first + HOUR
    refused(a_student(world).ask_for(tutor, first), 409, "slot_taken")
    refused(tutor.post("/api/tutor/sessions", plan(session["course_id"], first)), 409, "slot_taken")

    cancelled = done(tutor.post(f"/api/tutor/sessions/{session['id']}/cancel", {"reason": "I am ill."}))
    assert (cancelled["status"], cancelled["seats_taken"]) == ("cancelled", 0)
    ended = student.booking(booking["id"])
    assert (ended["status"], ended["cancel_reason"]) == ("CANCELLED_BY_TUTOR", "I am ill.")
    assert ledger_of(admin, booking) == {}
    refused(student.post(f"/api/sessions/{session['id']}/bookings"), 409, "wrong_status")
    world.settle()
    assert tutor.starts(first=2)[0] == first


def test_a_seat_in_a_session_makes_its_student_busy_elsewhere(world: World) -> None:
    tutor, other, student = a_tutor(world), a_tutor(world), a_student(world)
    start = other.starts(first=2)[2]
    seat = seated(student, announced(tutor, start=start))
    world.settle()
    own = {slot["start_at"] for day in done(student.get(**slots(other)))["days"] for slot in day["slots"]}
    assert format_instant(start) not in own
    assert start in other.starts()
    refused(student.ask_for(other, start), 409, "student_busy")
    student.cancel(seat)
    student.book(other, start)


def test_a_group_course_is_not_booked_alone_and_another_not_in_a_group(world: World) -> None:
    tutor, student = a_tutor(world), a_student(world)
    start = tutor.starts(first=2)[0]
    group = course(tutor)
    alone = course(tutor, kind="one_on_one")
    refused(student.ask_for(tutor, start, course_id=group, subject_id=None), 400, "subject_not_taught")
    refused(tutor.get(**slots(tutor, course_id=group)), 400, "subject_not_taught")
    refused(tutor.post("/api/tutor/sessions", plan(alone, start)), 400, "subject_not_taught")
    student.book(tutor, start, course_id=alone, subject_id=None)


def test_an_approval_for_groups_is_asked_of_each_student(world: World) -> None:
    tutor, student = a_tutor(world, requires_approval_for_group=True), a_student(world)
    session = announced(tutor)
    asked = seated(student, session, 2)
    assert (asked["status"], asked["join_url"]) == ("PENDING", None)
    assert seen(student, session)["meeting_link"] is None
    assert tutor.confirm(asked)["join_url"] == session["meeting_link"]
    assert seen(student, session)["meeting_link"] == session["meeting_link"]


def slots(tutor: Tutor, **query: object) -> Json:
    """What to ask for the next two weeks of a tutor's slots."""
    today = tutor.world.now().date()
    period = {"from": today, "to": today + timedelta(days=14), "duration_minutes": 60}
    return {"path": f"/api/tutors/{tutor.profile_id}/slots", **period, **query}
