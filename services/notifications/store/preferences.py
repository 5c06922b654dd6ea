"""How people want to be told, of those who have said so."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import insert

from contracts.notifications import PreferencesView
from services.notifications.store.tables import preferences


class Preferences:
    """One row for each account."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of(self, account_ids: Iterable[int]) -> dict[int, PreferencesView]:
        """What each of them said, or nothing in particular."""
        asked = set(account_ids)
        found = self._connection.execute(sa.select(preferences).where(preferences.c.account_id.in_(asked)))
        return dict.fromkeys(asked, PreferencesView()) | {row.account_id: row.preferences for row in found}

    def replace(self, account_id: int, chosen: PreferencesView) -> None:
        statement = insert(preferences).values(account_id=account_id, preferences=chosen)
        self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=["account_id"], set_={"preferences": statement.excluded.preferences}
            )
        )
