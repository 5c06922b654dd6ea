"""Following courses, in the running catalog."""

from __future__ import annotations

import pytest

from chassis.context import Actor
from contracts.catalog import CourseView, CreateCourse, Enrol, EnrolmentChanged, RemoveCourse, Unenrol
from contracts.errors import Denied, NotFound
from tests.service.people import a_listed_tutor, a_person, a_profile, a_subject
from tests.subject import Subject


def a_course(catalog: Subject, tutor: Actor, subject: int) -> CourseView:
    return catalog.ask(CreateCourse(subject_id=subject, title="Algebra", duration_minutes=60), by=tutor)


@pytest.fixture
def subject(catalog: Subject) -> int:
    return a_subject(catalog)


@pytest.fixture
def tutor(catalog: Subject, subject: int) -> Actor:
    return a_listed_tutor(catalog, a_profile(subject))


def told(catalog: Subject, course_id: int) -> list[tuple[bool, int]]:
    return [(event.active, event.version) for event in catalog.told(EnrolmentChanged, course_id=course_id)]


def test_a_student_follows_a_course_comes_and_goes_and_each_change_is_told(
    catalog: Subject, tutor: Actor, subject: int
) -> None:
    course, student = a_course(catalog, tutor, subject), a_person(catalog)
    enrolment = catalog.ask(Enrol(course.id), by=student)
    assert (enrolment.course_id, enrolment.student_id) == (course.id, student.id)
    catalog.ask(Enrol(course.id), by=student)
    catalog.ask(Unenrol(course.id), by=student)
    catalog.ask(Unenrol(course.id), by=student)
    catalog.ask(Enrol(course.id), by=student)
    assert told(catalog, course.id) == [(True, 1), (False, 2), (True, 3)]


def test_what_is_not_offered_can_not_be_followed(catalog: Subject, tutor: Actor, subject: int) -> None:
    course, student = a_course(catalog, tutor, subject), a_person(catalog)
    catalog.ask(RemoveCourse(course.id), by=tutor)
    for course_id in (course.id, 999_999_999):
        with pytest.raises(NotFound):
            catalog.ask(Enrol(course_id), by=student)


def test_only_students_follow_courses(catalog: Subject, tutor: Actor, subject: int) -> None:
    course = a_course(catalog, tutor, subject)
    for actor in (tutor, Actor(1, "admin")):
        with pytest.raises(Denied):
            catalog.ask(Enrol(course.id), by=actor)
