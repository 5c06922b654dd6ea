"""The waitlists of sessions. Whoever changes one holds its session's lock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row, Select

from contracts.booking import EntryStatus
from contracts.errors import Denied, NotFound
from services.booking.domain import Entry
from services.booking.domain.waitlist import LIVE
from services.booking.store.tables import waitlist

_c = waitlist.c
_NEXT_ID = sa.select(sa.Sequence("waitlist_id_seq").next_value())


class Waitlist:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def live(self, session_id: int) -> list[Entry]:
        """Who waits or was offered a seat, first come first."""
        where = sa.and_(_c.session_id == session_id, _c.status.in_(LIVE))
        return self._all(sa.select(waitlist).where(where).order_by(_c.place))

    def waited_for_by(self, student_id: int) -> list[int]:
        """The sessions that the student waits for a seat in, or was offered one."""
        own = sa.and_(_c.student_id == student_id, _c.status.in_(LIVE))
        return list(self._connection.scalars(sa.select(_c.session_id).where(own).order_by(_c.session_id)))

    def find(self, session_id: int, student_id: int) -> Entry | None:
        """The student's entry, whatever became of it."""
        own = sa.select(waitlist).where(_c.session_id == session_id, _c.student_id == student_id)
        row = self._connection.execute(own).first()
        return _entry_of(row) if row is not None else None

    def get(self, entry_id: int, student_id: int) -> Entry:
        """The student's entry. Raises `NotFound`, `Denied`."""
        row = self._connection.execute(sa.select(waitlist).where(_c.id == entry_id)).first()
        if row is None:
            raise NotFound()
        if row.student_id != student_id:
            raise Denied()
        return _entry_of(row)

    def next_place(self, session_id: int) -> int:
        """The place behind everybody who ever came."""
        last = self._connection.scalar(sa.select(sa.func.max(_c.place)).where(_c.session_id == session_id))
        return (last or 0) + 1

    def next_id(self) -> int:
        return self._connection.execute(_NEXT_ID).scalar_one()

    def add(self, entry: Entry) -> None:
        self._connection.execute(sa.insert(waitlist).values(_row_of(entry)))

    def save(self, *changed: Entry) -> None:
        """Write the next versions of entries that were read for it."""
        for entry in changed:
            before = sa.and_(_c.id == entry.id, _c.version == entry.version - 1)
            written = sa.update(waitlist).where(before).values(_row_of(entry)).returning(_c.id)
            self._connection.execute(written).scalar_one()

    def page(self, student_id: int, page: int, page_size: int) -> tuple[list[Entry], int]:
        """The student's entries, the latest first, and how many there are in all."""
        own = _c.student_id == student_id
        total = self._connection.scalar(sa.select(sa.func.count()).select_from(waitlist).where(own)) or 0
        some = sa.select(waitlist).where(own).order_by(_c.joined_at.desc(), _c.id.desc())
        return self._all(some.offset((page - 1) * page_size).limit(page_size)), total

    def positions(self, entries: Sequence[Entry], now: datetime) -> dict[int, int]:
        """Which in line those of the entries are that wait, by their ids."""
        waiting = sa.and_(_c.status == EntryStatus.WAITING, _c.expires_at > now)
        theirs = _c.session_id.in_({entry.session_id for entry in entries})
        position = sa.func.row_number().over(partition_by=_c.session_id, order_by=_c.place)
        lines = sa.select(_c.id, position.label("position")).where(waiting, theirs).subquery()
        found = sa.select(lines).where(lines.c.id.in_({entry.id for entry in entries}))
        return {row.id: row.position for row in self._connection.execute(found)}

    def sessions_run_out(self, now: datetime, most: int) -> list[int]:
        """Some sessions with entries whose time has run out."""
        where = sa.and_(_c.expires_at.is_not(None), _c.expires_at <= now)
        found = sa.select(_c.session_id).where(where).distinct().order_by(_c.session_id).limit(most)
        return list(self._connection.scalars(found))

    def _all(self, wanted: Select[Any]) -> list[Entry]:
        return [_entry_of(row) for row in self._connection.execute(wanted)]


def _row_of(entry: Entry) -> dict[str, Any]:
    return dict(vars(entry))


def _entry_of(row: Row[Any]) -> Entry:
    return Entry(
        id=row.id,
        session_id=row.session_id,
        student_id=row.student_id,
        place=row.place,
        joined_at=row.joined_at,
        updated_at=row.updated_at,
        expires_at=row.expires_at,
        status=EntryStatus(row.status),
        offered_at=row.offered_at,
        version=row.version,
    )
