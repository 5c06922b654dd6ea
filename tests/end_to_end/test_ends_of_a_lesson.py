"""How lessons end: declined, cancelled, held, missed, run out; and that the books agree every time."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.end_to_end.people import (
    Anyone,
    Json,
    Person,
    Student,
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

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
MOMENT = 10 * SECOND  # longer than it takes to ask, shorter than anything of the trade
NOTHING: dict[str, float] = {}


def preview(person: Person, booking: Json) -> tuple[float, int]:
    """What would come back if the person cancelled now: the amount and its share in percent."""
    view = done(person.get(f"/api/bookings/{booking['id']}/cancellation-preview"))
    return view["refund_amount"], view["refund_percent"]


def reports_absence(person: Person, booking: Json) -> Json:
    """The person says that the other side did not come."""
    response = person.post(no_show_path(person, booking), {"notes": "Nobody came."})
    view: Json = done(response)
    return view


def no_show_path(person: Person, booking: Json) -> str:
    absent = "student" if isinstance(person, Tutor) else "tutor"
    return f"/api/tutor/bookings/{booking['id']}/mark-no-show-{absent}"


def test_a_declined_request_costs_nothing_and_frees_the_time(world: World, admin: Person) -> None:
    tutor, student = a_tutor(world), a_student(world)
    start = tutor.starts(first=2)[0]
    booking = student.book(tutor, start)
    declined = done(
        tutor.post(f"/api/tutor/bookings/{booking['id']}/decline", {"reason": "I am travelling."})
    )
    assert declined["status"] == "DECLINED"
    seen = student.booking(booking["id"])
    assert (seen["decision_reason"], seen["decided_by"]) == ("I am travelling.", tutor.id)
    assert seen["join_url"] is None
    assert ledger_of(admin, booking) == NOTHING
    refused(tutor.post(f"/api/tutor/bookings/{booking['id']}/confirm"), 409, "wrong_status")
    a_student(world).book(tutor, start)


def test_a_request_without_an_answer_runs_out_at_its_start(world: World, admin: Person) -> None:
    tutor, student = a_tutor(world), a_student(world)
    start = tutor.starts()[0]
    booking = student.book(tutor, start)
    world.wait_until(start)
    refused(tutor.post(f"/api/tutor/bookings/{booking['id']}/confirm"), 409, "wrong_status")
    eventually(lambda: statuses(student, booking) == ["PENDING", "EXPIRED"], within=10)
    assert ledger_of(admin, booking) == NOTHING
    assert student.kinds() == tutor.kinds() == ["booking_requested", "booking_expired"]


# --- cancelled ----------------------------------------------------------------------------------------


def test_a_student_gets_back_what_the_terms_of_the_booking_say_as_the_preview_told(
    world: World, admin: Person
) -> None:
    tiers = [{"hours_before": 27, "percent": 100}, {"hours_before": 25, "percent": 50}]
    tutor, student = a_tutor(world, refund_tiers=tiers), a_student(world)
    start = tutor.starts(first=3)[0]
    bookings = [student.book_confirmed(tutor, start + hours * HOUR) for hours in (0, 1, 3)]
    tutor.terms(refund_tiers=[])  # of bookings to come
    world.wait_until(start - 24 * HOUR - MOMENT)
    for booking, percent, back in zip(bookings, (0, 50, 100), (0.0, 23.0, 46.0), strict=True):
        assert preview(student, booking) == (back, percent)
        cancelled = student.cancel(booking, "I am ill.")
        assert (cancelled["status"], cancelled["cancel_reason"]) == ("CANCELLED_BY_STUDENT", "I am ill.")
        assert ledger_of(admin, booking).get(f"student:{student.id}", 0.0) == 46.0 - back
        refused(student.get(f"/api/bookings/{booking['id']}/cancellation-preview"), 409, "wrong_status")


def test_cancelled_by_the_tutor_or_an_admin_everything_comes_back_however_late(
    world: World, admin: Person
) -> None:
    tutor, student = a_tutor(world), a_student(world)
    first, _, second, *_ = tutor.starts()
    mine, theirs = student.book_confirmed(tutor, first), student.book_confirmed(tutor, second)
    world.wait_until(second + MOMENT)
    refused(student.post(f"/api/bookings/{mine['id']}/cancel"), 409, "already_started")
    for person, booking, status in (
        (tutor, mine, "CANCELLED_BY_TUTOR"),
        (admin, theirs, "CANCELLED_BY_ADMIN"),
    ):
        assert preview(person, booking) == (46.0, 100)
        assert person.cancel(booking)["status"] == status
        assert ledger_of(admin, booking) == NOTHING
    assert student.booking(mine["id"])["cancelled_by"] == tutor.id


def test_a_cancelled_time_can_be_booked_again(world: World) -> None:
    tutor, student = a_tutor(world), a_student(world)
    start = tutor.starts(first=2)[0]
    student.cancel(student.book_confirmed(tutor, start))
    world.settle()
    assert start in tutor.starts()
    a_student(world).book(tutor, start)


# --- missed -------------------------------------------------------------------------------------------


class Appointment:
    """A confirmed lesson with a tutor and a student of its own."""

    def __init__(self, world: World, number: int) -> None:
        self.tutor, self.student = a_tutor(world), a_student(world)
        self.start = self.tutor.starts(first=2)[number]
        self.booking = self.student.book_confirmed(self.tutor, self.start)


def test_an_absence_is_reported_from_ten_minutes_to_a_day_after_the_start(
    world: World, admin: Person
) -> None:
    early, late, never = (Appointment(world, 0) for _ in range(3))
    assert early.start == late.start == never.start
    sides: list[tuple[Person, Json]] = [(early.tutor, early.booking), (early.student, early.booking)]
    world.wait_until(early.start + 10 * MINUTE - MOMENT)
    for person, booking in sides:
        refused(person.post(no_show_path(person, booking)), 409, "too_early_for_no_show")
    world.wait_until(early.start + 10 * MINUTE)
    assert reports_absence(early.tutor, early.booking)["status"] == "NO_SHOW_STUDENT"
    assert ledger_of(admin, early.booking)[f"tutor:{early.tutor.profile_id}"] == -40.0
    world.wait_until(early.start + 24 * HOUR - MOMENT)
    assert reports_absence(late.student, late.booking)["status"] == "NO_SHOW_TUTOR"
    assert ledger_of(admin, late.booking) == NOTHING
    world.wait_until(early.start + 24 * HOUR + SECOND)
    response = never.tutor.post(no_show_path(never.tutor, never.booking))
    assert response.status_code == 409
    assert response.json()["code"] in ("too_late_for_no_show", "wrong_status")
    eventually(lambda: statuses(never.student, never.booking)[-1] == "COMPLETED", within=10)
    assert ledger_of(admin, never.booking)[f"tutor:{never.tutor.profile_id}"] == -40.0
    world.settle()
    shares = [reliability(each.tutor) for each in (early, late, never)]
    assert shares == [1.0, 0.0, 1.0]
    assert late.tutor.kinds()[-1] == late.student.kinds()[-1] == "booking_no_show"
    assert never.student.kinds()[-1] == "booking_completed"


def reliability(tutor: Tutor) -> float:
    share: float = done(Anyone(tutor.world).get(f"/api/tutors/{tutor.profile_id}"))["reliability"]
    return share


def test_who_missed_a_lesson_can_not_say_that_the_other_did(world: World) -> None:
    lesson = Appointment(world, 0)
    world.wait_until(lesson.start + 11 * MINUTE)
    as_student = f"/api/tutor/bookings/{lesson.booking['id']}/mark-no-show-student"
    refused(lesson.student.post(as_student), 403, "denied")
    refused(lesson.tutor.post(as_student.replace("show-student", "show-tutor")), 403, "denied")
    reports_absence(lesson.student, lesson.booking)
    refused(lesson.tutor.post(as_student), 409, "wrong_status")


@pytest.mark.parametrize("ended", ["cancelled", "completed", "declined"])
def test_what_has_ended_stays_as_it_is(world: World, ended: str) -> None:
    tutor, student = a_tutor(world), a_student(world)
    start = tutor.starts()[0]
    booking = student.book(tutor, start)
    end(ended, booking, tutor, student)
    before = student.booking(booking["id"])
    for person, step in (
        (tutor, "tutor/bookings/{}/confirm"),
        (tutor, "tutor/bookings/{}/decline"),
        (tutor, "tutor/bookings/{}/complete"),
        (student, "bookings/{}/cancel"),
        (tutor, "bookings/{}/cancel"),
        (student, "bookings/{}/checkout"),
    ):
        refused(person.post(f"/api/{step.format(booking['id'])}"), 409, "wrong_status")
    refused(student.move(booking, start + 24 * HOUR), 409, "wrong_status")
    assert student.booking(booking["id"]) == before


def end(how: str, booking: Json, tutor: Tutor, student: Student) -> None:
    """Bring a request to one of its ends."""
    if how == "cancelled":
        student.cancel(booking)
    elif how == "declined":
        done(tutor.post(f"/api/tutor/bookings/{booking['id']}/decline"))
    else:
        tutor.confirm(booking)
        tutor.world.pass_time(days=3)
        eventually(lambda: student.booking(booking["id"])["status"] == "COMPLETED", within=10)


# --- the books ----------------------------------------------------------------------------------------


def test_after_all_that_the_ledger_adds_up_to_nothing_in_every_currency(world: World, admin: Person) -> None:
    sums: Counter[str] = Counter()
    page, seen = 1, 0
    while True:
        view = done(admin.get("/api/admin/ledger", page=page, page_size=100))
        for item in view["items"]:
            sums[item["currency"]] += round(Decimal(str(item["amount"])) * 100)
        seen, page = seen + len(view["items"]), page + 1
        if not view["items"]:
            break
    assert seen == view["total"] > 0
    assert set(sums.values()) == {0}
