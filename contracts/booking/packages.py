"""Packages: lessons with a tutor bought in advance, and the credits that are left of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, ClassVar

from contracts.fields import integer, word
from contracts.message import STUDENT, Command, Event, Query, View
from contracts.values import Amount, Count, Currency, Id, Instant, Name, Page, PageSize, Version


class PackageStatus(StrEnum):
    UNPAID = "unpaid"  # its credits can be used once it is paid
    ACTIVE = "active"
    EXPIRED = "expired"
    CANCELLED = "cancelled"  # it was never paid, or its tutor is gone and what was left of it paid back


class CreditReason(StrEnum):
    """Why the credits of a package changed."""

    PURCHASED = "purchased"
    PAID = "paid"
    USED = "used"
    RETURNED = "returned"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"


PackageStatusName = Annotated[PackageStatus, word(PackageStatus)]
CreditReasonName = Annotated[CreditReason, word(CreditReason)]
Change = Annotated[int, integer(-1000, 1000)]


@dataclass(frozen=True)
class PackageView(View):
    """A bought package: `price` is the tutor's, `total_amount` what the student was charged."""

    id: Id
    offer_id: Id
    tutor_profile_id: Id
    tutor_name: Name
    name: Name
    credits_total: Count
    credits_left: Count
    price: Amount
    platform_fee: Amount
    total_amount: Amount
    currency: Currency
    purchased_at: Instant
    expires_at: Instant
    status: PackageStatusName
    version: Version
    course_id: Id | None = None


@dataclass(frozen=True)
class PackagePage(View):
    items: list[PackageView]
    total: Count
    page: Page
    page_size: PageSize


@dataclass(frozen=True)
class PurchasePackage(Command[PackageView]):
    """Buy what a tutor offers; each credit then pays for a lesson (`use_package_id`) until it expires.

    Refuses with NotOffered, TutorNotApproved.
    """

    asked_by: ClassVar = STUDENT
    offer_id: Id


@dataclass(frozen=True)
class ListPackages(Query[PackagePage]):
    """The caller's own packages, the latest first."""

    asked_by: ClassVar = STUDENT
    tutor_profile_id: Id | None = None
    status: PackageStatusName | None = None
    page: Page = 1
    page_size: PageSize = 20


@dataclass(frozen=True)
class PackageEvent(Event):
    """Something about a package that an account bought; the highest version is the latest truth."""

    concerns: ClassVar = ("account_id", "tutor_account_id")
    subject_field: ClassVar = "package_id"
    package_id: Id
    account_id: Id
    tutor_profile_id: Id
    tutor_account_id: Id
    name: Name
    credits_left: Count
    expires_at: Instant
    status: PackageStatusName
    version: Version


@dataclass(frozen=True)
class CreditsChanged(PackageEvent):
    """Credits of a package came or went: so many, for this reason.

    The reason is null where the present state is told again.
    """

    change: Change = 0
    reason: CreditReasonName | None = None


@dataclass(frozen=True)
class PackageExpiring(PackageEvent):
    """A package with credits left expires in a week."""
