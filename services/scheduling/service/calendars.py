"""Calendars kept elsewhere: added, read every 15 minutes or at once, removed.

Each reading is claimed in one transaction, done outside of any, and taken in by the next, which tells the
open hours anew where they are others.
"""

from __future__ import annotations

from functools import partial

from chassis.egress import Egress, Lookout
from chassis.service import Service, answers, every
from chassis.settings import Settings
from chassis.unit import Round, Unit
from contracts.bookable import Block
from contracts.catalog import DoneView
from contracts.errors import TooManyCalendars
from contracts.scheduling import (
    AddCalendar,
    CalendarPage,
    CalendarView,
    GetCalendar,
    ListCalendars,
    RefreshCalendar,
    RemoveCalendar,
)
from services.scheduling.availability import within
from services.scheduling.calendars import MOST_CALENDARS, ExternalCalendar, Outcome, Read, Task
from services.scheduling.domain import Schedule
from services.scheduling.readers import Reader
from services.scheduling.service.telling import tell, told_period
from services.scheduling.store import BusyTimes, Calendars, Schedules


class KeptCalendars(Service):
    """What tutors do with their calendars."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        egress = Egress(settings.egress_allow_loopback)
        self._reader, self._lookout = Reader(egress), Lookout(egress)

    @answers(ListCalendars)
    def list_calendars(self, request: ListCalendars, unit: Unit) -> CalendarPage:
        found, total = Calendars(unit.connection).page(unit.actor.profile_id, request.page, request.page_size)
        return CalendarPage([each.view(unit.now) for each in found], total, request.page, request.page_size)

    @answers(GetCalendar)
    def get_calendar(self, request: GetCalendar, unit: Unit) -> CalendarView:
        return Calendars(unit.connection).get(request.calendar_id, unit.actor.profile_id).view(unit.now)

    @answers(AddCalendar)
    def add_calendar(self, request: AddCalendar, unit: Unit) -> CalendarView:
        self._lookout.look_at(request.url)
        schedule = Schedules(unit.connection).lock(unit.actor.profile_id)
        shelf = Calendars(unit.connection)
        if shelf.count(schedule.tutor_profile_id) >= MOST_CALENDARS:
            raise TooManyCalendars()
        added = ExternalCalendar(
            id=0,
            tutor_profile_id=schedule.tutor_profile_id,
            account_id=unit.actor.id,
            name=request.name,
            url=request.url,
            due_at=unit.now,
        )
        return shelf.add(added).view(unit.now)

    @answers(RefreshCalendar)
    def refresh_calendar(self, request: RefreshCalendar, unit: Unit) -> CalendarView:
        shelf = Calendars(unit.connection)
        calendar = shelf.locked(request.calendar_id, unit.actor.profile_id)
        return shelf.save(calendar.hastened(unit.now)).view(unit.now)

    @answers(RemoveCalendar)
    def remove_calendar(self, request: RemoveCalendar, unit: Unit) -> DoneView:
        schedule = Schedules(unit.connection).lock(unit.actor.profile_id)
        shelf = Calendars(unit.connection)
        calendar = shelf.locked(request.calendar_id, schedule.tutor_profile_id)
        _keep_busy(calendar, [], schedule, unit)
        shelf.remove(calendar)
        return DoneView()


class ReadingCalendars(KeptCalendars):
    """What is read of them."""

    @every(seconds=1, at_once=16)
    def read_calendars(self, unit: Round) -> None:
        for task in Calendars(unit.connection).claim(unit.room, unit.now):
            unit.afterwards(partial(self._reader.read, task), partial(self._settle, task))

    def _settle(self, task: Task, outcome: Outcome, unit: Round) -> None:
        _take_in(task, outcome, unit)
        self.read_calendars(unit)


def _take_in(task: Task, outcome: Outcome, unit: Unit) -> None:
    """What a reading brought, unless the calendar was removed or claimed again meanwhile."""
    schedule = Schedules(unit.connection).lock(task.tutor_profile_id)
    shelf = Calendars(unit.connection)
    before = shelf.claimed_for(task)
    if before is None:
        return
    calendar = shelf.save(before.after(task, outcome, unit.now))
    if isinstance(outcome, Read):
        _keep_busy(calendar, outcome.busy, schedule, unit)
    if went_stale := calendar.went_stale(before):
        unit.tell(went_stale)


def _keep_busy(calendar: ExternalCalendar, busy: list[Block], schedule: Schedule, unit: Unit) -> None:
    """In the place of what was kept before; hours are told anew where that closes others."""
    shelf = BusyTimes(unit.connection, calendar)
    former = shelf.all()
    if busy == former:
        return
    shelf.replace(busy)
    told = told_period(unit.now)
    if within(busy, told) != within(former, told):
        tell([schedule], unit)
