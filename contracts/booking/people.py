"""What a student attends, and whom a tutor teaches."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, ClassVar

from contracts.booking.lessons import BookingView
from contracts.catalog import Share
from contracts.fields import word
from contracts.message import STUDENT, TUTOR, Query, View
from contracts.values import Count, Email, Id, Instant, Line, Name, Page, PageSize


class ClassKind(StrEnum):
    COURSE = "course"
    BOOKING = "booking"


ClassKindName = Annotated[ClassKind, word(ClassKind)]


@dataclass(frozen=True)
class ClassView(View):
    """A course that the student follows, or a booking of the student's."""

    kind: ClassKindName
    title: Line
    tutor_profile_id: Id
    tutor_name: Name
    course_id: Id | None = None
    enrolled_at: Instant | None = None
    booking: BookingView | None = None


@dataclass(frozen=True)
class ClassPage(View):
    items: list[ClassView]
    total: Count
    page: Page
    page_size: PageSize


@dataclass(frozen=True)
class ListClasses(Query[ClassPage]):
    """The calling student's coming bookings, then the courses followed, then past bookings."""

    asked_by: ClassVar = STUDENT
    page: Page = 1
    page_size: PageSize = 20


@dataclass(frozen=True)
class StudentView(View):
    """A student of the tutor's; the address shows once a booking was confirmed.

    `reliability` is the share of the student's finished lessons, with whomever, that the student kept.
    """

    student_id: Id
    student_name: Name
    bookings: Count
    completed: Count
    upcoming: Count
    courses: list[str]
    next_lesson_at: Instant | None = None
    student_email: Email | None = None
    reliability: Share | None = None


@dataclass(frozen=True)
class StudentPage(View):
    items: list[StudentView]
    total: Count
    page: Page
    page_size: PageSize


@dataclass(frozen=True)
class ListStudents(Query[StudentPage]):
    """Everybody who booked the calling tutor or follows a course of theirs, the next lesson first."""

    asked_by: ClassVar = TUTOR
    page: Page = 1
    page_size: PageSize = 20
