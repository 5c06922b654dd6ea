"""What a student attends and whom a tutor teaches, in the running booking service."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chassis.context import Actor
from contracts.booking import (
    CancelBooking,
    ClassKind,
    CompleteBooking,
    ListClasses,
    ListStudents,
    MarkNoShowStudent,
)
from contracts.catalog import EnrolmentChanged
from tests.builders import a_course_change
from tests.subject import Subject, TestClock
from tests.teaching import Teaching


@pytest.fixture
def teaching(booking: Subject) -> Teaching:
    return Teaching(booking)


def enrol(teaching: Teaching, student_id: int, title: str, active: bool = True, version: int = 1) -> None:
    event = EnrolmentChanged(
        teaching.profile_id + 7, student_id, teaching.profile_id, title, active, teaching.now, version
    )
    teaching.booking.hear(event)


def test_coming_bookings_and_followed_courses_stand_together(booking: Subject, teaching: Teaching) -> None:
    later, sooner = teaching.book(12), teaching.book(10)
    cancelled = teaching.book(14)
    booking.ask(CancelBooking(cancelled.id), by=teaching.student)
    enrol(teaching, teaching.student.id, "Algebra for all")
    page = booking.ask(ListClasses(), by=teaching.student)
    assert [(item.kind, item.booking and item.booking.id, item.title) for item in page.items] == [
        (ClassKind.BOOKING, sooner.id, sooner.subject_name),
        (ClassKind.BOOKING, later.id, later.subject_name),
        (ClassKind.COURSE, None, "Algebra for all"),
    ]
    assert page.total == 3
    assert booking.ask(ListClasses(page=2, page_size=2), by=teaching.student).items == page.items[2:]


def test_a_course_that_is_left_is_no_class_any_more(booking: Subject, teaching: Teaching) -> None:
    enrol(teaching, teaching.student.id, "Algebra")
    enrol(teaching, teaching.student.id, "Algebra", active=False, version=2)
    assert booking.ask(ListClasses(), by=teaching.student).total == 0


def test_a_course_has_its_present_title_for_who_follows_it(booking: Subject, teaching: Teaching) -> None:
    enrol(teaching, teaching.student.id, "Algebra")
    course = {"course_id": teaching.profile_id + 7, "tutor_profile_id": teaching.profile_id}
    booking.hear(a_course_change(**course, title="Algebra for all", version=2))
    (followed,) = booking.ask(ListClasses(), by=teaching.student).items
    (student,) = booking.ask(ListStudents(), by=teaching.tutor).items
    assert (followed.title, student.courses) == ("Algebra for all", ["Algebra for all"])


def test_a_tutor_sees_each_student_once_with_counts_and_the_next_lesson(
    booking: Subject, teaching: Teaching
) -> None:
    follower = teaching.another_student()
    enrol(teaching, follower.id, "Algebra")
    enrol(teaching, teaching.student.id, "Geometry")
    teaching.book(12)
    first = teaching.book(10)
    page = booking.ask(ListStudents(), by=teaching.tutor)
    assert [(each.student_id, each.bookings, each.upcoming, each.courses) for each in page.items] == [
        (teaching.student.id, 2, 2, ["Geometry"]),
        (follower.id, 0, 0, ["Algebra"]),
    ]
    assert page.items[0].next_lesson_at == first.start_time
    assert page.items[0].student_email is None


def test_a_tutor_sees_which_share_of_their_lessons_students_kept(
    booking: Subject, teaching: Teaching, clock: TestClock
) -> None:
    held, missed, called_off = (teaching.book_confirmed(hour) for hour in (10, 11, 14))
    other = teaching.another_student()
    teaching.book(16, by=other)
    clock.set(held.end_time)
    booking.ask(CancelBooking(called_off.id), by=teaching.student)  # hours before it, too late to be free
    assert _reliability_of(teaching, teaching.student) == 0
    booking.ask(CompleteBooking(held.id), by=teaching.tutor)
    assert _reliability_of(teaching, teaching.student) == 0.5
    clock.set(missed.start_time + timedelta(minutes=15))
    booking.ask(MarkNoShowStudent(missed.id), by=teaching.tutor)
    assert _reliability_of(teaching, teaching.student) == 0.3333
    assert _reliability_of(teaching, other) is None


def _reliability_of(teaching: Teaching, student: Actor) -> float | None:
    listed = teaching.booking.ask(ListStudents(), by=teaching.tutor).items
    return next(each.reliability for each in listed if each.student_id == student.id)
