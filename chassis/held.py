"""Reading out what is held about a person: the rows of a query as plain JSON values.

Which columns a person may have is said by each service's store, in its `held` room.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Select

from contracts.formats import format_instant
from contracts.operations import HeldRows

MOST_ROWS = 5_000  # of one kind: what one message and one document carry with ease


def read(connection: Connection, query: Select[Any]) -> HeldRows:
    """The first rows of the query, each by its columns' names."""
    rows = connection.execute(query.limit(MOST_ROWS + 1)).mappings().all()
    items = [{name: _plain(value) for name, value in row.items()} for row in rows[:MOST_ROWS]]
    return HeldRows(items, truncated=len(rows) > MOST_ROWS)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return format_instant(value)
    return value.isoformat() if isinstance(value, date) else value
