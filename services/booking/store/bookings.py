"""Bookings: taking, moving, finding, listing. Who may see one is decided here, in the statement."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection, Select

from chassis.context import Actor
from chassis.database import for_change
from contracts.booking import ACTIVE, BookingStatus
from contracts.errors import Denied, NotFound
from services.booking.domain import Booking, Side
from services.booking.domain.booking import COMPLETES_AFTER
from services.booking.store.refusals import refusing
from services.booking.store.rows import booking_of, row_of
from services.booking.store.tables import bookings

_c = bookings.c
_NEXT_ID = sa.select(sa.Sequence("bookings_id_seq").next_value())
_CONFIRMED = BookingStatus.CONFIRMED


@dataclass(frozen=True)
class Wanted:
    """Which bookings a list is of; the period [since, until) is of starts. What is null does not matter."""

    statuses: Sequence[BookingStatus] | None = None
    since: datetime | None = None
    until: datetime | None = None
    tutor_profile_id: int | None = None
    student_id: int | None = None
    session_id: int | None = None
    page: int = 1
    page_size: int = 20


class Bookings:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def next_id(self) -> int:
        return self._connection.execute(_NEXT_ID).scalar_one()

    def add(self, booking: Booking) -> None:
        """Raises `SlotTaken`, `StudentBusy`, `AlreadyBooked`, `SessionFull` where the database refuses it."""
        with refusing(self._connection):
            self._connection.execute(sa.insert(bookings).values(row_of(booking)))

    def move(self, booking: Booking) -> None:
        """Raises `SlotTaken` or `StudentBusy` where the database refuses the overlap."""
        with refusing(self._connection):
            self.save(booking)

    def save(self, *changed: Booking) -> None:
        """Write the next versions of bookings that were read for it; those of a session one after another.

        In one order everywhere: each of a session counts its seats in the session's row.
        """
        for booking in sorted(changed, key=lambda each: (each.session_id or 0, each.id)):
            row = row_of(booking)
            before = sa.and_(_c.id == booking.id, _c.version == booking.version - 1)
            written = self._connection.execute(sa.update(bookings).where(before).values(row).returning(_c.id))
            written.scalar_one()

    def get(self, booking_id: int, actor: Actor, *, to_change: bool = False) -> Booking:
        """A booking of the actor's; locked, where it is to be changed. Raises `NotFound`, `Denied`."""
        wanted = sa.select(bookings).where(_c.id == booking_id)
        own = wanted.where(_visible_to(actor))
        row = self._connection.execute(for_change(own) if to_change else own).first()
        if row is not None:
            return booking_of(row)
        raise NotFound() if self._connection.execute(wanted).first() is None else Denied()

    def lock(self, booking_id: int) -> Booking | None:
        """The booking, whoever may see it, which nobody else can change until the transaction ends."""
        locked = for_change(sa.select(bookings).where(_c.id == booking_id))
        return next(iter(self._all(locked)), None)

    def page(self, wanted: Wanted, actor: Actor, now: datetime) -> tuple[list[Booking], int]:
        """Those of the actor's that are wanted, the latest start first, and how many there are in all."""
        where = sa.and_(_visible_to(actor), *_conditions(wanted, now))
        total = self._connection.scalar(sa.select(sa.func.count()).select_from(bookings).where(where)) or 0
        some = sa.select(bookings).where(where).order_by(_c.start_at.desc(), _c.id.desc())
        some = some.offset((wanted.page - 1) * wanted.page_size).limit(wanted.page_size)
        return self._all(some), total

    def of(self, ids: Sequence[int]) -> list[Booking]:
        """Those with these ids, whoever may see them."""
        return self._all(sa.select(bookings).where(_c.id.in_(ids)))

    def open_holds(self, student_id: int, now: datetime) -> int:
        """How many times the student holds at the moment."""
        held = sa.and_(_c.student_id == student_id, _status_at(now) == BookingStatus.HELD)
        return self._connection.scalar(sa.select(sa.func.count()).select_from(bookings).where(held)) or 0

    def session_of(self, booking_id: int) -> int | None:
        """The session that the booking has seats in, if it has."""
        return self._connection.scalar(sa.select(_c.session_id).where(_c.id == booking_id))

    def of_session(self, session_id: int) -> list[Booking]:
        """The active bookings of the session, locked."""
        theirs = sa.and_(_c.session_id == session_id, _c.status.in_(ACTIVE))
        return self._all(for_change(sa.select(bookings).where(theirs).order_by(_c.id)))

    def of_series(self, series_id: int, first: int, *, to_change: bool = False) -> list[Booking]:
        """The active bookings of the series from its n-th occurrence on; locked, to be changed."""
        theirs = sa.and_(_c.series_id == series_id, _c.occurrence_index >= first, _c.status.in_(ACTIVE))
        wanted = sa.select(bookings).where(theirs).order_by(_c.id)
        return self._all(for_change(wanted) if to_change else wanted)

    def coming_of_series(self, series_ids: Iterable[int], now: datetime, most: int) -> list[Booking]:
        """The next active bookings of each of the series, the first start first."""
        active = sa.and_(_status_at(now).in_(ACTIVE), _c.start_at > now)
        in_turn = sa.func.row_number().over(partition_by=_c.series_id, order_by=(_c.start_at, _c.id))
        ranked = sa.select(_c.id, in_turn.label("turn")).where(_c.series_id.in_(list(series_ids)), active)
        turns = ranked.subquery()
        wanted = sa.select(bookings).join(turns, turns.c.id == _c.id).where(turns.c.turn <= most)
        return self._all(wanted.order_by(_c.start_at, _c.id))

    def has_seat(self, session_id: int, student_id: int) -> bool:
        """Whether the student has an active booking of the session."""
        own = sa.and_(_c.session_id == session_id, _c.student_id == student_id, _c.status.in_(ACTIVE))
        return self._connection.execute(sa.select(_c.id).where(own)).first() is not None

    def confirmed_sessions(self, student_id: int, session_ids: Iterable[int]) -> set[int]:
        """Those of the sessions in which the student is confirmed."""
        own = sa.and_(_c.student_id == student_id, _c.status == _CONFIRMED)
        found = sa.select(_c.session_id).where(own, _c.session_id.in_(session_ids))
        return set(self._connection.scalars(found))

    def run_out_of(
        self, now: datetime, *, tutor_profile_id: int | None = None, student_id: int | None = None
    ) -> list[Booking]:
        """What has run out but is not recorded as such yet, of the tutor or the student; locked."""
        theirs = sa.or_(_c.tutor_profile_id == tutor_profile_id, _c.student_id == student_id)
        return self._all(for_change(_run_out(now).where(theirs).order_by(_c.id)))

    def sessions_to_come(self, student_id: int, now: datetime) -> set[int]:
        """The sessions in which the student has active bookings, and that have not started."""
        own = sa.and_(_c.student_id == student_id, _c.status.in_(ACTIVE), _c.start_at > now)
        return set(self._connection.scalars(sa.select(_c.session_id).where(own, _c.session_id.is_not(None))))

    def to_come(
        self, now: datetime, *, tutor_profile_id: int | None = None, student_id: int | None = None
    ) -> list[Booking]:
        """The active bookings of the tutor or the student that have not started, locked."""
        theirs = sa.or_(_c.tutor_profile_id == tutor_profile_id, _c.student_id == student_id)
        where = sa.and_(theirs, _c.status.in_(ACTIVE), _c.start_at > now)
        return self._all(for_change(sa.select(bookings).where(where).order_by(_c.id)))

    def run_out(self, now: datetime, most: int) -> list[Booking]:
        """Some of what has run out and nobody else is at, locked."""
        oldest = _run_out(now).order_by(_c.expires_at).limit(most)
        return self._all(for_change(oldest, skip_locked=True))

    def to_complete(self, now: datetime, most: int) -> list[Booking]:
        """Some confirmed lessons, locked, that count as held by now and nobody else is at."""
        over = sa.and_(_c.status == _CONFIRMED, _c.start_at < now - COMPLETES_AFTER, _c.end_at < now)
        oldest = sa.select(bookings).where(over).order_by(_c.start_at).limit(most)
        return self._all(for_change(oldest, skip_locked=True))

    def worth_telling(self, since: datetime) -> Iterator[Booking]:
        """What is active or was held, and whatever changed since then."""
        lasting = [*ACTIVE, BookingStatus.COMPLETED]
        where = sa.or_(_c.status.in_(lasting), _c.updated_at >= since)
        wanted = sa.select(bookings).where(where).order_by(_c.id)
        for row in self._connection.execute(wanted, execution_options={"yield_per": 500}):
            yield booking_of(row)

    def _all(self, wanted: Select[Any]) -> list[Booking]:
        return [booking_of(row) for row in self._connection.execute(wanted)]


def _visible_to(actor: Actor) -> ColumnElement[bool]:
    if actor.is_admin:
        return sa.true()
    if actor.role == Side.TUTOR:
        return _c.tutor_profile_id == actor.profile_id
    return _c.student_id == actor.id


def _status_at(now: datetime) -> ColumnElement[str]:
    """The status that holds now, as the domain's `status_at`."""
    return sa.case((_c.expires_at <= now, BookingStatus.EXPIRED.value), else_=_c.status)


def _conditions(wanted: Wanted, now: datetime) -> Iterator[ColumnElement[bool]]:
    if wanted.statuses is not None:
        yield _status_at(now).in_(wanted.statuses)
    if wanted.since is not None:
        yield _c.start_at >= wanted.since
    if wanted.until is not None:
        yield _c.start_at < wanted.until
    if wanted.tutor_profile_id is not None:
        yield _c.tutor_profile_id == wanted.tutor_profile_id
    if wanted.student_id is not None:
        yield _c.student_id == wanted.student_id
    if wanted.session_id is not None:
        yield _c.session_id == wanted.session_id


def _run_out(now: datetime) -> Select[Any]:
    return sa.select(bookings).where(_c.expires_at <= now)
