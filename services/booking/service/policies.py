"""A tutor's terms: for everything, or for one course."""

from __future__ import annotations

from chassis.database import lock
from chassis.service import Service, answers
from chassis.unit import Unit
from contracts.booking import GetPolicy, PolicyChanged, PolicyTerms, PolicyView, RemovePolicy, ReplacePolicy
from contracts.catalog import DoneView
from contracts.errors import Denied, NotFound, Stale
from services.booking.policy import normal
from services.booking.store import Courses, Policies


class Terms(Service):
    @answers(GetPolicy)
    def get_policy(self, request: GetPolicy, unit: Unit) -> PolicyView:
        """The terms in force; the version is that of just the pair asked for, as a replacement expects."""
        tutor_id, course_id = _own(request, unit)
        policies = Policies(unit.connection)
        terms = policies.terms_for(tutor_id, course_id)
        return _view(terms, tutor_id, course_id, policies.version_of(tutor_id, course_id))

    @answers(ReplacePolicy)
    def replace_policy(self, request: ReplacePolicy, unit: Unit) -> PolicyView:
        tutor_id, course_id = _own(request, unit)
        terms = normal(request)
        lock(unit.connection, f"policies:{tutor_id}")
        policies = Policies(unit.connection)
        if request.expected_version not in (None, policies.version_of(tutor_id, course_id)):
            raise Stale()
        version = policies.write(tutor_id, course_id, terms)
        unit.tell(PolicyChanged(tutor_id, version, course_id, terms))
        return _view(terms, tutor_id, course_id, version)

    @answers(RemovePolicy)
    def remove_policy(self, request: RemovePolicy, unit: Unit) -> DoneView:
        tutor_id, course_id = _own(request, unit)
        lock(unit.connection, f"policies:{tutor_id}")
        policies = Policies(unit.connection)
        if policies.has_own(tutor_id, course_id):
            version = policies.write(tutor_id, course_id, None)
            unit.tell(PolicyChanged(tutor_id, version, course_id, None))
        return DoneView()


def _own(request: GetPolicy | ReplacePolicy | RemovePolicy, unit: Unit) -> tuple[int, int | None]:
    """The tutor who asks, and the own course that is named, if one is. Raises `NotFound`, `Denied`."""
    tutor_id = unit.actor.profile_id
    if request.course_id is not None:
        course = Courses(unit.connection).find(request.course_id)
        if course is None:
            raise NotFound("There is no such course.")
        if course.tutor_profile_id != tutor_id:
            raise Denied()
    return tutor_id, request.course_id


def _view(terms: PolicyTerms, tutor_id: int, course_id: int | None, version: int) -> PolicyView:
    return PolicyView(**vars(terms), tutor_profile_id=tutor_id, course_id=course_id, version=version)
