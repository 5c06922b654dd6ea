"""The shape of booking's database.

Some things are kept by the database itself, whatever path a row comes by. A student's active bookings
can not overlap: an exclusion constraint of `bookings`. Nor can what blocks a tutor's time: triggers
keep one row of `blocks` for each active one-on-one booking and each scheduled session, and an exclusion
constraint of `blocks` refuses the overlap. (A table of its own, because a booking is not the only thing
that blocks a tutor, while the bookings of one group session share their time.) No session has more seats
taken and held than there are: triggers of `bookings` and `waitlist` count them in its row, and a check
refuses one too many. And the `ledger` is append-only and balanced by its triggers.
"""

from services.booking.store.tables.bookings import (
    ONE_A_SESSION,
    STUDENT_OVERLAP,
    TUTOR_OVERLAP,
    blocks,
    bookings,
    history,
    legacy_bookings,
)
from services.booking.store.tables.books import ledger, packages
from services.booking.store.tables.copies import (
    accounts,
    courses,
    enrolments,
    open_hours,
    open_intervals,
    package_offers,
    tutors,
)
from services.booking.store.tables.payments import payments
from services.booking.store.tables.schema import metadata
from services.booking.store.tables.series import occurrences, series
from services.booking.store.tables.sessions import CAPACITY, sessions, waitlist
from services.booking.store.tables.terms import policies, reliabilities, student_reliabilities

__all__ = [
    "CAPACITY",
    "ONE_A_SESSION",
    "STUDENT_OVERLAP",
    "TUTOR_OVERLAP",
    "accounts",
    "blocks",
    "bookings",
    "courses",
    "enrolments",
    "history",
    "ledger",
    "legacy_bookings",
    "metadata",
    "occurrences",
    "open_hours",
    "open_intervals",
    "package_offers",
    "packages",
    "payments",
    "policies",
    "reliabilities",
    "series",
    "sessions",
    "student_reliabilities",
    "tutors",
    "waitlist",
]
