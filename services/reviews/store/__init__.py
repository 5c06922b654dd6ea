"""Every table and statement of reviews.

Of a booking, an account and a tutor only what is needed is copied. A removed review keeps its row,
without its words, so that a lesson is reviewed only once.
"""

from services.reviews.store.copies import Lessons, People, Tutors
from services.reviews.store.held import held_about
from services.reviews.store.ratings import Ratings
from services.reviews.store.reviews import Reviews
from services.reviews.store.tables import metadata

__all__ = ["Lessons", "People", "Ratings", "Reviews", "Tutors", "held_about", "metadata"]
