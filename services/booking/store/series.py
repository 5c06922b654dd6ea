"""Series and their occurrences. Who may see one is decided here, in the statement."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection, Row, Select

from chassis.context import Actor
from chassis.database import for_change
from contracts.booking import SeriesStatus, SeriesTerms
from contracts.errors import Denied, NotFound
from contracts.message import dump, load
from services.booking.domain import Item, Series, Side
from services.booking.recurrence import Occurrence
from services.booking.store.tables import occurrences, series

_c = series.c
_NEXT_ID = sa.select(sa.Sequence("series_id_seq").next_value())
_UNFINISHED = (SeriesStatus.ACTIVE, SeriesStatus.PAUSED)


@dataclass(frozen=True)
class WantedSeries:
    """Which series a list is of; without statuses, all."""

    statuses: Sequence[SeriesStatus] | None = None
    page: int = 1
    page_size: int = 20


class AllSeries:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def next_id(self) -> int:
        return self._connection.execute(_NEXT_ID).scalar_one()

    def add(self, new: Series) -> None:
        self._connection.execute(sa.insert(series).values(_row_of(new)))

    def save(self, changed: Series) -> None:
        """Write the next version of a series that was read for it."""
        before = sa.and_(_c.id == changed.id, _c.version == changed.version - 1)
        written = sa.update(series).where(before).values(_row_of(changed)).returning(_c.id)
        self._connection.execute(written).scalar_one()

    def note_made(self, further: Series) -> None:
        """Write how far a locked series was made, which makes no new version of it."""
        values = {"made": further.made, "made_until": further.made_until, "ends_at": further.ends_at}
        self._connection.execute(sa.update(series).where(_c.id == further.id).values(values))

    def get(self, series_id: int, actor: Actor, *, to_change: bool = False) -> Series:
        """A series of the actor's; locked, where it is to be changed. Raises `NotFound`, `Denied`."""
        wanted = sa.select(series).where(_c.id == series_id)
        own = wanted.where(_visible_to(actor))
        row = self._connection.execute(for_change(own) if to_change else own).first()
        if row is not None:
            return _series_of(row)
        raise NotFound() if self._connection.execute(wanted).first() is None else Denied()

    def page(self, wanted: WantedSeries, actor: Actor) -> tuple[list[Series], int]:
        """Those of the actor's that are wanted, the newest first, and how many there are in all."""
        where = _visible_to(actor)
        if wanted.statuses is not None:
            where = sa.and_(where, _c.status.in_(wanted.statuses))
        total = self._connection.scalar(sa.select(sa.func.count()).select_from(series).where(where)) or 0
        some = sa.select(series).where(where).order_by(_c.id.desc())
        return self._all(some.offset((wanted.page - 1) * wanted.page_size).limit(wanted.page_size)), total

    def to_make(self, until: datetime, after: int) -> Series | None:
        """The first after a series that is not made so far, locked; none, where there is none left.

        Who waited for another to make it finds it made, and looks for the next.
        """
        due = sa.select(_c.id).where(_is_due(until)).order_by(_c.id)
        while (series_id := self._connection.scalar(due.where(_c.id > after).limit(1))) is not None:
            wanted = sa.select(series).where(_c.id == series_id, _is_due(until))
            if row := self._connection.execute(for_change(wanted)).first():
                return _series_of(row)
            after = series_id
        return None

    def over(self, now: datetime, most: int) -> list[Series]:
        """Some of which all has been made and is over, locked, that nobody else is at."""
        over = sa.and_(_c.status.in_(_UNFINISHED), _c.ends_at <= now)
        oldest = sa.select(series).where(over).order_by(_c.ends_at).limit(most)
        return self._all(for_change(oldest, skip_locked=True))

    def going_on(self, *, tutor_profile_id: int | None = None, student_id: int | None = None) -> list[Series]:
        """Those of the tutor or the student that were not ended, locked."""
        theirs = sa.or_(_c.tutor_profile_id == tutor_profile_id, _c.student_id == student_id)
        wanted = sa.select(series).where(theirs, _c.status.in_(_UNFINISHED)).order_by(_c.id)
        return self._all(for_change(wanted))

    def worth_telling(self, since: datetime) -> Iterator[Series]:
        """What goes on, and whatever changed since then."""
        where = sa.or_(_c.status.in_(_UNFINISHED), _c.updated_at >= since)
        wanted = sa.select(series).where(where).order_by(_c.id)
        for row in self._connection.execute(wanted, execution_options={"yield_per": 500}):
            yield _series_of(row)

    def meeting_link(self, series_id: int) -> str | None:
        """Where all of the series meet, if that was agreed."""
        agreed = sa.select(_c.terms["default_meeting_link"].astext).where(_c.id == series_id)
        return self._connection.scalar(agreed)

    def _all(self, wanted: Select[Any]) -> list[Series]:
        return [_series_of(row) for row in self._connection.execute(wanted)]


class Occurrences:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, series_id: int, items: Iterable[Item]) -> None:
        rows = [_row_of_item(series_id, item) for item in items]
        if rows:
            self._connection.execute(sa.insert(occurrences), rows)

    def of(self, series_id: int) -> list[Item]:
        """What was made of the series, in order."""
        own = sa.select(occurrences).where(occurrences.c.series_id == series_id)
        rows = self._connection.execute(own.order_by(occurrences.c.occurrence_index))
        return [_item_of(row) for row in rows]


def _visible_to(actor: Actor) -> ColumnElement[bool]:
    if actor.is_admin:
        return sa.true()
    if actor.role == Side.TUTOR:
        return _c.tutor_profile_id == actor.profile_id
    return _c.student_id == actor.id


def _is_due(until: datetime) -> ColumnElement[bool]:
    return sa.and_(_c.status == SeriesStatus.ACTIVE, _c.ends_at.is_(None), _c.made_until < until)


def _row_of(wanted: Series) -> dict[str, Any]:
    return {
        "id": wanted.id,
        "student_id": wanted.student_id,
        "tutor_profile_id": wanted.tutor_profile_id,
        "tutor_account_id": wanted.tutor_account_id,
        "subject_name": wanted.subject_name,
        "terms": dump(wanted.terms),
        "status": wanted.status,
        "made": wanted.made,
        "made_until": wanted.made_until,
        "ends_at": wanted.ends_at,
        "created_at": wanted.created_at,
        "updated_at": wanted.updated_at,
        "version": wanted.version,
    }


def _series_of(row: Row[Any]) -> Series:
    return Series(
        id=row.id,
        student_id=row.student_id,
        tutor_account_id=row.tutor_account_id,
        subject_name=row.subject_name,
        terms=load(SeriesTerms, row.terms),
        created_at=row.created_at,
        updated_at=row.updated_at,
        made_until=row.made_until,
        status=SeriesStatus(row.status),
        made=row.made,
        ends_at=row.ends_at,
        version=row.version,
    )


def _row_of_item(series_id: int, item: Item) -> dict[str, Any]:
    return {
        "series_id": series_id,
        "occurrence_index": item.occurrence.index,
        "start_at": item.occurrence.start_at,
        "booking_id": item.booking_id,
        "reason": item.reason,
    }


def _item_of(row: Row[Any]) -> Item:
    return Item(Occurrence(row.occurrence_index, row.start_at), row.booking_id, row.reason)
