"""Copies of accounts, tutors, lessons and sessions, the highest version last."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection, Row
from sqlalchemy.dialects.postgresql import JSONB

from chassis.context import Actor
from chassis.database import upsert_newer
from contracts.booking import BookingEvent, BookingState, BookingStatus, SessionState
from contracts.catalog import AccountChanged, TutorChanged
from contracts.errors import Denied, NotFound
from services.notifications.calendars import KnownBooking, KnownSession
from services.notifications.domain import Note, Reader
from services.notifications.store.tables import accounts, lessons, sessions, tutors

_NO_NAME = "N. N."  # in either language, until the name has been told


class Accounts:
    """How people are addressed."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def learn(self, account: AccountChanged) -> None:
        values = {
            "account_id": account.account_id,
            "name": account.name,
            "email": account.email,
            "timezone": account.timezone,
            "locale": account.locale,
            "version": account.version,
        }
        upsert_newer(self._connection, accounts, values)

    def readers(self, account_ids: Iterable[int]) -> dict[int, Reader]:
        """All of them by their ids, with a stopgap for who is not known yet."""
        wanted = set(account_ids)
        query = sa.select(accounts).where(accounts.c.account_id.in_(wanted))
        known = {
            row.account_id: Reader(row.account_id, row.name, row.email, row.timezone, row.locale)
            for row in self._connection.execute(query)
        }
        return {person: Reader(person, _NO_NAME) for person in wanted} | known


class Tutors:
    """Whose the profiles are."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def learn(self, tutor: TutorChanged) -> None:
        ids = {"tutor_profile_id": tutor.tutor_profile_id, "account_id": tutor.account_id}
        upsert_newer(self._connection, tutors, {**ids, "version": tutor.version})

    def accounts_of(self, profile_ids: Collection[int]) -> set[int]:
        """The accounts of those that are known."""
        if not profile_ids:
            return set()
        theirs = sa.select(tutors.c.account_id).where(tutors.c.tutor_profile_id.in_(profile_ids))
        return set(self._connection.scalars(theirs))


class Lessons:
    """Bookings as they stand."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def learn(self, event: BookingEvent, happened_at: datetime) -> bool:
        """Whether this was news."""
        booking = event.booking
        values = {
            "booking_id": booking.id,
            "booking": booking,
            "version": booking.version,
            "student_id": booking.student_id,
            "tutor_account_id": booking.tutor_account_id,
            "session_id": booking.session_id,
            "start_at": booking.start_at,
            "of_hold": event.is_of_hold,
            "changed_at": happened_at,
        }
        return upsert_newer(self._connection, lessons, values)

    def of(self, note: Note) -> BookingState | None:
        """The lesson that the note is about, if it is about one."""
        query = sa.select(lessons.c.booking).where(lessons.c.booking_id == note.facts.booking_id)
        return self._connection.scalar(query)

    def get(self, booking_id: int, actor: Actor) -> KnownBooking:
        """A booking of the actor's; an admin's are all. Raises `NotFound`, `Denied`."""
        wanted = sa.select(lessons).where(lessons.c.booking_id == booking_id)
        row = self._connection.execute(wanted.where(_visible_to(actor))).one_or_none()
        if row is not None:
            return _known(row)
        raise NotFound() if self._connection.execute(wanted).first() is None else Denied()

    def between(self, since: datetime, until: datetime, account_id: int, most: int) -> list[KnownBooking]:
        """The first of somebody's with a start in the period; neither holds nor seats of own sessions."""
        as_tutor = (lessons.c.tutor_account_id == account_id) & lessons.c.session_id.is_(None)
        theirs = sa.or_(lessons.c.student_id == account_id, as_tutor)
        query = (
            sa.select(lessons)
            .where(theirs, ~lessons.c.of_hold, lessons.c.start_at >= since, lessons.c.start_at < until)
            .order_by(lessons.c.start_at, lessons.c.booking_id)
            .limit(most)
        )
        return [_known(row) for row in self._connection.execute(query)]


class Sessions:
    """Group sessions as they stand."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def learn(self, session: SessionState, happened_at: datetime) -> bool:
        """Whether this was news."""
        values = {
            "session_id": session.id,
            "session": session,
            "version": session.version,
            "tutor_account_id": session.tutor_account_id,
            "start_at": session.start_at,
            "changed_at": happened_at,
        }
        return upsert_newer(self._connection, sessions, values)

    def between(self, since: datetime, until: datetime, tutor_id: int, most: int) -> list[KnownSession]:
        """The first of the tutor's with a start in the period."""
        query = (
            sa.select(sessions, _way_in().label("join_url"))
            .where(sessions.c.tutor_account_id == tutor_id)
            .where(sessions.c.start_at >= since, sessions.c.start_at < until)
            .order_by(sessions.c.start_at, sessions.c.session_id)
            .limit(most)
        )
        found = self._connection.execute(query)
        return [KnownSession(row.session, row.changed_at, row.join_url) for row in found]


def _visible_to(actor: Actor) -> ColumnElement[bool]:
    if actor.is_admin:
        return sa.true()
    return sa.or_(lessons.c.student_id == actor.id, lessons.c.tutor_account_id == actor.id)


def _way_in() -> sa.ScalarSelect[Any]:
    """What one of those who have a confirmed seat was told."""
    booking = sa.type_coerce(lessons.c.booking, JSONB)
    confirmed = booking["status"].astext == BookingStatus.CONFIRMED
    told = sa.select(booking["join_url"].astext).where(
        lessons.c.session_id == sessions.c.session_id, confirmed
    )
    return told.limit(1).scalar_subquery()


def _known(row: Row[Any]) -> KnownBooking:
    return KnownBooking(row.booking, row.changed_at)
