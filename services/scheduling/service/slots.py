"""Listing bookable starts, and looking for tutors who have one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from chassis.service import Service, answers
from chassis.unit import Unit
from contracts.bookable import Block, Limits
from contracts.booking import PolicyTerms
from contracts.catalog import CourseKind, Role, TutorStatus
from contracts.errors import DurationNotOffered, NotFound, SubjectNotTaught, TutorNotApproved
from contracts.scheduling import FindOpenTutors, ListSlots, OpenTutorsView, SlotsView
from services.scheduling.domain import Course, Schedule
from services.scheduling.slots import Dates, Offer, period_asked, weeks_of
from services.scheduling.store import Courses, Lessons, Policies, Schedules, Tutors, hours_of


class Slots(Service):
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
        for starts in weeks_of(period):
            rest = [schedule for schedule in offered if schedule.tutor_profile_id not in found]
            found |= _open_within(starts, minutes, rest, terms, unit)
        return OpenTutorsView(sorted(found))


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
