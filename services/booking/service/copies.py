"""Learning what others own: people, tutors, courses, package offers, open hours."""

from __future__ import annotations

from chassis.service import Service, consumes
from chassis.unit import Unit
from contracts.catalog import AccountChanged, CourseChanged, PackageOfferChanged, TutorChanged
from contracts.scheduling import OpenHoursChanged
from services.booking.store import Accounts, Courses, OpenHours, PackageOffers, Tutors


class Copies(Service):
    @consumes(AccountChanged)
    def learn_account(self, event: AccountChanged, unit: Unit) -> None:
        Accounts(unit.connection).learn(event)

    @consumes(TutorChanged)
    def learn_tutor(self, event: TutorChanged, unit: Unit) -> None:
        Tutors(unit.connection).learn(event)

    @consumes(CourseChanged)
    def learn_course(self, event: CourseChanged, unit: Unit) -> None:
        Courses(unit.connection).learn(event)

    @consumes(PackageOfferChanged)
    def learn_package_offer(self, event: PackageOfferChanged, unit: Unit) -> None:
        PackageOffers(unit.connection).learn(event)

    @consumes(OpenHoursChanged)
    def learn_open_hours(self, event: OpenHoursChanged, unit: Unit) -> None:
        OpenHours(unit.connection).learn(event)
