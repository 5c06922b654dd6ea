"""What each service hands out about somebody: everything that is theirs, no secret, nothing of others."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

from chassis.context import Actor
from chassis.held import MOST_ROWS
from contracts.booking import (
    BookingCompleted,
    BookingStatus,
    CancelBooking,
    GetBookingPayment,
    SettlePayment,
)
from contracts.catalog import CreateCourse, Enrol, LogIn, Role
from contracts.operations import ExportPerson
from contracts.reviews import CreateReview, ReplyToReview
from contracts.scheduling import AddOverride, AddTimeOff
from deploy.names import SERVICES
from tests.builders import a_booking_state
from tests.service.people import PASSWORD, a_listed_tutor, a_person, a_profile, a_subject, an_address
from tests.subject import Subject
from tests.teaching import ADMIN, Teaching
from tests.waiting import eventually

SECRET = {"password_hash", "digest", "secret", "former_secret", "client_secret", "key_hash"}
SECRET |= {"meeting_passcode", "join_url"}
TUTOR = Actor(50, "tutor", 5001)


def held(service: Subject, person: Actor) -> dict[str, list[dict[str, Any]]]:
    """The rows of each kind."""
    return {kind: rows.items for kind, rows in service.ask(ExportPerson(), by=person).held.items()}


@pytest.mark.parametrize("service", SERVICES)
def test_no_secret_is_handed_out(service: str) -> None:
    held_about = importlib.import_module(f"services.{service}.store").held_about
    columns = {column.name for query in held_about(TUTOR).values() for column in query.selected_columns}
    assert columns & SECRET == set()


def test_catalog_hands_out_the_account_and_what_was_done_with_it(catalog: Subject) -> None:
    email, subject = an_address(), a_subject(catalog)
    student = a_person(catalog, email=email, name="Ada Lovelace")
    catalog.ask(LogIn(email, PASSWORD))
    tutor = a_listed_tutor(catalog, a_profile(subject, bio="I explain."), name="Jane Smith")
    course = catalog.ask(CreateCourse(subject, "Calculus", 60), by=tutor)
    catalog.ask(Enrol(course.id), by=student)
    of_student, of_tutor = held(catalog, student), held(catalog, tutor)
    assert [(row["email"], row["name"]) for row in of_student["account"]] == [(email, "Ada Lovelace")]
    assert [row["title"] for row in of_student["enrolments"]] == ["Calculus"]
    assert len(of_student["sessions"]) == 1
    assert of_student["tutor_profile"] == of_student["courses"] == of_student["standing"] == []
    assert of_tutor["tutor_profile"][0]["bio"] == "I explain."
    assert [row["title"] for row in of_tutor["courses"]] == ["Calculus"]


def test_scheduling_hands_out_a_tutors_hours(scheduling: Subject) -> None:
    tutor = Actor(70, "tutor", 7001)
    day = scheduling.clock.now().date()
    scheduling.ask(AddOverride(day, [], "At the dentist's"), by=tutor)
    now = scheduling.clock.now()
    scheduling.ask(AddTimeOff(now, now.replace(year=now.year + 1), "A long rest"), by=tutor)
    found = held(scheduling, tutor)
    assert [(row["local_date"], row["note"]) for row in found["overrides"]] == [
        (day.isoformat(), "At the dentist's")
    ]
    assert [row["reason"] for row in found["time_off"]] == ["A long rest"]
    assert held(scheduling, Actor(71, "student"))["overrides"] == []


def test_booking_hands_out_both_sides_of_a_lesson_but_not_who_the_other_is(booking: Subject) -> None:
    teaching = Teaching(booking)
    taken = teaching.book_confirmed(notes_student="I am slow.")
    booking.ask(CancelBooking(taken.id, "I am ill."), by=teaching.student)
    of_student, of_tutor = held(booking, teaching.student), held(booking, teaching.tutor)
    assert of_student["bookings"] == of_tutor["bookings"]
    row = of_student["bookings"][0]
    assert (row["notes_student"], row["cancel_reason"], float(row["price"])) == (
        "I am slow.",
        "I am ill.",
        45.0,
    )
    assert [step["to_status"] for step in of_student["history"]] == [
        "CANCELLED_BY_STUDENT",
        "CONFIRMED",
        "PENDING",
    ]
    assert {line["account"] for line in of_student["ledger"]} == {f"student:{teaching.student.id}"}
    assert f"tutor{teaching.tutor.id}@" not in str(of_student)
    assert held(booking, teaching.another_student())["bookings"] == []


def test_booking_hands_out_what_a_student_was_to_pay_and_is_to_have_back(booking: Subject) -> None:
    teaching = Teaching(booking)
    taken = teaching.book_confirmed()
    payment = booking.ask(GetBookingPayment(taken.id), by=teaching.student)
    eventually(lambda: held(booking, teaching.student)["payments"][0]["status"] == "pending", within=10)
    booking.ask(SettlePayment(payment.id), by=ADMIN)
    booking.ask(CancelBooking(taken.id), by=teaching.student)
    rows = held(booking, teaching.student)["payments"]
    assert [(row["kind"], row["booking_id"], float(row["amount"]), row["refund_of"]) for row in rows] == [
        ("refund", taken.id, 51.75, payment.id),
        ("payment", taken.id, 51.75, None),
    ]
    assert held(booking, teaching.tutor)["payments"] == []


def test_reviews_hands_out_what_was_written_by_and_about_somebody(reviews: Subject) -> None:
    student, tutor = Actor(42, "student"), Actor(60, "tutor", 6001)
    people = {"student_id": 42, "tutor_profile_id": 6001, "tutor_account_id": 60}
    lesson = a_booking_state(id=900, status=BookingStatus.COMPLETED, version=3, **people)
    reviews.hear(BookingCompleted(lesson, BookingStatus.CONFIRMED))
    review = reviews.ask(CreateReview(900, 5, "Wonderful."), by=student)
    reviews.ask(ReplyToReview(review.id, "Thank you."), by=tutor)
    written, received = held(reviews, student)["written"], held(reviews, tutor)["received"]
    assert [(row["comment"], row["reply"]) for row in written] == [("Wonderful.", "Thank you.")]
    assert received == written
    assert held(reviews, tutor)["written"] == []


def test_what_is_too_much_for_one_document_says_so(scheduling: Subject) -> None:
    tutor = Actor(80, "tutor", 8001)
    scheduling.ask(AddOverride(scheduling.clock.now().date(), []), by=tutor)
    scheduling.sql(
        "INSERT INTO overrides (tutor_profile_id, local_date, intervals) "
        "SELECT 8001, date '1990-01-01' + n, '[]' FROM generate_series(1, :most) n",
        most=MOST_ROWS,
    )
    found = scheduling.ask(ExportPerson(), by=tutor).held["overrides"]
    assert (len(found.items), found.truncated) == (MOST_ROWS, True)
    assert scheduling.ask(ExportPerson(), by=TUTOR).held["overrides"].truncated is False


def test_a_tutor_and_a_student_have_nothing_without_anything(catalog: Subject) -> None:
    newcomer = a_person(catalog, Role.TUTOR)
    assert [row["status"] for row in held(catalog, newcomer)["tutor_profile"]] == ["draft"]
