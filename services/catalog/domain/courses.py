"""Subjects, and the courses that tutors offer in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from contracts.catalog import CourseChanged, CourseKind
from services.catalog.domain.owned import following


@dataclass(frozen=True)
class Subject:
    id: int
    name: str


@dataclass(frozen=True)
class Course:
    """A lesson that one tutor offers in one shape; without a price the hourly rate counts."""

    id: int
    tutor_profile_id: int
    subject: Subject
    title: str
    description: str
    duration_minutes: int
    kind: CourseKind
    currency: str
    price: Decimal | None = None
    active: bool = True
    version: int = 1

    def changed(self, given: Mapping[str, Any]) -> Course:
        """Take over what is given, leave the rest."""
        return following(self, given)

    def removed(self) -> Course:
        """Offer it no longer."""
        return following(self, {"active": False})

    def erased(self) -> Course:
        """Offer it no longer, and forget how the tutor described it; its title is part of what was agreed."""
        return following(self, {"active": False, "description": ""})

    def told(self) -> CourseChanged:
        return CourseChanged(
            course_id=self.id,
            tutor_profile_id=self.tutor_profile_id,
            subject_id=self.subject.id,
            subject_name=self.subject.name,
            title=self.title,
            duration_minutes=self.duration_minutes,
            kind=self.kind,
            active=self.active,
            version=self.version,
            price=self.price,
        )
