"""What is offered at which price, and how a refused start is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from contracts.booking import PolicyTerms
from contracts.catalog import CourseKind, TutorStatus
from contracts.errors import (
    DurationNotOffered,
    OffGrid,
    Refusal,
    SlotTaken,
    StudentBusy,
    SubjectNotTaught,
    TooLittleNotice,
    TutorNotApproved,
)
from services.booking.offer import Course, Offer, Subject, Tutor, offer_of_course, refused

MATHS, PHYSICS = Subject(5, "Mathematics", 4500), Subject(6, "Physics", 6000)
TUTOR = Tutor(10, 50, TutorStatus.APPROVED, 4000, "EUR", (MATHS, PHYSICS))
COURSE = Course(80, 10, 6, "Physics", "Mechanics", 50, CourseKind.ONE_ON_ONE, active=True)
TERMS = PolicyTerms()


@pytest.mark.parametrize(
    ("offer", "minutes", "rate", "net"),
    [
        (Offer(TUTOR, TERMS, MATHS), 60, 4500, 4500),
        (Offer(TUTOR, TERMS, PHYSICS), 30, 6000, 3000),
        (offer_of_course(TUTOR, TERMS, COURSE), 50, 6000, 5000),  # by the subject's rate
        (offer_of_course(TUTOR, TERMS, replace(COURSE, subject_id=7)), 60, 4000, 4000),  # by the tutor's
        (offer_of_course(TUTOR, TERMS, replace(COURSE, price=3000)), 50, 3600, 3000),
        (offer_of_course(TUTOR, TERMS, replace(COURSE, price=3000)), 90, 3600, 5400),  # in proportion
        (offer_of_course(TUTOR, TERMS, replace(COURSE, price=0)), 50, 0, 0),
    ],
)
def test_a_lesson_costs_what_the_course_does_or_the_rate_says(
    offer: Offer, minutes: int, rate: int, net: int
) -> None:
    price = offer.price(minutes)
    assert (price.hourly_rate, price.net, price.currency) == (rate, net, "EUR")


@pytest.mark.parametrize(
    ("course", "taught"),
    [
        (COURSE, True),
        (None, False),
        (replace(COURSE, tutor_profile_id=11), False),
        (replace(COURSE, active=False), False),
        (replace(COURSE, kind=CourseKind.GROUP), False),
    ],
)
def test_only_own_courses_that_stand_are_taught_alone(course: Course | None, taught: bool) -> None:
    assert (SubjectNotTaught not in list(offer_of_course(TUTOR, TERMS, course).why_not())) is taught


def test_a_course_can_be_had_in_its_own_duration_as_well() -> None:
    assert offer_of_course(TUTOR, TERMS, COURSE).limits.durations == {30, 45, 50, 60, 90, 120}
    assert Offer(TUTOR, TERMS, MATHS).limits.durations == {30, 45, 60, 90, 120}


@pytest.mark.parametrize("status", [status for status in TutorStatus if status != "approved"])
def test_only_approved_tutors_are_booked(status: TutorStatus) -> None:
    assert list(Offer(replace(TUTOR, status=status), TERMS, MATHS).why_not()) == [TutorNotApproved]


@pytest.mark.parametrize(
    ("reasons", "named", "codes"),
    [
        (
            [StudentBusy, SlotTaken, OffGrid],
            OffGrid,
            ["off_grid", "slot_taken", "student_busy"],
        ),
        (
            [SlotTaken, TooLittleNotice, TutorNotApproved, DurationNotOffered],
            DurationNotOffered,
            ["duration_not_offered", "tutor_not_approved", "too_little_notice", "slot_taken"],
        ),
    ],
)
def test_the_first_reason_names_the_refusal_and_all_are_told(
    reasons: list[type[Refusal]], named: type[Refusal], codes: list[str]
) -> None:
    refusal = refused(reasons, "start_at")
    assert type(refusal) is named
    assert [error["code"] for error in refusal.errors] == codes
    assert all(error["detail"] for error in refusal.errors)


def test_each_reason_points_at_the_field_that_can_mend_it() -> None:
    refusal = refused([OffGrid, DurationNotOffered, TutorNotApproved], "new_start_at")
    pointers = [error.get("pointer") for error in refusal.errors]
    assert pointers == ["/duration_minutes", None, "/new_start_at"]


def test_only_taken_time_looks_for_alternatives() -> None:
    looked: list[str] = []

    def nearest() -> list[datetime]:
        looked.append("once")
        return [datetime(2025, 10, 25, 15, tzinfo=UTC)]

    assert refused([SlotTaken], "start_at", nearest).data == {"alternatives": ["2025-10-25T15:00:00Z"]}
    assert refused([TooLittleNotice, SlotTaken], "start_at", nearest).data == {}
    assert looked == ["once"]
