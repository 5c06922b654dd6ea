"""A lesson from the first search to the review, over HTTP, with the clock of the whole platform moved on."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from contracts.formats import format_instant
from tests.end_to_end.people import (
    EVERY_DAY,
    Anyone,
    Person,
    Tutor,
    a_new_tutor,
    a_student,
    a_tutor,
    a_word,
    done,
    ledger_of,
    present,
    refused,
    slots_of,
    start_of,
    statuses,
)
from tests.end_to_end.world import World
from tests.waiting import eventually

HOUR = timedelta(hours=1)


def found(anyone: Anyone, **filters: Any) -> list[int]:
    """The tutors that a search finds, in its order."""
    page = done(anyone.get("/api/tutors", **filters))
    assert page["total"] == len(page["items"])
    return [card["tutor_profile_id"] for card in page["items"]]


# --- before the first lesson -----------------------------------------------------------------------------


def test_a_tutor_is_found_and_can_be_booked_only_once_approved(
    world: World, anyone: Anyone, admin: Person
) -> None:
    tutor = a_new_tutor(world, timezone="Europe/London")
    present(tutor)
    student = a_student(world)
    start = world.now().replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(days=3)

    def tried() -> tuple[str, list[int]]:
        return student.ask_for(tutor, start).json()["code"], found(anyone, subject_id=tutor.subject_id)

    assert tutor.get("/api/tutor/profile").json()["status"] == "draft"
    assert tried() == ("tutor_not_approved", [])
    done(tutor.post("/api/tutor/profile/submit"))
    world.settle()
    assert tried() == ("tutor_not_approved", [])
    assert anyone.get(f"/api/tutors/{tutor.profile_id}").status_code == 404
    done(admin.post(f"/api/admin/tutors/{tutor.profile_id}/approve"))
    world.settle()
    assert tried() == ("not_open", [tutor.profile_id])
    done(tutor.put("/api/tutor/availability", {"timezone": "Europe/London", "weekly_hours": EVERY_DAY}))
    world.settle()
    student.book(tutor, start)
    done(admin.post(f"/api/admin/tutors/{tutor.profile_id}/suspend", {"reason": "Under review."}))
    world.settle()
    assert tried() == ("tutor_not_approved", [])


def test_a_rejected_profile_can_be_mended_and_submitted_again(world: World, admin: Person) -> None:
    tutor = a_new_tutor(world)
    refused(tutor.post("/api/tutor/profile/submit"), 409, "profile_incomplete")
    present(tutor)
    done(tutor.post("/api/tutor/profile/submit"))
    done(admin.post(f"/api/admin/tutors/{tutor.profile_id}/reject", {"reason": "Say more."}))
    profile = done(tutor.get("/api/tutor/profile"))
    assert (profile["status"], profile["rejection_reason"]) == ("rejected", "Say more.")
    done(tutor.post("/api/tutor/profile/submit"))
    assert done(tutor.get("/api/tutor/profile"))["status"] == "pending_review"
    refused(tutor.post("/api/tutor/profile/submit"), 409, "wrong_profile_status")


def test_search_finds_by_words_typos_rates_and_real_availability(world: World, anyone: Anyone) -> None:
    word = a_word()
    cheap, dear = a_tutor(world, rate=20), a_tutor(world, rate=80)
    for tutor, rate in ((cheap, 20), (dear, 80)):
        present_again(tutor, rate, word)
    world.settle()
    assert sorted(found(anyone, search_query=word)) == sorted([cheap.profile_id, dear.profile_id])
    typo = f"{word[:5]}{word[6]}{word[5]}{word[7:]}"
    assert cheap.profile_id in found(anyone, search_query=typo)
    assert found(anyone, search_query=word, max_rate=50) == [cheap.profile_id]
    assert found(anyone, search_query=word, min_rate=50) == [dear.profile_id]
    assert found(anyone, search_query=word, sort="rate") == [cheap.profile_id, dear.profile_id]
    assert found(anyone, search_query=word, min_rating=1) == []
    start = cheap.starts()[0]
    a_student(world).book(cheap, start)
    world.settle()
    there = {"available_from": format_instant(start), "available_to": format_instant(start + HOUR)}
    assert found(anyone, search_query=word, duration_minutes=60, **there) == [dear.profile_id]


def present_again(tutor: Tutor, rate: float, word: str) -> None:
    profile = {"title": f"Teaching {word}", "hourly_rate": rate, "currency": "EUR"}
    done(tutor.put("/api/tutor/profile", {**profile, "subjects": [{"subject_id": tutor.subject_id}]}))


# --- taking a time ---------------------------------------------------------------------------------------


def test_a_lesson_is_booked_confirmed_taught_and_reviewed(
    world: World, anyone: Anyone, admin: Person
) -> None:
    tutor, student = a_tutor(world, rate=45.0), a_student(world, timezone="America/New_York")
    start = tutor.starts()[0]
    booking = student.book(tutor, start, notes_student="Calculus, please.")
    assert (booking["status"], booking["total_amount"], booking["platform_fee"]) == ("PENDING", 51.75, 6.75)
    assert (booking["join_url"], booking["tutor_email"], booking["student_email"]) == (
        None,
        None,
        student.email,
    )
    confirmed = done(
        tutor.post(f"/api/tutor/bookings/{booking['id']}/confirm", {"notes_tutor": "Bring a pen."})
    )
    assert confirmed["student_email"] == student.email
    assert confirmed["join_url"]
    seen = student.booking(booking["id"])
    assert (seen["status"], seen["tutor_email"], seen["notes_tutor"]) == (
        "CONFIRMED",
        tutor.email,
        "Bring a pen.",
    )
    refused(student.post("/api/reviews", {"booking_id": booking["id"], "rating": 5}), 409, "not_completed")

    world.wait_until(start + HOUR / 2)
    assert tutor.booking(booking["id"])["in_progress"] is True
    refused(tutor.post(f"/api/tutor/bookings/{booking['id']}/complete"), 409, "not_yet_over")
    world.wait_until(start + HOUR)
    assert tutor.complete(booking)["status"] == "COMPLETED"
    assert statuses(student, booking) == ["PENDING", "CONFIRMED", "COMPLETED"]
    earned = {f"student:{student.id}": 51.75, f"tutor:{tutor.profile_id}": -45.0, "platform": -6.75}
    assert ledger_of(admin, booking) == earned

    world.settle()
    asked = {"booking_id": booking["id"], "rating": 4, "comment": "Clear and kind."}
    review = done(student.post("/api/reviews", asked), 201)
    refused(student.post("/api/reviews", asked), 409, "already_reviewed")
    done(tutor.post(f"/api/reviews/{review['id']}/reply", {"reply": "Thank you!"}))
    [listed] = done(anyone.get(f"/api/tutors/{tutor.profile_id}/reviews"))["items"]
    assert (listed["rating"], listed["comment"], listed["reply"]) == (4, "Clear and kind.", "Thank you!")

    world.settle()
    profile = done(anyone.get(f"/api/tutors/{tutor.profile_id}"))
    assert (profile["average_rating"], profile["total_reviews"], profile["reliability"]) == (4.0, 1, 1.0)
    [card] = done(anyone.get("/api/tutors", subject_id=tutor.subject_id, min_rating=3.5))["items"]
    assert (card["average_rating"], card["total_reviews"]) == (4.0, 1)
    done(student.patch(f"/api/reviews/{review['id']}", {"rating": 2}))
    world.settle()
    assert done(anyone.get(f"/api/tutors/{tutor.profile_id}"))["average_rating"] == 2.0
    assert found(anyone, subject_id=tutor.subject_id, min_rating=3.5) == []


def test_a_tutor_who_asks_for_no_approval_is_booked_at_once(world: World) -> None:
    tutor, student = a_tutor(world, requires_approval_for_one_on_one=False), a_student(world)
    booking = student.book(tutor, tutor.starts()[0])
    assert booking["status"] == "CONFIRMED"
    assert booking["join_url"]
    assert student.kinds() == tutor.kinds() == ["booking_confirmed"]


def test_a_taken_time_leaves_the_list_and_is_refused_with_the_nearest_free_starts(world: World) -> None:
    tutor, student, rival = a_tutor(world), a_student(world), a_student(world)
    first, second, third, *_ = tutor.starts()
    student.book(tutor, second)
    world.settle()
    assert tutor.starts()[0] == third + HOUR / 2
    problem = refused(rival.ask_for(tutor, first), 409, "slot_taken")
    assert datetime.fromisoformat(problem["alternatives"][0]) == third + HOUR / 2
    done(rival.ask_for(tutor, datetime.fromisoformat(problem["alternatives"][0])), 201)


def test_a_student_is_not_shown_times_at_which_he_is_busy_with_another(world: World) -> None:
    tutor, other, student = a_tutor(world), a_tutor(world), a_student(world)
    start = tutor.starts()[0]
    student.book(tutor, start)
    world.settle()
    refused(student.ask_for(other, start), 409, "student_busy")
    assert format_instant(start) in listed(slots_of(Anyone(world), other, 0, 14, 60))
    assert format_instant(start) not in listed(slots_of(student, other, 0, 14, 60))


def listed(days: list[dict[str, Any]]) -> set[str]:
    return {slot["start_at"] for day in days for slot in day["slots"]}


def test_a_held_time_becomes_a_booking_at_the_checkout(world: World, admin: Person) -> None:
    tutor, student = a_tutor(world), a_student(world)
    start = tutor.starts()[0]
    held = student.book(tutor, start, hold=True)
    assert held["status"] == "HELD"
    assert (
        timedelta(minutes=9)
        < datetime.fromisoformat(held["expires_at"]) - world.now()
        <= timedelta(minutes=10)
    )
    refused(a_student(world).ask_for(tutor, start), 409, "slot_taken")
    refused(tutor.post(f"/api/tutor/bookings/{held['id']}/confirm"), 409, "wrong_status")
    assert ledger_of(admin, held) == {}
    taken = done(student.post(f"/api/bookings/{held['id']}/checkout"))
    assert (taken["status"], taken["total_amount"]) == ("PENDING", 46.0)
    assert ledger_of(admin, held) == {f"student:{student.id}": 46.0, "escrow": -46.0}


def test_a_hold_that_runs_out_frees_the_time_and_nobody_is_told(world: World) -> None:
    tutor, student = a_tutor(world), a_student(world)
    start = tutor.starts(first=2)[0]
    held = student.book(tutor, start, hold=True)
    world.settle()
    assert start not in tutor.starts()
    world.pass_time(minutes=10, seconds=1)
    refused(student.post(f"/api/bookings/{held['id']}/checkout"), 409, "wrong_status")
    eventually(lambda: statuses(student, held) == ["HELD", "EXPIRED"], within=10)
    world.settle()
    assert start in tutor.starts()
    a_student(world).book(tutor, start)
    assert student.kinds() == []


# --- moving it -------------------------------------------------------------------------------------------


def test_a_student_moves_a_lesson_and_the_old_time_is_free_again(world: World) -> None:
    tutor, student = a_tutor(world), a_student(world)
    first, *_, last = tutor.starts()
    booking = student.book_confirmed(tutor, first)
    moved = done(student.move(booking, last))
    assert (moved["id"], moved["status"], moved["total_amount"]) == (booking["id"], "CONFIRMED", 46.0)
    assert start_of(moved) == last
    world.settle()
    assert first in tutor.starts()
    assert last not in tutor.starts()
    steps = done(student.get(f"/api/bookings/{booking['id']}/history"))["items"]
    assert (steps[-1]["from_start"], steps[-1]["to_start"]) == (format_instant(first), format_instant(last))


@pytest.mark.parametrize(
    ("days", "minutes", "status", "code"),
    [
        (0, 7, 409, "off_grid"),
        (0, -540, 409, "not_open"),
        (32, 0, 400, "too_far_ahead"),
        (-3, 0, 422, "start_in_past"),
    ],
)
def test_a_lesson_is_not_moved_to_where_none_can_be(
    world: World, days: int, minutes: int, status: int, code: str
) -> None:
    tutor, student = a_tutor(world), a_student(world)
    start = tutor.starts(first=2)[0]
    booking = student.book(tutor, start)
    refused(student.move(booking, start + timedelta(days=days, minutes=minutes)), status, code)
    assert start_of(student.booking(booking["id"])) == start


def test_a_lesson_that_is_too_close_can_not_be_moved(world: World) -> None:
    tutor, student = a_tutor(world, min_notice_hours=1), a_student(world)
    start = next(start for start in tutor.starts() if start > world.now() + timedelta(hours=13))
    booking = student.book_confirmed(tutor, start)
    world.wait_until(start - timedelta(hours=12))
    refused(student.move(booking, start + timedelta(days=2)), 400, "too_late_to_reschedule")
