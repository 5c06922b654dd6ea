"""Reminders that are still to be given."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import insert

from contracts.booking import BookingState
from services.notifications.reminders import Reminder
from services.notifications.store.tables import lessons, reminders

BATCH = 200


class Reminders:
    """One for each booking, start and lead."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def set(self, chosen: Iterable[Reminder]) -> None:
        for reminder in chosen:
            values = {
                "booking_id": reminder.booking_id,
                "start_at": reminder.start_at,
                "lead_minutes": reminder.lead // timedelta(minutes=1),
                "due_at": reminder.due_at,
            }
            self._connection.execute(insert(reminders).values(values).on_conflict_do_nothing())

    def take_due(self, now: datetime) -> list[tuple[Reminder, BookingState]]:
        """Those that are due, each with its lesson as it now stands; nobody else gets them."""
        due = (
            sa.select(reminders.c.booking_id, reminders.c.start_at, reminders.c.lead_minutes)
            .where(reminders.c.due_at <= now)
            .order_by(reminders.c.due_at)
            .limit(BATCH)
            .with_for_update(skip_locked=True)
        )
        key = sa.tuple_(reminders.c.booking_id, reminders.c.start_at, reminders.c.lead_minutes)
        statement = (
            sa.delete(reminders)
            .where(key.in_(due), lessons.c.booking_id == reminders.c.booking_id)
            .returning(*reminders.c, lessons.c.booking)
        )
        return [
            (Reminder(row.booking_id, row.start_at, timedelta(minutes=row.lead_minutes)), row.booking)
            for row in self._connection.execute(statement)
        ]
