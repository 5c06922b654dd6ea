"""The doors of catalog."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from chassis.context import Actor
from chassis.unit import Unit
from contracts.message import Event
from services.catalog.service.accounts import AccountDoors
from services.catalog.service.courses import CourseDoors
from services.catalog.service.enrolments import EnrolmentDoors
from services.catalog.service.erasure import ErasureDoors
from services.catalog.service.packages import PackageDoors
from services.catalog.service.sessions import SessionDoors
from services.catalog.service.tutors import TutorDoors
from services.catalog.store import Accounts, Courses, Enrolments, PackageOffers, Tutors, held_about


class Catalog(
    AccountDoors, SessionDoors, TutorDoors, CourseDoors, EnrolmentDoors, PackageDoors, ErasureDoors
):
    """Owns accounts, profiles, courses, enrolments and package offers; copies ratings and reliability."""

    name = "catalog"

    def state(self, unit: Unit) -> Iterator[Event]:
        for account in Accounts(unit.connection).all():
            yield account.told()
        for profile in Tutors(unit.connection).all():
            yield profile.told()
        for course in Courses(unit.connection).all():
            yield course.told()
        for enrolment in Enrolments(unit.connection).all():
            yield enrolment.told()
        for offer in PackageOffers(unit.connection).all():
            yield offer.told()

    def held_about(self, person: Actor) -> Mapping[str, Any]:
        return held_about(person)
