"""The nouns of booking and their lives; pure."""

from services.booking.domain.booking import Booking, Step, hold, take
from services.booking.domain.lesson import SYSTEM, Credit, Lesson, Mark, Person, Side
from services.booking.domain.package import Package, PackageChange, PackageOffer, purchase

__all__ = [
    "SYSTEM",
    "Booking",
    "Credit",
    "Lesson",
    "Mark",
    "Package",
    "PackageChange",
    "PackageOffer",
    "Person",
    "Side",
    "Step",
    "hold",
    "purchase",
    "take",
]
