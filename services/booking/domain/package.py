"""Bought packages: credits for lessons with one tutor, what they were bought for, how long they hold.

Each change is a `PackageChange`, as a booking's is a `Step`. What a credit was bought for is an equal
part of the package's price, rounded down; whoever takes the last ones takes what is left, so that
all credits together are worth the price to the minor unit, in whatever order they come and go.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from contracts.booking import CreditReason, PackageStatus
from contracts.errors import NoCredit
from services.booking.domain.lesson import Credit, Lesson
from services.booking.money import Sum, sum_with_fee

NOTICE = timedelta(days=7)  # how long before the end its student is told


@dataclass(frozen=True)
class PackageOffer:
    """What a tutor offers, as catalog tells it; the price is the tutor's, in minor units."""

    id: int
    tutor_profile_id: int
    name: str
    credits: int
    price: int
    currency: str
    valid_days: int
    active: bool
    course_id: int | None = None


@dataclass(frozen=True)
class Package:
    """What a student has of an offer; `left` is what the credits that are left were bought for."""

    id: int
    offer_id: int
    student_id: int
    tutor_profile_id: int
    tutor_account_id: int
    course_id: int | None
    name: str
    credits_total: int
    price: Sum
    credits_left: int
    left: Sum
    purchased_at: datetime
    expires_at: datetime
    status: PackageStatus = PackageStatus.ACTIVE
    notice_at: datetime | None = None  # until the notice is given
    refunded: int = 0  # minor units, once it was cancelled
    version: int = 1

    def status_at(self, now: datetime) -> PackageStatus:
        """The status that holds now, even where nobody has yet recorded that the time has run out."""
        run_out = self.status is PackageStatus.ACTIVE and self.expires_at <= now
        return PackageStatus.EXPIRED if run_out else self.status

    def pays_for(self, lesson: Lesson) -> bool:
        """Whether it was bought for such lessons."""
        same_people = (self.student_id, self.tutor_profile_id) == (lesson.student_id, lesson.tutor_profile_id)
        return same_people and self.course_id in (None, lesson.course_id)

    def use(self, lesson: Lesson, now: datetime) -> tuple[PackageChange, Credit]:
        """Take a credit for each seat of the lesson. Raises `NoCredit`."""
        count = lesson.seats
        usable = self.status_at(now) is PackageStatus.ACTIVE and self.pays_for(lesson)
        if not usable or self.credits_left < count:
            raise NoCredit()
        whole = self.credits_left == count
        worth = self.left if whole else self.price.part(count, self.credits_total)
        used = self._next(credits_left=self.credits_left - count, left=self.left - worth)
        return PackageChange(self, used, CreditReason.USED), Credit(self.id, worth, count)

    def take_back(self, credit: Credit) -> PackageChange:
        """Have credits again; of a package that has ended they can not be used any more."""
        has = {"credits_left": self.credits_left + credit.count, "left": self.left + credit.worth}
        return PackageChange(self, self._next(**has), CreditReason.RETURNED)

    def pay(self) -> PackageChange:
        """It is paid, so that its credits can be used."""
        return PackageChange(self, self._next(status=PackageStatus.ACTIVE), CreditReason.PAID)

    def cancel(self) -> PackageChange:
        """It was never paid; nothing is left of it."""
        return self._called_off(CreditReason.CANCELLED)

    def refund(self, booking_id: int | None = None) -> PackageChange:
        """Its tutor is gone: what the credits that are left were bought for goes back.

        Once for all that were unused then, and once for each booking whose credits came back later.
        """
        unpaid = self.status is PackageStatus.UNPAID
        refunded = self._called_off(CreditReason.CANCELLED if unpaid else CreditReason.REFUNDED)
        return replace(refunded, booking_id=booking_id)

    def expire(self) -> PackageChange:
        """Its time has run out: what is left of it lapses."""
        return self._ended(PackageStatus.EXPIRED, CreditReason.EXPIRED)

    def give_notice(self) -> Package:
        """The same, once its student is told that it will expire."""
        return self._next(notice_at=None)

    def _called_off(self, reason: CreditReason) -> PackageChange:
        ended = self._ended(PackageStatus.CANCELLED, reason)
        return replace(ended, package=replace(ended.package, refunded=self.refunded + self.left.total))

    def _ended(self, status: PackageStatus, reason: CreditReason) -> PackageChange:
        nothing = Sum(0, 0, self.price.currency)
        ended = self._next(status=status, credits_left=0, left=nothing, notice_at=None)
        return PackageChange(self, ended, reason)

    def _next(self, **changes: Any) -> Package:
        return replace(self, version=self.version + 1, **changes)


@dataclass(frozen=True)
class PackageChange:
    """One change of a package: from what to what, and why; of a refund, for which booking's credits."""

    before: Package | None
    package: Package
    reason: CreditReason
    booking_id: int | None = None

    def until_paid(self) -> PackageChange:
        """The same, but that its credits can be used only once it is paid; what costs nothing is paid."""
        if not self.package.price.total:
            return self
        return replace(self, package=replace(self.package, status=PackageStatus.UNPAID))

    @property
    def credits(self) -> int:
        """How many credits came, or (negative) went."""
        return self.package.credits_left - (self.before.credits_left if self.before else 0)

    @property
    def refunded(self) -> int:
        """The minor units that go back by this."""
        return self.package.refunded - (self.before.refunded if self.before else 0)


def purchase(
    package_id: int, offer: PackageOffer, student_id: int, tutor_account_id: int, now: datetime
) -> PackageChange:
    """What a student has who buys the offer."""
    price = sum_with_fee(offer.price, offer.currency)
    expires_at = now + timedelta(days=offer.valid_days)
    notice_at = expires_at - NOTICE
    package = Package(
        id=package_id,
        offer_id=offer.id,
        student_id=student_id,
        tutor_profile_id=offer.tutor_profile_id,
        tutor_account_id=tutor_account_id,
        course_id=offer.course_id,
        name=offer.name,
        credits_total=offer.credits,
        price=price,
        credits_left=offer.credits,
        left=price,
        purchased_at=now,
        expires_at=expires_at,
        notice_at=notice_at if notice_at > now else None,
    )
    return PackageChange(None, package, CreditReason.PURCHASED)
