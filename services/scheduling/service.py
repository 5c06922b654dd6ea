"""The doors of scheduling.

A tutor may set hours as soon as there is a profile: they are kept by the identity that asks. Every
change locks the tutor's schedule, so that the open hours are told in the order of the changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, TypeVar

from chassis.context import Actor
from chassis.forgetting import forget_dead
from chassis.service import Service, answers, consumes, every
from chassis.unit import Round, Unit
from contracts.bookable import Block, Limits
from contracts.booking import (
    BOOKING_STEPS,
    SESSION_EVENTS,
    BookingEvent,
    PolicyChanged,
    PolicyTerms,
    SessionEvent,
)
from contracts.catalog import (
    AccountErased,
    CourseChanged,
    CourseKind,
    DoneView,
    Role,
    TutorChanged,
    TutorStatus,
)
from contracts.errors import DurationNotOffered, NotFound, SubjectNotTaught, TutorNotApproved
from contracts.message import Event
from contracts.scheduling import (
    HORIZON_DAYS,
    AddAddition,
    AdditionPage,
    AdditionView,
    AddOverride,
    AddTimeOff,
    AvailabilityView,
    FindOpenTutors,
    GetAvailability,
    ListAdditions,
    ListOverrides,
    ListSlots,
    ListTimeOff,
    OpenHoursChanged,
    OpenTutorsView,
    OverridePage,
    OverrideView,
    RemoveAddition,
    RemoveOverride,
    RemoveTimeOff,
    ReplaceAvailability,
    SlotsView,
    TimeOffPage,
    TimeOffView,
)
from services.scheduling.availability import open_intervals
from services.scheduling.domain import Course, Schedule, check_order, check_room, check_windows
from services.scheduling.slots import Dates, Offer, period_asked, weeks_of_starts
from services.scheduling.store import (
    Additions,
    Courses,
    Exceptions,
    Lessons,
    Overrides,
    Policies,
    Schedules,
    TimeOff,
    Tutors,
    held_about,
    hours_of,
)

N = TypeVar("N")
V = TypeVar("V")

_DAY = timedelta(days=1)

# Told hours reach to the end of the last date of the longest window, the longest lesson on it included, and
# until they are told again.
_TOLD_BEHIND = _DAY
_TOLD_AHEAD = (HORIZON_DAYS + 1 + 2 + 1) * _DAY
_TOLD_EVERY = _DAY


class Scheduling(Service):
    """Owns hours and their exceptions; keeps copies of tutors, courses, policies and lessons."""

    name = "scheduling"

    @answers(GetAvailability)
    def availability(self, _: GetAvailability, unit: Unit) -> AvailabilityView:
        return _view(Schedules(unit.connection).get(unit.actor.profile_id))

    @answers(ReplaceAvailability)
    def replace_availability(self, request: ReplaceAvailability, unit: Unit) -> AvailabilityView:
        schedules = Schedules(unit.connection)
        replaced = schedules.lock(unit.actor.profile_id).replaced(request)
        schedules.save(replaced)
        _tell([replaced], unit)
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

    # --- slots -----------------------------------------------------------------------------------------

    @answers(ListSlots)
    def list_slots(self, request: ListSlots, unit: Unit) -> SlotsView:
        schedule = Schedules(unit.connection).get(request.tutor_profile_id)
        dates = Dates.asked(request.from_, request.to, request.timezone or schedule.timezone)
        offer = _offer(request, schedule, dates.period(), unit)
        days = offer.days(dates, request.duration_minutes, unit.now)
        return SlotsView(request.tutor_profile_id, dates.zone.key, request.duration_minutes, days)

    @answers(FindOpenTutors)
    def find_open_tutors(self, request: FindOpenTutors, unit: Unit) -> OpenTutorsView:
        period, minutes = period_asked(request.available_from, request.available_to), request.duration_minutes
        terms = Policies(unit.connection).terms_of_tutors()
        offered = [
            schedule
            for schedule in Schedules(unit.connection).of_approved()
            if minutes in terms[schedule.tutor_profile_id].durations_minutes
        ]
        found: set[int] = set()
        for starts in weeks_of_starts(period, minutes):
            rest = [schedule for schedule in offered if schedule.tutor_profile_id not in found]
            found |= _open_within(starts, minutes, rest, terms, unit)
        return OpenTutorsView(sorted(found))

    # --- copies ------------------------------------------------------------------------------------------

    @consumes(TutorChanged)
    def learn_tutor(self, event: TutorChanged, unit: Unit) -> None:
        Tutors(unit.connection).learn(event)

    @consumes(CourseChanged)
    def learn_course(self, event: CourseChanged, unit: Unit) -> None:
        Courses(unit.connection).learn(event)

    @consumes(PolicyChanged)
    def learn_policy(self, event: PolicyChanged, unit: Unit) -> None:
        Policies(unit.connection).learn(event)

    @consumes(*BOOKING_STEPS)
    def learn_booking(self, event: BookingEvent, unit: Unit) -> None:
        Lessons(unit.connection).learn(event.booking)

    @consumes(*SESSION_EVENTS)
    def learn_session(self, event: SessionEvent, unit: Unit) -> None:
        Lessons(unit.connection).learn_session(event.session)

    @consumes(AccountErased)
    def forget_tutor(self, event: AccountErased, unit: Unit) -> None:
        """Of hours, notes and reasons nothing stays; of lessons the times."""
        if event.tutor_profile_id is None:
            return
        schedules = Schedules(unit.connection)
        emptied = schedules.lock(event.tutor_profile_id).emptied()
        schedules.save(emptied)
        for kind in (Overrides, Additions, TimeOff):
            kind(unit.connection).remove_all(event.tutor_profile_id)
        _tell([emptied], unit)
        forget_dead(unit.connection, TutorChanged, event.tutor_profile_id)

    # --- telling -------------------------------------------------------------------------------------------

    @every(minutes=1)
    def roll_forward(self, unit: Round) -> None:
        """Tell hours again that were told a day ago, or a day ahead of a clock set back, some at a time."""
        untold = Schedules(unit.connection).lock_untold(unit.now - _TOLD_EVERY, unit.now + _TOLD_BEHIND)
        _tell(untold, unit)
        if untold:
            unit.afterwards(lambda: None, lambda _, following: self.roll_forward(following))

    def state(self, unit: Unit) -> Iterator[Event]:
        for schedules in Schedules(unit.connection).batches():
            yield from _open_hours(schedules, unit)

    def held_about(self, person: Actor) -> Mapping[str, Any]:
        return held_about(person)


def _added(request: N, exceptions: Exceptions[N, V], unit: Unit) -> V:
    schedule = Schedules(unit.connection).lock(unit.actor.profile_id)
    check_room(exceptions.coming(schedule.tutor_profile_id, unit.now))
    added = exceptions.add(schedule.tutor_profile_id, request)
    _tell([schedule], unit)
    return added


def _removed(exception_id: int, exceptions: Exceptions[N, V], unit: Unit) -> DoneView:
    schedule = Schedules(unit.connection).lock(unit.actor.profile_id)
    exceptions.remove(schedule.tutor_profile_id, exception_id)
    _tell([schedule], unit)
    return DoneView()


def _offer(request: ListSlots, schedule: Schedule, period: Block, unit: Unit) -> Offer:
    """Raises `NotFound`, `TutorNotApproved`, `SubjectNotTaught`, `DurationNotOffered`."""
    tutor = request.tutor_profile_id
    status = Tutors(unit.connection).status(tutor)
    if status is None:
        raise NotFound("There is no such tutor.")
    if status is not TutorStatus.APPROVED:
        raise TutorNotApproved()
    limits = _limits(request, unit)
    until = period.end + timedelta(minutes=request.duration_minutes)
    hours = hours_of(unit.connection, [schedule], period.start, until)[tutor]
    lessons = Lessons(unit.connection)
    busy = lessons.of_student(unit.actor.id, period, unit.now) if unit.actor.role == Role.STUDENT else []
    return Offer(hours, limits, lessons.around([tutor], period, unit.now)[tutor], busy)


def _limits(request: ListSlots, unit: Unit) -> Limits:
    course = None if request.course_id is None else _course(request.tutor_profile_id, request.course_id, unit)
    terms = Policies(unit.connection).terms(request.tutor_profile_id, request.course_id)
    limits = Limits.of(terms, course.duration_minutes if course else None)
    if request.duration_minutes not in limits.durations:
        raise DurationNotOffered()
    return limits


def _course(tutor_profile_id: int, course_id: int, unit: Unit) -> Course:
    course = Courses(unit.connection).offered(tutor_profile_id, course_id)
    if course is None:
        raise NotFound("The tutor offers no such course.")
    if course.kind is not CourseKind.ONE_ON_ONE:
        raise SubjectNotTaught("This course is taught in group sessions.")
    return course


def _open_within(
    starts: Block, minutes: int, schedules: Sequence[Schedule], terms: Mapping[int, PolicyTerms], unit: Unit
) -> set[int]:
    """The tutors with a bookable start within these instants."""
    hours = hours_of(unit.connection, schedules, starts.start, starts.end + timedelta(minutes=minutes))
    lessons = Lessons(unit.connection).around(list(hours), starts, unit.now)
    offers = {tutor: Offer(hours[tutor], Limits.of(terms[tutor]), lessons[tutor]) for tutor in hours}
    return {tutor for tutor, offer in offers.items() if offer.has_start(starts, minutes, unit.now)}


def _tell(schedules: Sequence[Schedule], unit: Unit) -> None:
    """Tell the open hours that follow from these schedules, which are locked."""
    for event in _open_hours(Schedules(unit.connection).count_telling(schedules, unit.now), unit):
        unit.tell(event)


def _open_hours(schedules: Sequence[Schedule], unit: Unit) -> Iterator[OpenHoursChanged]:
    since, until = unit.now - _TOLD_BEHIND, unit.now + _TOLD_AHEAD
    # Read after the schedules: a telling may hold more than its version says, but never less.
    hours = hours_of(unit.connection, schedules, since, until)
    for schedule in schedules:
        theirs = hours[schedule.tutor_profile_id]
        yield OpenHoursChanged(
            tutor_profile_id=schedule.tutor_profile_id,
            timezone=schedule.timezone,
            since=since,
            until=until,
            intervals=open_intervals(theirs, since, until),
            version=schedule.told,
        )


def _view(schedule: Schedule) -> AvailabilityView:
    return AvailabilityView(
        schedule.tutor_profile_id, schedule.timezone, list(schedule.weekly_hours), schedule.version
    )
