"""Every table and statement of scheduling."""

from services.scheduling.store.calendars import BusyTimes, Calendars
from services.scheduling.store.copies import Courses, Lessons, Policies, Tutors
from services.scheduling.store.exceptions import Additions, Exceptions, Overrides, TimeOff, hours_of
from services.scheduling.store.held import held_about
from services.scheduling.store.schedules import Schedules
from services.scheduling.store.tables import metadata

__all__ = [
    "Additions",
    "BusyTimes",
    "Calendars",
    "Courses",
    "Exceptions",
    "Lessons",
    "Overrides",
    "Policies",
    "Schedules",
    "TimeOff",
    "Tutors",
    "held_about",
    "hours_of",
    "metadata",
]
