"""The packages that tutors offer."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from chassis.context import ANONYMOUS, Actor
from contracts.catalog import (
    CreateCourse,
    ListPackageOffers,
    OfferPackage,
    PackageOfferChanged,
    PackageOfferView,
    RemoveCourse,
    Role,
    SuspendTutor,
    WithdrawPackage,
)
from contracts.operations import Resync
from tests.service.people import ADMIN, a_listed_tutor, a_person, a_profile, a_subject, outcome
from tests.subject import Subject


@pytest.fixture
def subject(catalog: Subject) -> int:
    return a_subject(catalog)


@pytest.fixture
def tutor(catalog: Subject, subject: int) -> Actor:
    """An approved tutor who is paid in euros."""
    return a_listed_tutor(catalog, a_profile(subject, currency="EUR"))


def an_offer(catalog: Subject, tutor: Actor, **changes: Any) -> PackageOfferView:
    asked = {"name": "Ten lessons", "credits": 10, "price": Decimal("400.00"), "valid_days": 90, **changes}
    return catalog.ask(OfferPackage(**asked), by=tutor)


def offered(catalog: Subject, tutor: Actor, by: Actor = ANONYMOUS) -> list[int]:
    """What somebody finds that the tutor offers."""
    page = catalog.ask(ListPackageOffers(tutor.profile_id), by=by)
    assert page.total == len(page.items)
    return [each.id for each in page.items]


def test_an_offer_is_listed_and_told_until_it_is_withdrawn(catalog: Subject, tutor: Actor) -> None:
    first, second = an_offer(catalog, tutor), an_offer(catalog, tutor, name="Five lessons", credits=5)
    assert (first.currency, first.price, first.credits) == ("EUR", Decimal("400.00"), 10)
    assert offered(catalog, tutor) == [first.id, second.id]
    catalog.ask(WithdrawPackage(first.id), by=tutor)
    assert offered(catalog, tutor) == [second.id]
    told = catalog.told(PackageOfferChanged, offer_id=first.id)
    assert [(event.active, event.version) for event in told] == [(True, 1), (False, 2)]


def test_an_offer_is_withdrawn_once_by_its_own_tutor(catalog: Subject, subject: int, tutor: Actor) -> None:
    offer = an_offer(catalog, tutor)
    other = a_listed_tutor(catalog, a_profile(subject))
    assert outcome(catalog, WithdrawPackage(offer.id), other) == "denied"
    assert outcome(catalog, WithdrawPackage(offer.id), tutor) == "done"
    assert outcome(catalog, WithdrawPackage(offer.id), tutor) == "not_found"
    assert outcome(catalog, WithdrawPackage(987_654_321), tutor) == "not_found"


def test_an_offer_may_be_for_a_course_of_ones_own_and_goes_with_it(
    catalog: Subject, subject: int, tutor: Actor
) -> None:
    course = catalog.ask(CreateCourse(subject, "Algebra I", 60), by=tutor).id
    offer = an_offer(catalog, tutor, course_id=course)
    other = a_listed_tutor(catalog, a_profile(subject))
    wanted = OfferPackage("Stolen", 1, Decimal("1.00"), 1, course)
    assert outcome(catalog, wanted, other) == "denied"
    assert offered(catalog, tutor) == [offer.id]
    catalog.ask(RemoveCourse(course), by=tutor)
    assert offered(catalog, tutor) == []
    assert outcome(catalog, wanted, tutor) == "not_found"


def test_only_approved_tutors_offers_are_shown_to_all(catalog: Subject, tutor: Actor) -> None:
    offer = an_offer(catalog, tutor)
    catalog.ask(SuspendTutor(tutor.profile_id), by=ADMIN)
    for stranger in (ANONYMOUS, a_person(catalog, Role.TUTOR)):
        assert outcome(catalog, ListPackageOffers(tutor.profile_id), stranger) == "not_found"
    assert offered(catalog, tutor, by=tutor) == offered(catalog, tutor, by=ADMIN) == [offer.id]


def test_offers_are_told_again_for_copies_that_are_rebuilt(catalog: Subject, tutor: Actor) -> None:
    offer = an_offer(catalog, tutor)
    catalog.ask(Resync(), by=ADMIN)
    assert len(catalog.told(PackageOfferChanged, offer_id=offer.id)) == 2
