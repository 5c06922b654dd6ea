"""How many of a tutor's or a student's lessons are finished, and how many of them they kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import insert

from services.booking.domain import Side
from services.booking.reliability import Reliability
from services.booking.store.tables import reliabilities, student_reliabilities

_TABLES = {Side.TUTOR: reliabilities, Side.STUDENT: student_reliabilities}


class Reliabilities:
    """The records of one side."""

    def __init__(self, connection: Connection, side: Side) -> None:
        self._connection = connection
        self._table = _TABLES[side]
        [self._id] = self._table.primary_key

    def count(self, person_id: int, kept: bool) -> Reliability:
        """Count one more finished lesson; the row stays locked, so that none is lost."""
        c = self._table.c
        first = insert(self._table).values({self._id: person_id, c.finished: 1, c.kept: int(kept)})
        counted = first.on_conflict_do_update(
            index_elements=[self._id],
            set_={"finished": c.finished + 1, "kept": c.kept + first.excluded.kept},
        )
        return Reliability(*self._connection.execute(counted.returning(*c)).one())

    def of(self, person_ids: Iterable[int]) -> Mapping[int, Reliability]:
        """The records of those of them who have one."""
        wanted = sa.select(self._table).where(self._id.in_(list(person_ids)))
        return {row[0]: Reliability(*row) for row in self._connection.execute(wanted)}

    def all(self) -> Iterator[Reliability]:
        for row in self._connection.execute(sa.select(self._table).order_by(self._id)):
            yield Reliability(*row)
