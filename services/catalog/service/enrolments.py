"""Following courses."""

from __future__ import annotations

from chassis.database import lock
from chassis.service import Service, answers
from chassis.unit import Unit
from contracts.catalog import DoneView, Enrol, EnrolmentView, Unenrol
from contracts.errors import NotFound
from services.catalog.domain import Enrolment
from services.catalog.store import Courses, Enrolments
from services.catalog.views import enrolment_view


class EnrolmentDoors(Service):
    @answers(Enrol)
    def enrol(self, request: Enrol, unit: Unit) -> EnrolmentView:
        course = Courses(unit.connection).seen_by(unit.actor, request.course_id)
        if course is None:
            raise NotFound()
        before = _own(request.course_id, unit)
        enrolment = before.renewed(unit.now) if before else Enrolment(course, unit.actor.id, unit.now)
        return enrolment_view(_keep(before, enrolment, unit))

    @answers(Unenrol)
    def unenrol(self, request: Unenrol, unit: Unit) -> DoneView:
        before = _own(request.course_id, unit)
        if before is not None:
            _keep(before, before.ended(), unit)
        return DoneView()


def _own(course_id: int, unit: Unit) -> Enrolment | None:
    """The caller's enrolment, present or past, which nobody else changes meanwhile."""
    lock(unit.connection, f"enrolment:{course_id}/{unit.actor.id}")
    return Enrolments(unit.connection).find(course_id, unit.actor.id)


def _keep(before: Enrolment | None, enrolment: Enrolment, unit: Unit) -> Enrolment:
    """Write a changed enrolment and tell."""
    if enrolment != before:
        Enrolments(unit.connection).save(enrolment)
        unit.tell(enrolment.told())
    return enrolment
