"""Buying packages, looking at them, and what time does to them."""

from __future__ import annotations

from chassis.database import lock
from chassis.service import Service, answers, every
from chassis.unit import Unit
from contracts.booking import ListPackages, PackagePage, PackageView, PurchasePackage
from contracts.errors import NotFound, NotOffered, TutorNotApproved
from services.booking.domain import Package, PackageOffer, purchase
from services.booking.payments import is_paid_first
from services.booking.service.billing import bill_package
from services.booking.service.credits import change_package, record_change
from services.booking.store import (
    Accounts,
    Courses,
    PackageOffers,
    Packages,
    Tutors,
    WantedPackages,
)
from services.booking.telling import expiring
from services.booking.views import package_view

BATCH = 200


class BoughtPackages(Service):
    @answers(PurchasePackage)
    def buy_package(self, request: PurchasePackage, unit: Unit) -> PackageView:
        offer = PackageOffers(unit.connection).find(request.offer_id)
        if offer is None:
            raise NotFound("There is no such package.")
        lock(unit.connection, f"tutor:{offer.tutor_profile_id}")  # who may be about to be erased
        packages = Packages(unit.connection)
        tutor_account_id = _seller(offer, unit)
        bought = purchase(packages.next_id(), offer, unit.actor.id, tutor_account_id, unit.now)
        if is_paid_first(self.settings):
            bought = bought.until_paid()
        packages.add(bought.package)
        record_change(unit, bought)
        bill_package(unit, bought.package)
        return _seen(unit, [bought.package])[0]

    @answers(ListPackages)
    def list_packages(self, request: ListPackages, unit: Unit) -> PackagePage:
        wanted = WantedPackages(
            student_id=unit.actor.id,
            tutor_profile_id=request.tutor_profile_id,
            status=request.status,
            page=request.page,
            page_size=request.page_size,
        )
        found, total = Packages(unit.connection).page(wanted, unit.now)
        return PackagePage(_seen(unit, found), total, request.page, request.page_size)

    @every(seconds=5)
    def expire_packages(self, unit: Unit) -> None:
        for package in Packages(unit.connection).run_out(unit.now, BATCH):
            change_package(unit, package.expire())

    @every(seconds=30)
    def warn_of_expiry(self, unit: Unit) -> None:
        packages = Packages(unit.connection)
        for package in packages.to_notice(unit.now, BATCH):
            noticed = package.give_notice()
            packages.save(noticed)
            unit.tell(expiring(noticed))


def _seller(offer: PackageOffer, unit: Unit) -> int:
    """The account of the tutor who offers it. Raises `NotOffered`, `TutorNotApproved`."""
    course = Courses(unit.connection).find(offer.course_id) if offer.course_id is not None else None
    if not offer.active or (course is not None and not course.active):
        raise NotOffered()
    tutor = Tutors(unit.connection).find(offer.tutor_profile_id)
    if tutor is None or not tutor.is_approved:
        raise TutorNotApproved()
    return tutor.account_id


def _seen(unit: Unit, packages: list[Package]) -> list[PackageView]:
    contacts = Accounts(unit.connection).contacts(package.tutor_account_id for package in packages)
    return [package_view(package, contacts, unit.now) for package in packages]
