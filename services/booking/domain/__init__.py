"""The nouns of booking and their lives; pure."""

from services.booking.domain.booking import Booking, Step, hold, take
from services.booking.domain.lesson import SYSTEM, Credit, Lesson, Mark, Person, Side

__all__ = ["SYSTEM", "Booking", "Credit", "Lesson", "Mark", "Person", "Side", "Step", "hold", "take"]
