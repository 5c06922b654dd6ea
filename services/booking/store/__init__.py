"""Every table and statement of booking, as small repositories that take the connection."""

from services.booking.store.bookings import Bookings, Wanted
from services.booking.store.calendars import Calendars
from services.booking.store.copies import Accounts, Courses, OpenHours, PackageOffers, Tutors
from services.booking.store.held import held_about
from services.booking.store.history import History
from services.booking.store.ledger import Ledger
from services.booking.store.legacy import LegacyBookings
from services.booking.store.packages import Packages, WantedPackages
from services.booking.store.payments import Payments
from services.booking.store.people import Attended, Enrolments, People, Taught
from services.booking.store.policies import Policies
from services.booking.store.reliability import Reliabilities
from services.booking.store.series import AllSeries, Occurrences, WantedSeries
from services.booking.store.sessions import Sessions, Sought
from services.booking.store.tables import metadata
from services.booking.store.waitlist import Waitlist
from services.booking.store.words import Words

__all__ = [
    "Accounts",
    "AllSeries",
    "Attended",
    "Bookings",
    "Calendars",
    "Courses",
    "Enrolments",
    "History",
    "Ledger",
    "LegacyBookings",
    "Occurrences",
    "OpenHours",
    "PackageOffers",
    "Packages",
    "Payments",
    "People",
    "Policies",
    "Reliabilities",
    "Sessions",
    "Sought",
    "Taught",
    "Tutors",
    "Waitlist",
    "Wanted",
    "WantedPackages",
    "WantedSeries",
    "Words",
    "held_about",
    "metadata",
]
