"""The packages that tutors offer."""

from __future__ import annotations

from chassis.service import Service, answers
from chassis.unit import Unit
from contracts.catalog import (
    DoneView,
    ListPackageOffers,
    OfferPackage,
    PackageOfferPage,
    PackageOfferView,
    WithdrawPackage,
)
from services.catalog.domain import PackageOffer, own
from services.catalog.service.tutors import lock_own, visible_profile
from services.catalog.store import Courses, PackageOffers
from services.catalog.views import package_offer_view


class PackageDoors(Service):
    @answers(ListPackageOffers)
    def list_package_offers(self, request: ListPackageOffers, unit: Unit) -> PackageOfferPage:
        tutor = visible_profile(request.tutor_profile_id, unit)
        offers, total = PackageOffers(unit.connection).page(tutor.id, request.page, request.page_size)
        items = [package_offer_view(each) for each in offers]
        return PackageOfferPage(items, total, request.page, request.page_size)

    @answers(OfferPackage)
    def offer_package(self, request: OfferPackage, unit: Unit) -> PackageOfferView:
        tutor = lock_own(unit)
        if request.course_id is not None:
            own(Courses(unit.connection).lock(request.course_id), tutor.id)
        offer = PackageOffer(
            id=PackageOffers(unit.connection).new_id(),
            tutor_profile_id=tutor.id,
            name=request.name,
            credits=request.credits,
            price=request.price,
            currency=tutor.presentation.currency,
            valid_days=request.valid_days,
            course_id=request.course_id,
        )
        PackageOffers(unit.connection).add(offer)
        unit.tell(offer.told())
        return package_offer_view(offer)

    @answers(WithdrawPackage)
    def withdraw_package(self, request: WithdrawPackage, unit: Unit) -> DoneView:
        offers = PackageOffers(unit.connection)
        offer = own(offers.lock(request.offer_id), unit.actor.profile_id).withdrawn()
        offers.save(offer)
        unit.tell(offer.told())
        return DoneView()
