"""Who follows which course."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from contracts.catalog.accounts import DoneView
from contracts.message import STUDENT, Command, Event, View
from contracts.values import Flag, Id, Instant, Line, Version


@dataclass(frozen=True)
class EnrolmentView(View):
    course_id: Id
    course_title: Line
    subject_name: Line
    tutor_profile_id: Id
    student_id: Id
    enrolled_at: Instant
    version: Version


@dataclass(frozen=True)
class Enrol(Command[EnrolmentView]):
    """Follow a course, which books nothing yet; who follows it already goes on. Refuses with NotFound."""

    asked_by: ClassVar = STUDENT
    course_id: Id


@dataclass(frozen=True)
class Unenrol(Command[DoneView]):
    """Follow a course no longer; what is booked stays booked."""

    asked_by: ClassVar = STUDENT
    course_id: Id


@dataclass(frozen=True)
class EnrolmentChanged(Event):
    """A student follows a course, or (`active` false) does no longer."""

    concerns: ClassVar = ("student_id",)
    concerns_tutors: ClassVar = ("tutor_profile_id",)
    course_id: Id
    student_id: Id
    tutor_profile_id: Id
    course_title: Line
    active: Flag
    enrolled_at: Instant
    version: Version

    @property
    def subject(self) -> str:
        return f"{self.course_id}/{self.student_id}"
