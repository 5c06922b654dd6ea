"""How many of a tutor's lessons are finished, and how many of them the tutor kept."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import insert

from services.booking.reliability import Reliability
from services.booking.store.tables import reliabilities

_c = reliabilities.c


class Reliabilities:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def count(self, tutor_profile_id: int, kept: bool) -> Reliability:
        """Count one more finished lesson; the row stays locked, so that none is lost."""
        first = insert(reliabilities).values(tutor_profile_id=tutor_profile_id, finished=1, kept=int(kept))
        counted = first.on_conflict_do_update(
            index_elements=[_c.tutor_profile_id],
            set_={"finished": _c.finished + 1, "kept": _c.kept + first.excluded.kept},
        )
        row = self._connection.execute(counted.returning(_c.finished, _c.kept)).one()
        return Reliability(tutor_profile_id, row.finished, row.kept)

    def all(self) -> Iterator[Reliability]:
        for row in self._connection.execute(sa.select(reliabilities).order_by(_c.tutor_profile_id)):
            yield Reliability(row.tutor_profile_id, row.finished, row.kept)
