"""Forgetting a tutor who is no more."""

from __future__ import annotations

from chassis.forgetting import forget_dead, forget_told
from chassis.service import Service, consumes
from chassis.unit import Unit
from contracts.catalog import AccountErased, TutorChanged
from contracts.scheduling import CalendarWentStale
from services.scheduling.service.telling import tell
from services.scheduling.store import Additions, Calendars, Overrides, Schedules, TimeOff


class Erasure(Service):
    @consumes(AccountErased)
    def forget_tutor(self, event: AccountErased, unit: Unit) -> None:
        """Of hours, calendars, notes and reasons nothing stays; of lessons the times."""
        if event.tutor_profile_id is None:
            return
        schedules = Schedules(unit.connection)
        emptied = schedules.lock(event.tutor_profile_id).emptied()
        schedules.save(emptied)
        for kind in (Overrides, Additions, TimeOff):
            kind(unit.connection).remove_all(event.tutor_profile_id)
        for calendar_id in Calendars(unit.connection).remove_all(event.tutor_profile_id):
            forget_told(unit.connection, CalendarWentStale, calendar_id)
        tell([emptied], unit)
        forget_dead(unit.connection, TutorChanged, event.tutor_profile_id)
