"""Group sessions: announcing, changing, finding, listing.

How many seats are taken and held is written by triggers of `bookings` and `waitlist`; here it is only read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection, Row, Select

from chassis.context import Actor
from chassis.database import for_change
from contracts.bookable import Block
from contracts.booking import MeetingProvider, SessionStatus
from contracts.catalog import TutorStatus
from contracts.errors import Denied, NotFound
from services.booking.domain import Mark, Meeting, Plan, Session
from services.booking.store.refusals import refusing
from services.booking.store.tables import sessions, tutors

_c = sessions.c
_NEXT_ID = sa.select(sa.Sequence("sessions_id_seq").next_value())
_SCHEDULED = SessionStatus.SCHEDULED


@dataclass(frozen=True)
class Sought:
    """Which sessions a list is of; the period [since, until) is of starts. What is null does not matter."""

    statuses: Sequence[SessionStatus] | None = None
    tutor_profile_id: int | None = None
    course_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    page: int = 1
    page_size: int = 20


class Sessions:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def next_id(self) -> int:
        return self._connection.execute(_NEXT_ID).scalar_one()

    def add(self, session: Session) -> None:
        """Raises `SlotTaken` where the database refuses the overlap."""
        with refusing(self._connection):
            values = {**_row_of(session), "seats_taken": 0, "seats_held": 0}
            self._connection.execute(sa.insert(sessions).values(values))

    def save(self, *changed: Session) -> None:
        """Write the next versions of sessions that were read for it."""
        for session in changed:
            before = sa.and_(_c.id == session.id, _c.version == session.version - 1)
            written = sa.update(sessions).where(before).values(_row_of(session)).returning(_c.id)
            self._connection.execute(written).scalar_one()

    def get(self, session_id: int, *, to_change: bool = False) -> Session:
        """The session; locked, where it or its seats are to be changed. Raises `NotFound`."""
        wanted = sa.select(sessions).where(_c.id == session_id)
        # Not against a booking that only refers to it.
        locked = for_change(wanted)
        row = self._connection.execute(locked if to_change else wanted).first()
        if row is None:
            raise NotFound("There is no such session.")
        return _session_of(row)

    def of(self, session_ids: Iterable[int]) -> dict[int, Session]:
        """Those sessions by their ids."""
        wanted = sa.select(sessions).where(_c.id.in_(set(session_ids)))
        return {session.id: session for session in self._all(wanted)}

    def get_own(self, session_id: int, actor: Actor) -> Session:
        """A session of the actor's, or any for an admin. Raises `NotFound`, `Denied`."""
        session = self.get(session_id)
        if not actor.is_admin and session.plan.tutor_profile_id != actor.profile_id:
            raise Denied()
        return session

    def count_change(self, session_id: int, now: datetime) -> Session:
        """The session as it stands after its seats have changed, as its next version."""
        counted = (
            sa.update(sessions).where(_c.id == session_id).values(version=_c.version + 1, updated_at=now)
        )
        return _session_of(self._connection.execute(counted.returning(*_c)).one())

    def of_approved(self, sought: Sought, now: datetime) -> tuple[list[Session], int]:
        """Those of approved tutors that are sought, the first start first, and how many there are in all."""
        approved = sa.select(tutors.c.tutor_profile_id).where(tutors.c.status == TutorStatus.APPROVED)
        where = sa.and_(_c.tutor_profile_id.in_(approved), *_conditions(sought, now))
        return self._page(where, sought, _c.start_at, _c.id)

    def page(self, sought: Sought, now: datetime) -> tuple[list[Session], int]:
        """Those that are sought, the latest start first, and how many there are in all."""
        where = sa.and_(*_conditions(sought, now))
        return self._page(where, sought, _c.start_at.desc(), _c.id.desc())

    def starting_at(self, course_id: int, starts: Iterable[datetime]) -> dict[datetime, int]:
        """Those of the course that are to be held and start at one of these instants: their ids by it."""
        own = sa.and_(_c.course_id == course_id, _c.status == _SCHEDULED, _c.start_at.in_(list(starts)))
        rows = self._connection.execute(sa.select(_c.start_at, _c.id).where(own))
        return {row.start_at: row.id for row in rows}

    def last_start(self, course_id: int) -> datetime | None:
        """When the last session of the course starts that is to be held."""
        own = sa.and_(_c.course_id == course_id, _c.status == _SCHEDULED)
        latest = sa.select(_c.start_at).where(own).order_by(_c.start_at.desc()).limit(1)
        return self._connection.scalar(latest)

    def to_come_of(self, tutor_profile_id: int, now: datetime) -> list[Session]:
        """The tutor's sessions that are to be held and have not started."""
        where = sa.and_(_c.tutor_profile_id == tutor_profile_id, _c.status == _SCHEDULED, _c.start_at > now)
        return self._all(sa.select(sessions).where(where).order_by(_c.id))

    def over(self, now: datetime, most: int) -> list[Session]:
        """Some whose end has passed unrecorded, locked, that nobody else is at."""
        where = sa.and_(_c.status == _SCHEDULED, _c.end_at <= now)
        oldest = sa.select(sessions).where(where).order_by(_c.end_at).limit(most)
        return self._all(for_change(oldest, skip_locked=True))

    def worth_telling(self, since: datetime) -> Iterator[Session]:
        """What is to be held, and whatever changed since then."""
        where = sa.or_(_c.status == _SCHEDULED, _c.updated_at >= since)
        wanted = sa.select(sessions).where(where).order_by(_c.id)
        for row in self._connection.execute(wanted, execution_options={"yield_per": 500}):
            yield _session_of(row)

    def _page(
        self, where: ColumnElement[bool], sought: Sought, *order: ColumnElement[Any]
    ) -> tuple[list[Session], int]:
        total = self._connection.scalar(sa.select(sa.func.count()).select_from(sessions).where(where)) or 0
        some = sa.select(sessions).where(where).order_by(*order)
        return self._all(some.offset((sought.page - 1) * sought.page_size).limit(sought.page_size)), total

    def _all(self, wanted: Select[Any]) -> list[Session]:
        return [_session_of(row) for row in self._connection.execute(wanted)]


def _status_at(now: datetime) -> ColumnElement[str]:
    """The status that holds now, as the domain's `status_at`."""
    over = sa.and_(_c.status == _SCHEDULED, _c.end_at <= now)
    return sa.case((over, SessionStatus.COMPLETED.value), else_=_c.status)


def _conditions(sought: Sought, now: datetime) -> Iterator[ColumnElement[bool]]:
    if sought.statuses is not None:
        yield _status_at(now).in_(sought.statuses)
    if sought.tutor_profile_id is not None:
        yield _c.tutor_profile_id == sought.tutor_profile_id
    if sought.course_id is not None:
        yield _c.course_id == sought.course_id
    if sought.since is not None:
        yield _c.start_at >= sought.since
    if sought.until is not None:
        yield _c.start_at < sought.until


def _row_of(session: Session) -> dict[str, Any]:
    plan, ended = session.plan, session.cancellation
    return {
        "id": session.id,
        "tutor_profile_id": plan.tutor_profile_id,
        "tutor_account_id": plan.tutor_account_id,
        "timezone_snapshot": plan.timezone,
        "course_id": plan.course_id,
        "course_title": plan.course_title,
        "subject_id": plan.subject_id,
        "subject_name": plan.subject_name,
        "start_at": plan.start_at,
        "end_at": plan.end_at,
        "duration_minutes": plan.duration_minutes,
        "blocked_from": plan.blocked.start,
        "blocked_to": plan.blocked.end,
        "capacity": plan.capacity,
        "seat_price": plan.seat_price,
        "currency": plan.currency,
        "meeting_provider": plan.meeting.provider,
        "meeting_link": plan.meeting.link,
        "meeting_id": plan.meeting.id,
        "meeting_passcode": plan.meeting.passcode,
        "status": session.status,
        "cancelled_by": ended and ended.by,
        "cancelled_at": ended and ended.at,
        "cancel_reason": ended and ended.reason,
        "created_at": session.created_at,
        "updated_at": session.updated_at,
        "version": session.version,
    }


def _session_of(row: Row[Any]) -> Session:
    ended = row.cancelled_at and Mark(row.cancelled_by, row.cancelled_at, row.cancel_reason)
    return Session(
        id=row.id,
        plan=_plan_of(row),
        created_at=row.created_at,
        updated_at=row.updated_at,
        status=SessionStatus(row.status),
        version=row.version,
        seats_taken=row.seats_taken,
        seats_held=row.seats_held,
        cancellation=ended,
    )


def _plan_of(row: Row[Any]) -> Plan:
    return Plan(
        tutor_profile_id=row.tutor_profile_id,
        tutor_account_id=row.tutor_account_id,
        timezone=row.timezone_snapshot,
        course_id=row.course_id,
        course_title=row.course_title,
        subject_id=row.subject_id,
        subject_name=row.subject_name,
        start_at=row.start_at,
        duration_minutes=row.duration_minutes,
        blocked=Block(row.blocked_from, row.blocked_to),
        capacity=row.capacity,
        seat_price=row.seat_price,
        currency=row.currency,
        meeting=Meeting(
            MeetingProvider(row.meeting_provider), row.meeting_link, row.meeting_id, row.meeting_passcode
        ),
    )
