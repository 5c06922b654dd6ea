"""The doors of catalog."""

from __future__ import annotations

from collections.abc import Iterator

from chassis.unit import Unit
from contracts.message import Event
from services.catalog.service.accounts import AccountDoors
from services.catalog.service.courses import CourseDoors
from services.catalog.service.sessions import SessionDoors
from services.catalog.service.tutors import TutorDoors
from services.catalog.store import Accounts, Courses, Tutors


class Catalog(AccountDoors, SessionDoors, TutorDoors, CourseDoors):
    """Owns accounts, tutor profiles, subjects and courses; keeps copies of ratings and reliability."""

    name = "catalog"

    def state(self, unit: Unit) -> Iterator[Event]:
        for account in Accounts(unit.connection).all():
            yield account.told()
        for profile in Tutors(unit.connection).all():
            yield profile.told()
        for course in Courses(unit.connection).all():
            yield course.told()
