"""Subjects, and the courses of tutors."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, ClassVar

from contracts.catalog.accounts import DoneView
from contracts.fields import word
from contracts.message import ADMIN, ANYONE, TUTOR, Command, Event, Query, View
from contracts.values import (
    Count,
    Currency,
    Flag,
    Id,
    Line,
    Minutes,
    Money,
    Name,
    Page,
    PageSize,
    Prose,
    Version,
)


class CourseKind(StrEnum):
    ONE_ON_ONE = "one_on_one"
    GROUP = "group"


CourseKindName = Annotated[CourseKind, word(CourseKind)]


@dataclass(frozen=True)
class SubjectView(View):
    id: Id
    name: Name


@dataclass(frozen=True)
class SubjectPage(View):
    items: list[SubjectView]
    total: Count
    page: Page
    page_size: PageSize


@dataclass(frozen=True)
class ListSubjects(Query[SubjectPage]):
    """All subjects by name."""

    asked_by: ClassVar = ANYONE
    page: Page = 1
    page_size: PageSize = 20


@dataclass(frozen=True)
class CreateSubject(Command[SubjectView]):
    """Add a subject. Refuses with SubjectExists."""

    asked_by: ClassVar = ADMIN
    name: Name


@dataclass(frozen=True)
class CourseView(View):
    id: Id
    tutor_profile_id: Id
    subject_id: Id
    subject_name: Name
    title: Line
    description: Prose
    duration_minutes: Minutes
    kind: CourseKindName
    currency: Currency
    version: Version
    price: Money | None = None


@dataclass(frozen=True)
class CoursePage(View):
    items: list[CourseView]
    total: Count
    page: Page
    page_size: PageSize


@dataclass(frozen=True)
class ListCourses(Query[CoursePage]):
    """Courses of approved tutors; a tutor's own, and to an admin all, in every status of the profile."""

    asked_by: ClassVar = ANYONE
    tutor_profile_id: Id | None = None
    subject_id: Id | None = None
    page: Page = 1
    page_size: PageSize = 20


@dataclass(frozen=True)
class GetCourse(Query[CourseView]):
    """One course."""

    asked_by: ClassVar = ANYONE
    course_id: Id


@dataclass(frozen=True)
class CreateCourse(Command[CourseView]):
    """Offer a course of one's own. Refuses with UnknownSubject."""

    asked_by: ClassVar = TUTOR
    subject_id: Id
    title: Name
    duration_minutes: Minutes
    description: Prose = ""
    kind: CourseKindName = CourseKind.ONE_ON_ONE
    price: Money | None = None


@dataclass(frozen=True)
class UpdateCourse(Command[CourseView]):
    """Change what is given of an own course. Refuses with UnknownSubject, Stale."""

    asked_by: ClassVar = TUTOR
    course_id: Id
    subject_id: Id | None = None
    title: Name | None = None
    duration_minutes: Minutes | None = None
    description: Prose | None = None
    price: Money | None = None
    expected_version: Version | None = None


@dataclass(frozen=True)
class RemoveCourse(Command[DoneView]):
    """Offer the course no longer; what is booked stays booked."""

    asked_by: ClassVar = TUTOR
    course_id: Id


@dataclass(frozen=True)
class CourseChanged(Event):
    """A course was made, changed or (`active` false) removed."""

    concerns_tutors: ClassVar = ("tutor_profile_id",)
    subject_field: ClassVar = "course_id"
    course_id: Id
    tutor_profile_id: Id
    subject_id: Id
    subject_name: Name
    title: Line
    duration_minutes: Minutes
    kind: CourseKindName
    active: Flag
    version: Version
    price: Money | None = None
