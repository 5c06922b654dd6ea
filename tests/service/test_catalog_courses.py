"""Subjects, and courses of one's own."""

from __future__ import annotations

from decimal import Decimal

import pytest

from chassis.context import ANONYMOUS, Actor
from contracts.catalog import (
    CourseChanged,
    CreateCourse,
    CreateSubject,
    GetCourse,
    ListCourses,
    ListSubjects,
    RemoveCourse,
    SuspendTutor,
    UpdateCourse,
)
from contracts.errors import NotFound, Stale, SubjectExists, UnknownSubject
from tests.service.people import ADMIN, a_listed_tutor, a_profile, a_subject, outcome
from tests.subject import Subject


@pytest.fixture
def subject(catalog: Subject) -> int:
    return a_subject(catalog)


@pytest.fixture
def tutor(catalog: Subject, subject: int) -> Actor:
    """An approved tutor who is paid in euros."""
    return a_listed_tutor(catalog, a_profile(subject, currency="EUR"))


def a_course(catalog: Subject, tutor: Actor, subject: int) -> int:
    return catalog.ask(CreateCourse(subject, "Algebra I", 60), by=tutor).id


def test_subjects_are_listed_by_name_whatever_its_case(catalog: Subject) -> None:
    for name in ("zoology", "Botany", "archery"):
        a_subject(catalog, name)
    names = [each.name for each in catalog.ask(ListSubjects(page_size=100)).items]
    assert [name for name in names if name in ("zoology", "Botany", "archery")] == [
        "archery",
        "Botany",
        "zoology",
    ]


def test_a_page_of_subjects_knows_how_many_there_are(catalog: Subject) -> None:
    a_subject(catalog)
    everything = catalog.ask(ListSubjects(page_size=100)).total
    beyond = catalog.ask(ListSubjects(page=1000))
    assert (beyond.items, beyond.total) == ([], everything)


def test_a_subject_exists_once_however_it_is_spelled(catalog: Subject) -> None:
    a_subject(catalog, "Music Theory")
    with pytest.raises(SubjectExists):
        catalog.ask(CreateSubject("music theory"), by=ADMIN)


def test_a_course_is_offered_in_the_tutors_currency_and_told(
    catalog: Subject, tutor: Actor, subject: int
) -> None:
    course = catalog.ask(CreateCourse(subject, "Algebra I", 90, price=Decimal("30.00")), by=tutor)
    assert (course.currency, course.price, course.version) == ("EUR", Decimal("30.00"), 1)
    assert catalog.ask(GetCourse(course.id)) == course
    (told,) = catalog.told(CourseChanged, course_id=course.id)
    assert (told.duration_minutes, told.price, told.active) == (90, Decimal("30.00"), True)


def test_a_course_needs_a_subject_that_there_is(catalog: Subject, tutor: Actor) -> None:
    with pytest.raises(UnknownSubject):
        a_course(catalog, tutor, 999_999)


def test_only_what_is_given_changes(catalog: Subject, tutor: Actor, subject: int) -> None:
    course = a_course(catalog, tutor, subject)
    changed = catalog.ask(UpdateCourse(course, title="Algebra II", expected_version=1), by=tutor)
    assert (changed.title, changed.duration_minutes, changed.version) == ("Algebra II", 60, 2)
    with pytest.raises(Stale):
        catalog.ask(UpdateCourse(course, title="Algebra III", expected_version=1), by=tutor)


def test_another_tutor_can_not_change_or_remove_a_course(
    catalog: Subject, tutor: Actor, subject: int
) -> None:
    course = a_course(catalog, tutor, subject)
    other = a_listed_tutor(catalog, a_profile(subject))
    assert outcome(catalog, UpdateCourse(course, title="Mine"), other) == "denied"
    assert outcome(catalog, RemoveCourse(course), other) == "denied"


def test_a_removed_course_is_gone_for_everybody_and_told(
    catalog: Subject, tutor: Actor, subject: int
) -> None:
    course = a_course(catalog, tutor, subject)
    catalog.ask(RemoveCourse(course), by=tutor)
    assert outcome(catalog, GetCourse(course), tutor) == "not_found"
    assert outcome(catalog, UpdateCourse(course, title="Again"), tutor) == "not_found"
    assert outcome(catalog, RemoveCourse(course), tutor) == "not_found"
    assert [each.active for each in catalog.told(CourseChanged, course_id=course)] == [True, False]


def test_courses_are_listed_by_tutor_and_by_subject(catalog: Subject, tutor: Actor, subject: int) -> None:
    courses = [a_course(catalog, tutor, subject) for _ in range(3)]
    elsewhere = a_course(catalog, tutor, a_subject(catalog))
    by_subject = catalog.ask(ListCourses(subject_id=subject, page_size=2))
    assert ([each.id for each in by_subject.items], by_subject.total) == (courses[:2], 3)
    by_tutor = catalog.ask(ListCourses(tutor_profile_id=tutor.profile_id))
    assert [each.id for each in by_tutor.items] == [*courses, elsewhere]


def test_courses_of_a_suspended_tutor_show_to_that_tutor_and_to_admins(
    catalog: Subject, tutor: Actor, subject: int
) -> None:
    course = a_course(catalog, tutor, subject)
    catalog.ask(SuspendTutor(tutor.profile_id), by=ADMIN)
    listed = {
        person: catalog.ask(ListCourses(subject_id=subject), by=person).total
        for person in (ANONYMOUS, tutor, ADMIN)
    }
    assert listed == {ANONYMOUS: 0, tutor: 1, ADMIN: 1}
    with pytest.raises(NotFound):
        catalog.ask(GetCourse(course))
