"""What a tutor says of when to be open: zone, weekly hours and the exceptions from them.

A tutor may set hours as soon as there is a profile: they are kept by the identity that asks.
"""

from __future__ import annotations

from typing import TypeVar

from chassis.service import Service, answers
from chassis.unit import Unit
from contracts.catalog import DoneView
from contracts.scheduling import (
    AddAddition,
    AdditionPage,
    AdditionView,
    AddOverride,
    AddTimeOff,
    AvailabilityView,
    GetAvailability,
    ListAdditions,
    ListOverrides,
    ListTimeOff,
    OverridePage,
    OverrideView,
    RemoveAddition,
    RemoveOverride,
    RemoveTimeOff,
    ReplaceAvailability,
    TimeOffPage,
    TimeOffView,
)
from services.scheduling.domain import Schedule, check_order, check_room, check_windows
from services.scheduling.service.telling import tell
from services.scheduling.store import Additions, Calendars, Exceptions, Overrides, Schedules, TimeOff

N = TypeVar("N")
V = TypeVar("V")


class Hours(Service):
    @answers(GetAvailability)
    def availability(self, _: GetAvailability, unit: Unit) -> AvailabilityView:
        return _view(Schedules(unit.connection).get(unit.actor.profile_id))

    @answers(ReplaceAvailability)
    def replace_availability(self, request: ReplaceAvailability, unit: Unit) -> AvailabilityView:
        schedules = Schedules(unit.connection)
        schedule = schedules.lock(unit.actor.profile_id)
        replaced = schedule.replaced(request)
        schedules.save(replaced)
        if replaced.timezone != schedule.timezone:  # by which whole days of calendars are understood
            Calendars(unit.connection).hasten_all(unit.actor.profile_id, unit.now)
        tell([replaced], unit)
        return _view(replaced)

    # --- exceptions from the weekly hours --------------------------------------------------------------

    @answers(ListOverrides)
    def list_overrides(self, request: ListOverrides, unit: Unit) -> OverridePage:
        found = Overrides(unit.connection).page(unit.actor.profile_id, request.page, request.page_size)
        return OverridePage(*found, request.page, request.page_size)

    @answers(AddOverride)
    def add_override(self, request: AddOverride, unit: Unit) -> OverrideView:
        check_windows(request.intervals, "/intervals")
        return _added(request, Overrides(unit.connection), unit)

    @answers(RemoveOverride)
    def remove_override(self, request: RemoveOverride, unit: Unit) -> DoneView:
        return _removed(request.override_id, Overrides(unit.connection), unit)

    @answers(ListAdditions)
    def list_additions(self, request: ListAdditions, unit: Unit) -> AdditionPage:
        found = Additions(unit.connection).page(unit.actor.profile_id, request.page, request.page_size)
        return AdditionPage(*found, request.page, request.page_size)

    @answers(AddAddition)
    def add_addition(self, request: AddAddition, unit: Unit) -> AdditionView:
        check_order(request.start < request.end, "/end")
        return _added(request, Additions(unit.connection), unit)

    @answers(RemoveAddition)
    def remove_addition(self, request: RemoveAddition, unit: Unit) -> DoneView:
        return _removed(request.addition_id, Additions(unit.connection), unit)

    @answers(ListTimeOff)
    def list_time_off(self, request: ListTimeOff, unit: Unit) -> TimeOffPage:
        found = TimeOff(unit.connection).page(unit.actor.profile_id, request.page, request.page_size)
        return TimeOffPage(*found, request.page, request.page_size)

    @answers(AddTimeOff)
    def add_time_off(self, request: AddTimeOff, unit: Unit) -> TimeOffView:
        check_order(request.start_at < request.end_at, "/end_at")
        return _added(request, TimeOff(unit.connection), unit)

    @answers(RemoveTimeOff)
    def remove_time_off(self, request: RemoveTimeOff, unit: Unit) -> DoneView:
        return _removed(request.time_off_id, TimeOff(unit.connection), unit)


def _added(request: N, exceptions: Exceptions[N, V], unit: Unit) -> V:
    schedule = Schedules(unit.connection).lock(unit.actor.profile_id)
    check_room(exceptions.coming(schedule.tutor_profile_id, unit.now))
    added = exceptions.add(schedule.tutor_profile_id, request)
    tell([schedule], unit)
    return added


def _removed(exception_id: int, exceptions: Exceptions[N, V], unit: Unit) -> DoneView:
    schedule = Schedules(unit.connection).lock(unit.actor.profile_id)
    exceptions.remove(schedule.tutor_profile_id, exception_id)
    tell([schedule], unit)
    return DoneView()


def _view(schedule: Schedule) -> AvailabilityView:
    return AvailabilityView(
        schedule.tutor_profile_id, schedule.timezone, list(schedule.weekly_hours), schedule.version
    )
