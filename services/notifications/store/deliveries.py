"""What is on its way to people outside the application.

A delivery is claimed by putting off when it is due: whoever claims it has until then to send
it and to say how it went; if nobody says anything it is simply due again.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from chassis.database import Instant, for_change
from contracts.notifications import PreferencesView
from services.notifications.domain import TRIES, Channel, DeliveryStatus, Letter, Note, Reader, next_try
from services.notifications.store.notifications import as_notification
from services.notifications.store.tables import accounts, deliveries, notifications, preferences

LEASE = timedelta(seconds=30)

_people = accounts.alias("counterparts")

_DUE = sa.and_(
    deliveries.c.status == sa.literal_column("'queued'"),
    deliveries.c.due_at <= sa.bindparam("now", type_=Instant),
)
# Made once, since they are asked every second and most often in vain.
_NEXT = for_change(
    sa.select(
        notifications,
        deliveries.c.id.label("delivery_id"),
        deliveries.c.channel,
        deliveries.c.tries,
        preferences.c.preferences,
        *(accounts.c[name] for name in ("name", "email", "timezone", "locale")),
        _people.c.name.label("counterpart"),
    )
    .join_from(deliveries, notifications)
    .join(accounts, accounts.c.account_id == notifications.c.account_id)
    .join(_people, _people.c.account_id == notifications.c.counterpart_id)
    .outerjoin(preferences, preferences.c.account_id == notifications.c.account_id)
    .where(_DUE, deliveries.c.channel == sa.bindparam("by"), deliveries.c.tries < TRIES)
    .order_by(deliveries.c.due_at, deliveries.c.id)
    .limit(1),
    of=deliveries,
    skip_locked=True,
)
_GIVE_UP = sa.update(deliveries).where(_DUE, deliveries.c.tries >= TRIES).values(status=DeliveryStatus.FAILED)


class Deliveries:
    """Letters that are queued, sent or given up."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def queue(self, notification_id: int, channel: Channel, now: datetime) -> None:
        values = {
            "notification_id": notification_id,
            "channel": channel,
            "status": DeliveryStatus.QUEUED,
            "due_at": now,
            "tries": 0,
        }
        self._connection.execute(sa.insert(deliveries).values(values))

    def next(self, channel: Channel, now: datetime) -> Letter | None:
        """The next letter, nobody else's in this transaction; it waits until everybody it names is known."""
        row = self._connection.execute(_NEXT, {"by": channel, "now": now}).one_or_none()
        return None if row is None else _letter(row)

    def claim(self, letter: Letter, now: datetime) -> None:
        """Have it alone beyond this transaction, for as long as the lease runs."""
        self._change(letter, due_at=now + LEASE, tries=letter.tries)

    def put_off(self, letter: Letter, until: datetime) -> None:
        self._change(letter, due_at=until)

    def withdraw(self, letter: Letter) -> None:
        self._change(letter, status=DeliveryStatus.WITHDRAWN)

    def withdraw_all(self, note: Note) -> None:
        """Everything that has yet to be sent to this person of this occasion."""
        theirs = (notifications.c.account_id == note.account_id) & (notifications.c.occasion == note.occasion)
        waiting = deliveries.c.status == DeliveryStatus.QUEUED
        told = deliveries.c.notification_id.in_(sa.select(notifications.c.id).where(theirs))
        withdrawn = {"status": DeliveryStatus.WITHDRAWN}
        self._connection.execute(sa.update(deliveries).where(waiting, told).values(withdrawn))

    def sent(self, letter: Letter, now: datetime) -> None:
        self._write(letter, status=DeliveryStatus.SENT, sent_at=now, error=None)

    def not_sent(self, letter: Letter, error: str, now: datetime) -> None:
        """Try again later, or give it up."""
        due_at = next_try(letter.tries, now)
        if due_at is None:
            self._write(letter, status=DeliveryStatus.FAILED, error=error)
        else:
            self._write(letter, due_at=due_at, error=error)

    def give_up(self, now: datetime) -> None:
        """Those that were claimed for the last time and never heard of again."""
        self._connection.execute(_GIVE_UP, {"now": now})

    def _change(self, letter: Letter, **values: object) -> None:
        its_own = deliveries.c.id == letter.delivery_id
        self._connection.execute(sa.update(deliveries).where(its_own).values(**values))

    def _write(self, letter: Letter, **values: object) -> None:
        """Unless somebody else has claimed it since."""
        still_claimed = (deliveries.c.id == letter.delivery_id) & (deliveries.c.tries == letter.tries)
        self._connection.execute(sa.update(deliveries).where(still_claimed).values(**values))


def _letter(row: Row[Any]) -> Letter:
    reader = Reader(row.account_id, row.name, row.email, row.timezone, row.locale)
    return Letter(
        delivery_id=row.delivery_id,
        notification=as_notification(row),
        reader=reader,
        counterpart=row.counterpart,
        tries=row.tries + 1,
        channel=Channel(row.channel),
        preferences=row.preferences or PreferencesView(),
    )
