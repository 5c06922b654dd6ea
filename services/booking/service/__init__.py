"""The doors of booking, a room for each noun, gathered into one service."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from chassis.context import Actor
from chassis.unit import Unit
from contracts.booking import ReliabilityChanged
from contracts.message import Event
from services.booking.domain import Side
from services.booking.series import series_changed
from services.booking.service.copies import Copies
from services.booking.service.erasure import Erasure
from services.booking.service.generation import Generation
from services.booking.service.lessons import Lessons
from services.booking.service.packages import BoughtPackages
from services.booking.service.payments import Paying
from services.booking.service.people import Attending
from services.booking.service.policies import Terms
from services.booking.service.reading import Reading
from services.booking.service.seats import Seating
from services.booking.service.series import RecurringSeries
from services.booking.service.sessions import GroupSessions
from services.booking.service.taking import Taking
from services.booking.service.timers import Timers
from services.booking.service.waiting import Waiting
from services.booking.sessions import session_changed
from services.booking.store import (
    AllSeries,
    Bookings,
    Packages,
    Policies,
    Reliabilities,
    Sessions,
    held_about,
)
from services.booking.telling import credits_as_they_are, last_event

TOLD_AGAIN = timedelta(days=90)  # what ended longer ago concerns no copy, unless it was held


class Booking(
    Taking,
    Lessons,
    GroupSessions,
    Seating,
    Waiting,
    RecurringSeries,
    Generation,
    Reading,
    Terms,
    BoughtPackages,
    Paying,
    Copies,
    Attending,
    Erasure,
    Timers,
):
    """Decides who has which time of a tutor, and everything that follows from it."""

    name = "booking"

    def state(self, unit: Unit) -> Iterable[Event]:
        """Policies, the sessions, series and bookings that matter to others, packages, reliabilities."""
        yield from Policies(unit.connection).all()
        for session in Sessions(unit.connection).worth_telling(unit.now - TOLD_AGAIN):
            yield session_changed(session)
        for series in AllSeries(unit.connection).worth_telling(unit.now - TOLD_AGAIN):
            yield series_changed(series)
        for booking in Bookings(unit.connection).worth_telling(unit.now - TOLD_AGAIN):
            yield last_event(booking)
        for package in Packages(unit.connection).all():
            yield credits_as_they_are(package)
        for record in Reliabilities(unit.connection, Side.TUTOR).all():
            yield ReliabilityChanged(record.person_id, record.share, record.version)

    def held_about(self, person: Actor) -> Mapping[str, Any]:
        return held_about(person)
