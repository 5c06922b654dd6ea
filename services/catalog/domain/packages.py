"""What tutors offer in advance: packages of credits for lessons with them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from contracts.catalog import PackageOfferChanged
from services.catalog.domain.owned import following


@dataclass(frozen=True)
class PackageOffer:
    """So many lessons in advance for one price, good for some days; where it names a course, for that alone.

    It is never changed but withdrawn: what was bought stays what it was.
    """

    id: int
    tutor_profile_id: int
    name: str
    credits: int
    price: Decimal
    currency: str
    valid_days: int
    course_id: int | None = None
    active: bool = True
    version: int = 1

    def withdrawn(self) -> PackageOffer:
        """Offer it no longer."""
        return following(self, {"active": False})

    def told(self) -> PackageOfferChanged:
        return PackageOfferChanged(
            offer_id=self.id,
            tutor_profile_id=self.tutor_profile_id,
            name=self.name,
            credits=self.credits,
            price=self.price,
            currency=self.currency,
            valid_days=self.valid_days,
            active=self.active,
            version=self.version,
            course_id=self.course_id,
        )
