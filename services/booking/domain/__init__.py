"""The nouns of booking and their lives; pure."""

from services.booking.domain.booking import Booking, Step, hold, take
from services.booking.domain.lesson import SYSTEM, Credit, Lesson, Mark, Person, Side
from services.booking.domain.package import Package, PackageChange, PackageOffer, purchase
from services.booking.domain.session import Meeting, Plan, Session
from services.booking.domain.waitlist import Entry, Queue

__all__ = [
    "SYSTEM",
    "Booking",
    "Credit",
    "Entry",
    "Lesson",
    "Mark",
    "Meeting",
    "Package",
    "PackageChange",
    "PackageOffer",
    "Person",
    "Plan",
    "Queue",
    "Session",
    "Side",
    "Step",
    "hold",
    "purchase",
    "take",
]
