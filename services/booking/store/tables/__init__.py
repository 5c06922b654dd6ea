"""The shape of booking's database.

Two things are kept by the database itself, whatever path a row comes by. A student's active bookings
can not overlap: an exclusion constraint of `bookings`. Nor can what blocks a tutor's time: a trigger
of `bookings` keeps one row of `blocks` for each active one-on-one booking, and an exclusion constraint
of `blocks` refuses the overlap. (A table of its own, because a booking is not the only thing that
blocks a tutor, while the bookings of one group session share their time.) And the `ledger` is
append-only and balanced by its triggers.
"""

from services.booking.store.tables.bookings import (
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
from services.booking.store.tables.schema import metadata
from services.booking.store.tables.terms import policies, reliabilities

__all__ = [
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
    "open_hours",
    "open_intervals",
    "package_offers",
    "packages",
    "policies",
    "reliabilities",
    "tutors",
]
