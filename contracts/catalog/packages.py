"""Package offers: lessons with a tutor that can be bought in advance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from contracts.catalog.accounts import DoneView
from contracts.fields import integer
from contracts.message import ANYONE, TUTOR, Command, Event, Query, View
from contracts.values import Count, Currency, Flag, Id, Money, Name, Page, PageSize, Version

Credits = Annotated[int, integer(1, 1000)]
ValidDays = Annotated[int, integer(1, 3650)]


@dataclass(frozen=True)
class PackageOfferView(View):
    """So many lessons for one price, in the tutor's currency; the platform's fee comes on top."""

    id: Id
    tutor_profile_id: Id
    name: Name
    credits: Credits
    price: Money
    currency: Currency
    valid_days: ValidDays
    version: Version
    course_id: Id | None = None


@dataclass(frozen=True)
class PackageOfferPage(View):
    items: list[PackageOfferView]
    total: Count
    page: Page
    page_size: PageSize


@dataclass(frozen=True)
class ListPackageOffers(Query[PackageOfferPage]):
    """What an approved tutor offers; the tutor and admins see it in every status of the profile."""

    asked_by: ClassVar = ANYONE
    tutor_profile_id: Id
    page: Page = 1
    page_size: PageSize = 20


@dataclass(frozen=True)
class OfferPackage(Command[PackageOfferView]):
    """Offer a package: credits that each pay for a lesson with the tutor, or only for the course it names.

    It can not be changed: withdraw it and offer another.
    """

    asked_by: ClassVar = TUTOR
    name: Name
    credits: Credits
    price: Money
    valid_days: ValidDays
    course_id: Id | None = None


@dataclass(frozen=True)
class WithdrawPackage(Command[DoneView]):
    """Offer the package no longer; what was bought stays bought."""

    asked_by: ClassVar = TUTOR
    offer_id: Id


@dataclass(frozen=True)
class PackageOfferChanged(Event):
    """A package is offered, or (`active` false) no longer."""

    concerns_tutors: ClassVar = ("tutor_profile_id",)
    subject_field: ClassVar = "offer_id"
    offer_id: Id
    tutor_profile_id: Id
    name: Name
    credits: Credits
    price: Money
    currency: Currency
    valid_days: ValidDays
    active: Flag
    version: Version
    course_id: Id | None = None
