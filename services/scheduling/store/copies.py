"""What scheduling copies of catalog's and booking's facts, as far as slots depend on it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection, Select, Table

from chassis.database import upsert_newer
from contracts.bookable import Block
from contracts.booking import (
    ACTIVE,
    BookingState,
    PolicyChanged,
    PolicyTerms,
    SessionState,
    SessionStatus,
)
from contracts.catalog import CourseChanged, CourseKind, TutorChanged, TutorStatus
from services.scheduling.domain import Course
from services.scheduling.slots import REACH, Lesson
from services.scheduling.store.tables import courses, lessons, policies, sessions, tutors

_OWN = 0  # in the place of a course: the policy of the tutor
_TERMS = (
    "min_notice_hours",
    "booking_window_days",
    "durations_minutes",
    "slot_step_minutes",
    "buffer_before_minutes",
    "buffer_after_minutes",
    "max_bookings_per_day",
)


class Tutors:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def learn(self, tutor: TutorChanged) -> None:
        values = {
            "tutor_profile_id": tutor.tutor_profile_id,
            "status": tutor.status,
            "version": tutor.version,
        }
        upsert_newer(self._connection, tutors, values)

    def status(self, tutor_profile_id: int) -> TutorStatus | None:
        """None where there is no such tutor."""
        query = sa.select(tutors.c.status).where(tutors.c.tutor_profile_id == tutor_profile_id)
        status = self._connection.scalar(query)
        return None if status is None else TutorStatus(status)


class Courses:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def learn(self, course: CourseChanged) -> None:
        values = {
            "course_id": course.course_id,
            "tutor_profile_id": course.tutor_profile_id,
            "duration_minutes": course.duration_minutes,
            "kind": course.kind,
            "active": course.active,
            "version": course.version,
        }
        upsert_newer(self._connection, courses, values)

    def offered(self, tutor_profile_id: int, course_id: int) -> Course | None:
        """None where the tutor offers no such course."""
        query = sa.select(courses.c.duration_minutes, courses.c.kind).where(
            courses.c.course_id == course_id, courses.c.tutor_profile_id == tutor_profile_id, courses.c.active
        )
        row = self._connection.execute(query).one_or_none()
        return None if row is None else Course(row.duration_minutes, CourseKind(row.kind))


class Policies:
    """Of the terms only those that decide about starts."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def learn(self, policy: PolicyChanged) -> None:
        terms = policy.terms
        values = {
            "tutor_profile_id": policy.tutor_profile_id,
            "course_id": policy.course_id or _OWN,
            "terms": None if terms is None else {name: getattr(terms, name) for name in _TERMS},
            "version": policy.version,
        }
        upsert_newer(self._connection, policies, values)

    def terms(self, tutor_profile_id: int, course_id: int | None) -> PolicyTerms:
        """Those of the course, or else of the tutor, or else the defaults."""
        query = (
            sa.select(policies.c.terms)
            .where(
                policies.c.tutor_profile_id == tutor_profile_id,
                policies.c.course_id.in_([_OWN, course_id or _OWN]),
                policies.c.terms.is_not(None),
            )
            .order_by(policies.c.course_id.desc())
        )
        terms = self._connection.scalars(query).first()
        return PolicyTerms(**terms or {})

    def terms_of_tutors(self) -> Mapping[int, PolicyTerms]:
        """Each tutor's own terms, or the defaults, by profile id."""
        query = sa.select(policies).where(policies.c.course_id == _OWN, policies.c.terms.is_not(None))
        rows = self._connection.execute(query)
        return defaultdict(PolicyTerms, {row.tutor_profile_id: PolicyTerms(**row.terms) for row in rows})


class Lessons:
    """Bookings and sessions by the time that they take; what no longer does keeps its row for its version.

    The bookings of a session take their students' time; the tutor's is taken by the session.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def learn(self, booking: BookingState) -> None:
        values = {
            "booking_id": booking.id,
            "tutor_profile_id": booking.tutor_profile_id,
            "student_id": booking.student_id,
            "in_session": booking.session_id is not None,
            "start_at": booking.start_at,
            "end_at": booking.end_at,
            "blocked_from": booking.blocked_from,
            "blocked_to": booking.blocked_to,
            "active": booking.status in ACTIVE,
            "expires_at": booking.expires_at,
            "version": booking.version,
        }
        upsert_newer(self._connection, lessons, values)

    def learn_session(self, session: SessionState) -> None:
        values = {
            "session_id": session.id,
            "tutor_profile_id": session.tutor_profile_id,
            "start_at": session.start_at,
            "blocked_from": session.blocked_from,
            "blocked_to": session.blocked_to,
            "scheduled": session.status is SessionStatus.SCHEDULED,
            "version": session.version,
        }
        upsert_newer(self._connection, sessions, values)

    def around(self, tutors_asked: Sequence[int], period: Block, now: datetime) -> Mapping[int, list[Lesson]]:
        """What takes these tutors' time within reach of the period, by the tutor's profile id."""
        alone = _times(lessons, tutors_asked, period).where(~lessons.c.in_session, *_stand(now))
        in_groups = _times(sessions, tutors_asked, period).where(sessions.c.scheduled)
        found: dict[int, list[Lesson]] = defaultdict(list)
        for row in self._connection.execute(sa.union_all(alone, in_groups)):
            lesson = Lesson(row.start_at, Block(row.blocked_from, row.blocked_to))
            found[row.tutor_profile_id].append(lesson)
        return found

    def of_student(self, account_id: int, period: Block, now: datetime) -> list[Block]:
        """When the student has lessons, with whomever, within reach of the period."""
        begins = lessons.c.start_at.between(period.start - REACH, period.end + REACH)
        query = sa.select(lessons.c.start_at, lessons.c.end_at)
        rows = self._connection.execute(query.where(lessons.c.student_id == account_id, begins, *_stand(now)))
        return [Block(row.start_at, row.end_at) for row in rows]


def _times(table: Table, tutors_asked: Sequence[int], period: Block) -> Select[Any]:
    begins = table.c.blocked_from.between(period.start - REACH, period.end + REACH)
    times = sa.select(table.c.tutor_profile_id, table.c.start_at, table.c.blocked_from, table.c.blocked_to)
    return times.where(table.c.tutor_profile_id.in_(tutors_asked), begins)


def _stand(now: datetime) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """A hold or a request that has run out takes no time, even before booking has told so."""
    return lessons.c.active, sa.or_(lessons.c.expires_at.is_(None), lessons.c.expires_at > now)
