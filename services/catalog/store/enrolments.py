"""Who follows which course, as it is stored."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import insert

from services.catalog.domain import Enrolment
from services.catalog.store.courses import COURSES, course_of
from services.catalog.store.tables import courses, enrolments

_c = enrolments.c
_ENROLMENTS = COURSES.join(enrolments, _c.course_id == courses.c.id).add_columns(
    _c.student_id, _c.enrolled_at, _c.active.label("enrolled"), _c.version.label("enrolment_version")
)


class Enrolments:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, course_id: int, student_id: int) -> Enrolment | None:
        """The enrolment, present or past."""
        wanted = _ENROLMENTS.where(_c.course_id == course_id, _c.student_id == student_id)
        row = self._connection.execute(wanted).first()
        return None if row is None else _enrolment(row)

    def active_of(self, student_id: int) -> list[Enrolment]:
        """The courses that the student follows."""
        wanted = _ENROLMENTS.where(_c.student_id == student_id, _c.active).order_by(_c.course_id)
        return [_enrolment(row) for row in self._connection.execute(wanted)]

    def save(self, enrolment: Enrolment) -> None:
        key = {"course_id": enrolment.course.id, "student_id": enrolment.student_id}
        values = {
            "enrolled_at": enrolment.enrolled_at,
            "active": enrolment.active,
            "version": enrolment.version,
        }
        written = insert(enrolments).values(**key, **values)
        self._connection.execute(written.on_conflict_do_update(index_elements=list(key), set_=values))

    def all(self) -> Iterator[Enrolment]:
        """Past ones as well."""
        wanted = _ENROLMENTS.order_by(_c.course_id, _c.student_id)
        for row in self._connection.execute(wanted, execution_options={"yield_per": 500}):
            yield _enrolment(row)


def _enrolment(row: Any) -> Enrolment:
    return Enrolment(course_of(row), row.student_id, row.enrolled_at, row.enrolled, row.enrolment_version)
