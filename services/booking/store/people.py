"""What students attend and whom tutors teach: bookings and enrolments together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection, Select

from chassis.database import upsert_newer
from contracts.booking import ACTIVE, BookingStatus
from contracts.catalog import EnrolmentChanged
from services.booking.store.tables import bookings, courses, enrolments

_b, _e = bookings.c, enrolments.c
_S = BookingStatus
_COLUMNS = tuple(column.name for column in enrolments.columns)
_FOLLOWED = enrolments.outerjoin(courses, courses.c.course_id == _e.course_id)
_TITLE = sa.func.coalesce(courses.c.title, _e.course_title)  # the present one, as soon as the course is known
_ATTENDED = [*ACTIVE, _S.COMPLETED, _S.NO_SHOW_STUDENT, _S.NO_SHOW_TUTOR]


@dataclass(frozen=True)
class Attended:
    """One of the two: a booking by its id, or an enrolment."""

    booking_id: int | None
    course_id: int | None
    course_title: str | None
    tutor_profile_id: int
    enrolled_at: datetime | None


@dataclass(frozen=True)
class Taught:
    """What a tutor has had, and will have, with one student."""

    student_id: int
    bookings: int
    completed: int
    upcoming: int
    was_confirmed: bool
    next_lesson_at: datetime | None
    courses: list[str]


class Enrolments:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def learn(self, event: EnrolmentChanged) -> None:
        values = {name: getattr(event, name) for name in _COLUMNS}
        upsert_newer(self._connection, enrolments, values)


class People:
    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection, self._now = connection, now

    def attended_by(self, student_id: int, page: int, page_size: int) -> tuple[list[Attended], int]:
        """Coming bookings, then enrolments, then past bookings, and how many there are in all."""
        together = sa.union_all(self._booked(student_id), _followed(student_id)).subquery()
        order = (together.c.rank, together.c.moment, together.c.booking_id, together.c.course_id)
        rows, total = self._page(sa.select(together).order_by(*order), page, page_size)
        return [
            Attended(row.booking_id, row.course_id, row.title, row.tutor, row.enrolled_at) for row in rows
        ], total

    def taught_by(self, tutor_profile_id: int, page: int, page_size: int) -> tuple[list[Taught], int]:
        """Each student once, whose lesson is next first, and how many there are in all."""
        lessons, titles = self._lessons_of(tutor_profile_id), _titles_of(tutor_profile_id)
        student_id = sa.func.coalesce(lessons.c.student_id, titles.c.student_id).label("id")
        wanted = (
            sa.select(lessons, titles.c.titles, student_id)
            .select_from(lessons.outerjoin(titles, lessons.c.student_id == titles.c.student_id, full=True))
            .order_by(lessons.c.next_lesson_at.asc().nulls_last(), student_id)
        )
        rows, total = self._page(wanted, page, page_size)
        return [_taught(row) for row in rows], total

    def _booked(self, student_id: int) -> Select[Any]:
        coming = _b.end_at > self._now
        moment = sa.func.extract("epoch", _b.start_at)
        return sa.select(
            _b.id.label("booking_id"),
            _b.course_id,
            sa.null().label("title"),
            _b.tutor_profile_id.label("tutor"),
            sa.null().cast(_e.enrolled_at.type).label("enrolled_at"),
            sa.case((coming, 0), else_=2).label("rank"),
            sa.case((coming, moment), else_=-moment).label("moment"),
        ).where(_b.student_id == student_id, _b.status.in_(_ATTENDED), self._stands())

    def _lessons_of(self, tutor_profile_id: int) -> Any:
        upcoming = sa.and_(_b.status.in_(ACTIVE), _b.start_at > self._now, self._stands())
        lessons = sa.select(
            _b.student_id,
            sa.func.count().label("bookings"),
            sa.func.count().filter(_b.status == _S.COMPLETED).label("completed"),
            sa.func.count().filter(upcoming).label("upcoming"),
            sa.func.bool_or(_b.join_url.is_not(None)).label("was_confirmed"),
            sa.func.min(_b.start_at).filter(upcoming).label("next_lesson_at"),
        )
        return lessons.where(_b.tutor_profile_id == tutor_profile_id).group_by(_b.student_id).subquery()

    def _stands(self) -> ColumnElement[bool]:
        """It has not run out, recorded or not."""
        return sa.or_(_b.expires_at.is_(None), _b.expires_at > self._now)

    def _page(self, wanted: Select[Any], page: int, page_size: int) -> tuple[list[Any], int]:
        counted = wanted.order_by(None).subquery()
        total = self._connection.scalar(sa.select(sa.func.count()).select_from(counted)) or 0
        return list(self._connection.execute(wanted.limit(page_size).offset((page - 1) * page_size))), total


def _followed(student_id: int) -> Select[Any]:
    followed = sa.select(
        sa.null().cast(_b.id.type),
        _e.course_id,
        _TITLE,
        _e.tutor_profile_id,
        _e.enrolled_at,
        sa.literal(1),
        -sa.func.extract("epoch", _e.enrolled_at),
    )
    return followed.select_from(_FOLLOWED).where(_e.student_id == student_id, _e.active)


def _titles_of(tutor_profile_id: int) -> Any:
    titles = sa.func.array_agg(sa.dialects.postgresql.aggregate_order_by(_TITLE, _e.course_id))
    followed = sa.select(_e.student_id, titles.label("titles")).select_from(_FOLLOWED)
    theirs = followed.where(_e.tutor_profile_id == tutor_profile_id, _e.active)
    return theirs.group_by(_e.student_id).subquery()


def _taught(row: Any) -> Taught:
    return Taught(
        student_id=row.id,
        bookings=row.bookings or 0,
        completed=row.completed or 0,
        upcoming=row.upcoming or 0,
        was_confirmed=bool(row.was_confirmed),
        next_lesson_at=row.next_lesson_at,
        courses=row.titles or [],
    )
