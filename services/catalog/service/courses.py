"""Subjects, and the courses of tutors."""

from __future__ import annotations

from typing import Any

from chassis.service import Service, answers
from chassis.unit import Unit
from contracts.catalog import (
    CoursePage,
    CourseView,
    CreateCourse,
    CreateSubject,
    DoneView,
    GetCourse,
    ListCourses,
    ListSubjects,
    RemoveCourse,
    SubjectPage,
    SubjectView,
    UpdateCourse,
)
from contracts.errors import NotFound, UnknownSubject
from services.catalog.domain import Course, Subject, insist_on_version, own
from services.catalog.service.tutors import lock_own
from services.catalog.store import Courses, Subjects
from services.catalog.views import course_view, subject_view


class CourseDoors(Service):
    @answers(ListSubjects)
    def list_subjects(self, request: ListSubjects, unit: Unit) -> SubjectPage:
        subjects, total = Subjects(unit.connection).page(request.page, request.page_size)
        return SubjectPage([subject_view(each) for each in subjects], total, request.page, request.page_size)

    @answers(CreateSubject)
    def create_subject(self, request: CreateSubject, unit: Unit) -> SubjectView:
        return subject_view(Subjects(unit.connection).add(request.name))

    @answers(ListCourses)
    def list_courses(self, request: ListCourses, unit: Unit) -> CoursePage:
        courses, total = Courses(unit.connection).page(unit.actor, request)
        return CoursePage([course_view(each) for each in courses], total, request.page, request.page_size)

    @answers(GetCourse)
    def get_course(self, request: GetCourse, unit: Unit) -> CourseView:
        course = Courses(unit.connection).seen_by(unit.actor, request.course_id)
        if course is None:
            raise NotFound()
        return course_view(course)

    @answers(CreateCourse)
    def create_course(self, request: CreateCourse, unit: Unit) -> CourseView:
        tutor = lock_own(unit)
        course = Course(
            id=Courses(unit.connection).new_id(),
            tutor_profile_id=tutor.id,
            subject=_subject(request.subject_id, unit),
            title=request.title,
            description=request.description,
            duration_minutes=request.duration_minutes,
            kind=request.kind,
            currency=tutor.presentation.currency,
            price=request.price,
        )
        Courses(unit.connection).add(course)
        unit.tell(course.told())
        return course_view(course)

    @answers(UpdateCourse)
    def update_course(self, request: UpdateCourse, unit: Unit) -> CourseView:
        course = own(Courses(unit.connection).lock(request.course_id), unit.actor.profile_id)
        insist_on_version(request.expected_version, course.version)
        return course_view(_save(course, course.changed(_given(request, unit)), unit))

    @answers(RemoveCourse)
    def remove_course(self, request: RemoveCourse, unit: Unit) -> DoneView:
        course = own(Courses(unit.connection).lock(request.course_id), unit.actor.profile_id)
        _save(course, course.removed(), unit)
        return DoneView()


def _save(before: Course, course: Course, unit: Unit) -> Course:
    """Keep a changed course and tell."""
    if course is not before:
        Courses(unit.connection).save(course)
        unit.tell(course.told())
    return course


def _given(request: UpdateCourse, unit: Unit) -> dict[str, Any]:
    wishes = {
        "subject": _subject(request.subject_id, unit) if request.subject_id is not None else None,
        "title": request.title,
        "duration_minutes": request.duration_minutes,
        "description": request.description,
        "price": request.price,
    }
    return {name: wish for name, wish in wishes.items() if wish is not None}


def _subject(subject_id: int, unit: Unit) -> Subject:
    """Raises `UnknownSubject`."""
    names = Subjects(unit.connection).names([subject_id])
    if subject_id not in names:
        raise UnknownSubject(errors=[{"detail": UnknownSubject.detail, "pointer": "/subject_id"}])
    return Subject(subject_id, names[subject_id])
