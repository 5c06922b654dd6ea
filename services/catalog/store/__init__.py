"""Every table and statement of catalog."""

from services.catalog.store.accounts import Accounts, Credentials
from services.catalog.store.courses import Courses, Subjects
from services.catalog.store.enrolments import Enrolments
from services.catalog.store.held import held_about
from services.catalog.store.listings import Found, Listings
from services.catalog.store.packages import PackageOffers
from services.catalog.store.sessions import LogInAttempts, Sessions
from services.catalog.store.tables import metadata
from services.catalog.store.tutors import Tutors

__all__ = [
    "Accounts",
    "Courses",
    "Credentials",
    "Enrolments",
    "Found",
    "Listings",
    "LogInAttempts",
    "PackageOffers",
    "Sessions",
    "Subjects",
    "Tutors",
    "held_about",
    "metadata",
]
