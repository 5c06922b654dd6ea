"""The nouns of booking and their lives; pure."""

from services.booking.domain.booking import Booking, Step, hold, take
from services.booking.domain.lesson import SYSTEM, Credit, Lesson, Mark, Person, Place, Side
from services.booking.domain.package import Package, PackageChange, PackageOffer, purchase
from services.booking.domain.payment import BY_HAND, Outcome, Payment, Task
from services.booking.domain.series import Item, Series
from services.booking.domain.session import Meeting, Plan, Session
from services.booking.domain.waitlist import Entry, Queue

__all__ = [
    "BY_HAND",
    "SYSTEM",
    "Booking",
    "Credit",
    "Entry",
    "Item",
    "Lesson",
    "Mark",
    "Meeting",
    "Outcome",
    "Package",
    "PackageChange",
    "PackageOffer",
    "Payment",
    "Person",
    "Place",
    "Plan",
    "Queue",
    "Series",
    "Session",
    "Side",
    "Step",
    "Task",
    "hold",
    "purchase",
    "take",
]
