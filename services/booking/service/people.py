"""What a student attends, and whom a tutor teaches."""

from __future__ import annotations

from chassis.service import Service, answers, consumes
from chassis.unit import Unit
from contracts.booking import (
    BookingView,
    ClassKind,
    ClassPage,
    ClassView,
    ListClasses,
    ListStudents,
    StudentPage,
    StudentView,
)
from contracts.catalog import EnrolmentChanged
from services.booking.domain import Side
from services.booking.reliability import Reliability
from services.booking.service.steps import all_seen
from services.booking.store import (
    Accounts,
    Attended,
    Bookings,
    Enrolments,
    People,
    Reliabilities,
    Taught,
    Tutors,
)
from services.booking.views import Contact


class Attending(Service):
    @consumes(EnrolmentChanged)
    def learn_enrolment(self, event: EnrolmentChanged, unit: Unit) -> None:
        Enrolments(unit.connection).learn(event)

    @answers(ListClasses)
    def list_classes(self, request: ListClasses, unit: Unit) -> ClassPage:
        people = People(unit.connection, unit.now)
        attended, total = people.attended_by(unit.actor.id, request.page, request.page_size)
        booked = _booked(attended, unit)
        items = [
            _of_booking(booked[each.booking_id]) if each.booking_id else _of_course(each, unit)
            for each in attended
        ]
        return ClassPage(items, total, request.page, request.page_size)

    @answers(ListStudents)
    def list_students(self, request: ListStudents, unit: Unit) -> StudentPage:
        people = People(unit.connection, unit.now)
        taught, total = people.taught_by(unit.actor.profile_id, request.page, request.page_size)
        contacts = Accounts(unit.connection).contacts(each.student_id for each in taught)
        records = Reliabilities(unit.connection, Side.STUDENT).of(each.student_id for each in taught)
        items = [
            _student(each, contacts.get(each.student_id), records.get(each.student_id)) for each in taught
        ]
        return StudentPage(items, total, request.page, request.page_size)


def _booked(attended: list[Attended], unit: Unit) -> dict[int, BookingView]:
    ids = [each.booking_id for each in attended if each.booking_id]
    return {view.id: view for view in all_seen(unit, Bookings(unit.connection).of(ids))}


def _of_booking(booking: BookingView) -> ClassView:
    return ClassView(
        kind=ClassKind.BOOKING,
        title=booking.subject_name or "",
        tutor_profile_id=booking.tutor_profile_id,
        tutor_name=booking.tutor_name,
        course_id=booking.course_id,
        booking=booking,
    )


def _of_course(enrolled: Attended, unit: Unit) -> ClassView:
    tutor = Tutors(unit.connection).find(enrolled.tutor_profile_id)
    contacts = Accounts(unit.connection).contacts([tutor.account_id]) if tutor else {}
    name = next((contact.name for contact in contacts.values()), f"Tutor {enrolled.tutor_profile_id}")
    return ClassView(
        kind=ClassKind.COURSE,
        title=enrolled.course_title or "",
        tutor_profile_id=enrolled.tutor_profile_id,
        tutor_name=name,
        course_id=enrolled.course_id,
        enrolled_at=enrolled.enrolled_at,
    )


def _student(taught: Taught, contact: Contact | None, record: Reliability | None) -> StudentView:
    return StudentView(
        student_id=taught.student_id,
        student_name=contact.name if contact else f"Student {taught.student_id}",
        bookings=taught.bookings,
        completed=taught.completed,
        upcoming=taught.upcoming,
        courses=taught.courses,
        next_lesson_at=taught.next_lesson_at,
        student_email=contact.email if contact and taught.was_confirmed else None,
        reliability=record.share if record else None,
    )
