"""A student who follows a course."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from contracts.catalog import EnrolmentChanged
from services.catalog.domain.courses import Course


@dataclass(frozen=True)
class Enrolment:
    """One student and one course; coming and going make its versions."""

    course: Course
    student_id: int
    enrolled_at: datetime
    active: bool = True
    version: int = 1

    def renewed(self, now: datetime) -> Enrolment:
        """Follow it again; nothing changes for who does already."""
        return self if self.active else self._next(active=True, enrolled_at=now)

    def ended(self) -> Enrolment:
        """Follow it no longer."""
        return self._next(active=False, enrolled_at=self.enrolled_at) if self.active else self

    def told(self) -> EnrolmentChanged:
        return EnrolmentChanged(
            course_id=self.course.id,
            student_id=self.student_id,
            tutor_profile_id=self.course.tutor_profile_id,
            course_title=self.course.title,
            active=self.active,
            enrolled_at=self.enrolled_at,
            version=self.version,
        )

    def _next(self, active: bool, enrolled_at: datetime) -> Enrolment:
        return replace(self, active=active, enrolled_at=enrolled_at, version=self.version + 1)
