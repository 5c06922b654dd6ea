"""Every table and statement of booking, as small repositories that take the connection."""

from services.booking.store.bookings import Bookings, Wanted
from services.booking.store.calendars import Calendars
from services.booking.store.copies import Accounts, Courses, OpenHours, Tutors
from services.booking.store.history import History
from services.booking.store.ledger import Ledger
from services.booking.store.legacy import LegacyBookings
from services.booking.store.policies import Policies
from services.booking.store.reliability import Reliabilities
from services.booking.store.tables import metadata

__all__ = [
    "Accounts",
    "Bookings",
    "Calendars",
    "Courses",
    "History",
    "Ledger",
    "LegacyBookings",
    "OpenHours",
    "Policies",
    "Reliabilities",
    "Tutors",
    "Wanted",
    "metadata",
]
