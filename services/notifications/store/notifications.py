"""What people were told in the application."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row
from sqlalchemy.dialects.postgresql import insert

from contracts.errors import Denied, NotFound
from contracts.notifications import NotificationKind
from services.notifications.domain import Note, Notification, Side
from services.notifications.store.tables import notifications


class Notifications:
    """Everybody's own, newest first: by the time of what they tell, in whatever order it was heard."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, note: Note, in_app: bool, happened_at: datetime) -> Notification | None:
        """Take the note down; None where this person was told of the occasion before."""
        values = {
            "account_id": note.account_id,
            "counterpart_id": note.counterpart_id,
            "kind": note.kind,
            "side": note.side,
            "occasion": note.occasion,
            "facts": note.facts,
            "in_app": in_app,
            "created_at": happened_at,
        }
        statement = insert(notifications).values(values).on_conflict_do_nothing()
        taken = self._connection.scalar(statement.returning(notifications.c.id))
        return None if taken is None else Notification(taken, note, happened_at)

    def page(
        self, account_id: int, unread: bool, page: int, page_size: int
    ) -> tuple[list[Notification], int]:
        """A page of somebody's notifications, and how many there are."""
        wanted = _shown_to(account_id)
        if unread:
            wanted &= notifications.c.read_at.is_(None)
        query = (
            sa.select(notifications)
            .where(wanted)
            .order_by(notifications.c.created_at.desc(), notifications.c.id.desc())
            .limit(page_size)
            .offset((page - 1) * page_size)
        )
        total = self._connection.scalar(sa.select(sa.func.count()).select_from(notifications).where(wanted))
        return [as_notification(row) for row in self._connection.execute(query)], total or 0

    def count_unread(self, account_id: int) -> int:
        unread = sa.select(sa.func.count()).where(_shown_to(account_id), notifications.c.read_at.is_(None))
        return self._connection.scalar(unread) or 0

    def read(self, notification_id: int, account_id: int, now: datetime) -> Notification:
        """Note when it was first read. Raises `NotFound`, `Denied`."""
        mine = (notifications.c.id == notification_id) & _shown_to(account_id)
        first = sa.func.coalesce(notifications.c.read_at, now)
        statement = sa.update(notifications).where(mine).values(read_at=first).returning(*notifications.c)
        row = self._connection.execute(statement).one_or_none()
        if row is None:
            raise Denied() if self._exists(notification_id) else NotFound()
        return as_notification(row)

    def read_all(self, account_id: int, now: datetime) -> None:
        unread = (notifications.c.account_id == account_id) & notifications.c.read_at.is_(None)
        self._connection.execute(sa.update(notifications).where(unread).values(read_at=now))

    def _exists(self, notification_id: int) -> bool:
        query = sa.select(sa.exists().where(notifications.c.id == notification_id))
        return bool(self._connection.scalar(query))


def _shown_to(account_id: int) -> sa.ColumnElement[bool]:
    return (notifications.c.account_id == account_id) & notifications.c.in_app


def as_notification(row: Row[Any]) -> Notification:
    note = Note(NotificationKind(row.kind), Side(row.side), row.occasion, row.facts)
    return Notification(row.id, note, row.created_at, row.read_at)
