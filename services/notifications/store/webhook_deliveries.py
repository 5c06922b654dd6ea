"""What was, or is to be, sent to webhooks, with every try."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row
from sqlalchemy.dialects.postgresql import insert

from contracts.errors import NotFound
from contracts.notifications import WebhookAttempt, WebhookDelivery, WebhookDeliveryStatus
from services.notifications.store.tables import webhook_attempts as attempts
from services.notifications.store.tables import webhook_deliveries as deliveries
from services.notifications.store.tables import webhooks
from services.notifications.store.webhooks import subscribed
from services.notifications.webhooks import Attempt, Parcel, Sendable, Verdict, Webhook

BATCH = 1000
_COLUMNS = ("webhook_id", "event_id", "event_type", "body", "status", "due_at", "tries", "created_at")


class WebhookDeliveries:
    """By webhook, in the order in which events were heard."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def spread(self, event: Sendable, concerned: Collection[int], now: datetime) -> None:
        """Queue it for every webhook that is subscribed to it; each is told once."""
        values = [sa.literal(value, deliveries.c[name].type) for name, value in _values(event, now).items()]
        told = sa.select(webhooks.c.id, *values).where(subscribed(event.event_type, concerned))
        statement = insert(deliveries).from_select(_COLUMNS, told)
        self._connection.execute(statement.on_conflict_do_nothing())

    def queue(self, event: Sendable, webhook: Webhook, now: datetime) -> WebhookDelivery:
        """Queue it for one webhook."""
        values = {"webhook_id": webhook.id, **_values(event, now)}
        row = self._connection.execute(sa.insert(deliveries).values(values).returning(*deliveries.c)).one()
        return _delivery(row, [])

    def again(self, delivery_id: int, webhook: Webhook, now: datetime) -> WebhookDelivery:
        """Queue it as if it were new. Raises `NotFound`."""
        fresh = {"status": WebhookDeliveryStatus.QUEUED, "due_at": now, "tries": 0}
        its_own = (deliveries.c.id == delivery_id) & (deliveries.c.webhook_id == webhook.id)
        statement = sa.update(deliveries).where(its_own).values(fresh).returning(*deliveries.c)
        row = self._connection.execute(statement).one_or_none()
        if row is None:
            raise NotFound()
        return self._with_attempts([row])[0]

    def page(
        self, webhook: Webhook, status: WebhookDeliveryStatus | None, page: int, page_size: int
    ) -> tuple[list[WebhookDelivery], int]:
        """Newest first, and how many there are."""
        wanted = deliveries.c.webhook_id == webhook.id
        if status:
            wanted &= deliveries.c.status == status
        query = (
            sa.select(deliveries)
            .where(wanted)
            .order_by(deliveries.c.id.desc())
            .limit(page_size)
            .offset((page - 1) * page_size)
        )
        total = self._connection.scalar(sa.select(sa.func.count()).select_from(deliveries).where(wanted))
        return self._with_attempts(self._connection.execute(query).all()), total or 0

    def note(self, parcel: Parcel, attempt: Attempt, verdict: Verdict) -> None:
        """Take down how a try went, and what follows, unless it was tried or queued again since."""
        still = (deliveries.c.id == parcel.delivery_id) & (deliveries.c.tries == parcel.tries)
        follows = {"status": verdict.status, "due_at": verdict.due_at}
        self._connection.execute(sa.update(deliveries).where(still).values(follows))
        tried = {
            "at": parcel.claimed_at,
            "duration_ms": attempt.duration // timedelta(milliseconds=1),
            "status": attempt.status,
            "error": attempt.error,
        }
        values = [sa.literal(value, attempts.c[name].type) for name, value in tried.items()]
        known = sa.select(deliveries.c.id, *values).where(deliveries.c.id == parcel.delivery_id)
        self._connection.execute(sa.insert(attempts).from_select(["delivery_id", *tried], known))

    def forget(self, before: datetime) -> None:
        """Some of those that are older."""
        old = sa.select(deliveries.c.id).where(deliveries.c.created_at < before).limit(BATCH)
        self._connection.execute(sa.delete(deliveries).where(deliveries.c.id.in_(old)))

    def _with_attempts(self, rows: Iterable[Row[Any]]) -> list[WebhookDelivery]:
        rows = list(rows)
        query = (
            sa.select(attempts)
            .where(attempts.c.delivery_id.in_([row.id for row in rows]))
            .order_by(attempts.c.id)
        )
        tried: dict[int, list[WebhookAttempt]] = {row.id: [] for row in rows}
        for row in self._connection.execute(query):
            tried[row.delivery_id].append(WebhookAttempt(row.at, row.duration_ms, row.status, row.error))
        return [_delivery(row, tried[row.id]) for row in rows]


def _values(event: Sendable, now: datetime) -> dict[str, Any]:
    """Of a delivery that is due at once."""
    return {
        "event_id": event.event_id,
        "event_type": event.event_type,
        "body": event.body,
        "status": WebhookDeliveryStatus.QUEUED,
        "due_at": now,
        "tries": 0,
        "created_at": now,
    }


def _delivery(row: Row[Any], tried: list[WebhookAttempt]) -> WebhookDelivery:
    return WebhookDelivery(
        id=row.id,
        webhook_id=row.webhook_id,
        event_id=row.event_id,
        event_type=row.event_type,
        status=WebhookDeliveryStatus(row.status),
        created_at=row.created_at,
        attempts=tried,
        next_attempt_at=row.due_at,
    )
