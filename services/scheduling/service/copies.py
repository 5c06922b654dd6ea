"""Learning what others own: tutors, courses, policies, and who is taught when."""

from __future__ import annotations

from chassis.service import Service, consumes
from chassis.unit import Unit
from contracts.booking import BOOKING_STEPS, SESSION_EVENTS, BookingEvent, PolicyChanged, SessionEvent
from contracts.catalog import CourseChanged, TutorChanged
from services.scheduling.store import Courses, Lessons, Policies, Tutors


class Copies(Service):
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
