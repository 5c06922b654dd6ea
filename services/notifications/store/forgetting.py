"""Forgetting a person: every row that is theirs alone, in whatever table it is.

Whatever a table keeps for one person it keeps by `account_id`, so that no new one is left out. The copy of
the account stays: it says that there is nobody to write to.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Connection, Table

from services.notifications.store.tables import accounts, deliveries, metadata, notifications


def forget(connection: Connection, account_id: int) -> None:
    """Remove all that was kept for the person."""
    told = sa.select(notifications.c.id).where(notifications.c.account_id == account_id)
    connection.execute(sa.delete(deliveries).where(deliveries.c.notification_id.in_(told)))
    for table in tables_of_people():
        connection.execute(sa.delete(table).where(table.c.account_id == account_id))


def tables_of_people() -> list[Table]:
    """Where rows belong to one person, those first that refer to others."""
    return [
        table
        for table in reversed(metadata.sorted_tables)
        if "account_id" in table.c and table is not accounts
    ]
