"""Subjects and courses as they are stored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection

from chassis.context import Actor
from chassis.database import for_change
from contracts.catalog import CourseKind, ListCourses, TutorStatus
from contracts.errors import SubjectExists
from services.catalog.domain import Course, Subject
from services.catalog.store.rows import in_batches, unique
from services.catalog.store.tables import (
    course_ids,
    courses,
    one_subject,
    subject_ids,
    subjects,
    tutor_profiles,
)

# A course with the names of its subject and its currency; `course_of` reads such a row.
COURSES = (
    sa.select(courses, subjects.c.name.label("subject_name"), tutor_profiles.c.currency)
    .join(subjects, subjects.c.id == courses.c.subject_id)
    .join(tutor_profiles, tutor_profiles.c.id == courses.c.tutor_profile_id)
)


class Subjects:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, name: str) -> Subject:
        """Raises `SubjectExists`."""
        new = Subject(int(self._connection.scalars(sa.select(subject_ids.next_value())).one()), name)
        with unique(one_subject, SubjectExists):
            self._connection.execute(sa.insert(subjects).values(id=new.id, name=new.name))
        return new

    def names(self, ids: Iterable[int]) -> dict[int, str]:
        """The names of those that there are."""
        rows = self._connection.execute(sa.select(subjects).where(subjects.c.id.in_(list(ids))))
        return {row.id: row.name for row in rows}

    def page(self, page: int, page_size: int) -> tuple[list[Subject], int]:
        """By name, with the number of all."""
        total = self._connection.scalars(sa.select(sa.func.count()).select_from(subjects)).one()
        rows = self._connection.execute(
            sa.select(subjects)
            .order_by(sa.func.lower(subjects.c.name), subjects.c.id)
            .limit(page_size)
            .offset((page - 1) * page_size)
        )
        return [Subject(row.id, row.name) for row in rows], total


class Courses:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def new_id(self) -> int:
        return int(self._connection.scalars(sa.select(course_ids.next_value())).one())

    def add(self, course: Course) -> None:
        self._connection.execute(sa.insert(courses).values(_columns(course)))

    def save(self, course: Course) -> None:
        self._connection.execute(sa.update(courses).where(courses.c.id == course.id).values(_columns(course)))

    def lock(self, course_id: int) -> Course | None:
        """The course, which nobody else can change until the transaction ends."""
        self._connection.execute(for_change(sa.select(courses.c.id).where(courses.c.id == course_id)))
        found = self._connection.execute(COURSES.where(courses.c.id == course_id)).first()
        return None if found is None else course_of(found)

    def lock_all_of(self, tutor_profile_id: int) -> list[Course]:
        """All courses of the tutor, those no longer offered as well, locked."""
        theirs = courses.c.tutor_profile_id == tutor_profile_id
        self._connection.execute(for_change(sa.select(courses.c.id).where(theirs).order_by(courses.c.id)))
        found = self._connection.execute(COURSES.where(theirs).order_by(courses.c.id))
        return [course_of(row) for row in found]

    def seen_by(self, actor: Actor, course_id: int) -> Course | None:
        """The course, if it is offered and this one may see it."""
        row = self._connection.execute(COURSES.where(courses.c.id == course_id, _visible(actor))).first()
        return None if row is None else course_of(row)

    def page(self, actor: Actor, wanted: ListCourses) -> tuple[list[Course], int]:
        """What this one may see of the wanted ones, by id, with the number of all."""
        matching = COURSES.where(_visible(actor))
        if wanted.tutor_profile_id is not None:
            matching = matching.where(courses.c.tutor_profile_id == wanted.tutor_profile_id)
        if wanted.subject_id is not None:
            matching = matching.where(courses.c.subject_id == wanted.subject_id)
        total = self._connection.scalars(sa.select(sa.func.count()).select_from(matching.subquery())).one()
        page = (
            matching.order_by(courses.c.id)
            .limit(wanted.page_size)
            .offset((wanted.page - 1) * wanted.page_size)
        )
        return [course_of(row) for row in self._connection.execute(page)], total

    def all(self) -> Iterator[Course]:
        """Those no longer offered as well."""
        for rows in in_batches(self._connection, COURSES, courses.c.id):
            yield from map(course_of, rows)


def _visible(actor: Actor) -> ColumnElement[bool]:
    """Courses of approved tutors; one's own, and to an admin all, in any status of the tutor's."""
    approved = tutor_profiles.c.status == TutorStatus.APPROVED
    mine = courses.c.tutor_profile_id == actor.tutor_profile_id
    return sa.and_(courses.c.active, sa.true() if actor.is_admin else sa.or_(approved, mine))


def _columns(course: Course) -> dict[str, Any]:
    return {
        "id": course.id,
        "tutor_profile_id": course.tutor_profile_id,
        "subject_id": course.subject.id,
        "title": course.title,
        "description": course.description,
        "duration_minutes": course.duration_minutes,
        "kind": course.kind,
        "price": course.price,
        "active": course.active,
        "version": course.version,
    }


def course_of(row: Any) -> Course:
    return Course(
        id=row.id,
        tutor_profile_id=row.tutor_profile_id,
        subject=Subject(row.subject_id, row.subject_name),
        title=row.title,
        description=row.description,
        duration_minutes=row.duration_minutes,
        kind=CourseKind(row.kind),
        currency=row.currency,
        price=row.price,
        active=row.active,
        version=row.version,
    )
