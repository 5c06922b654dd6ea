"""Webhooks, and what is on its way to each.

A webhook is claimed with its next delivery for a limited time, so that an address is asked by one
process at a time and one that ends in the middle holds nothing for long.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from chassis.database import Instant, for_change, lock
from contracts.errors import Denied, NotFound
from contracts.notifications import EVERYTHING, WebhookStatus
from services.notifications.store.tables import webhook_deliveries as deliveries
from services.notifications.store.tables import webhooks
from services.notifications.webhooks import Pace, Parcel, Pause, Verdict, Webhook

CLAIM = timedelta(seconds=30)  # longer than any attempt takes

_NOW = sa.bindparam("now", type_=Instant)
_HEAD = (
    sa.select(deliveries)
    .where(
        deliveries.c.webhook_id == webhooks.c.id,
        deliveries.c.status == sa.literal_column("'queued'"),
        deliveries.c.due_at <= _NOW,
    )
    .order_by(deliveries.c.id)
    .limit(1)
    .lateral("head")
)
# Made once, since it is asked every second and most often in vain.
_CLAIMABLE = for_change(
    sa.select(webhooks, _HEAD.c.id.label("delivery_id"), _HEAD.c.event_id, _HEAD.c.body, _HEAD.c.tries)
    .join(_HEAD, sa.true())
    .where(
        webhooks.c.status == WebhookStatus.ACTIVE,
        webhooks.c.pace == sa.bindparam("of_pace"),
        sa.func.coalesce(webhooks.c.claimed_until, _NOW) <= _NOW,
        sa.func.coalesce(webhooks.c.rests_until, _NOW) <= _NOW,
    )
    .order_by(webhooks.c.claimed_at.nulls_first(), webhooks.c.id)
    .limit(sa.bindparam("most")),
    of=webhooks,
    skip_locked=True,
)


class Webhooks:
    """Everybody's own."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, webhook: Webhook) -> Webhook:
        """The webhook with its id; it counts as slow until it has shown otherwise."""
        values = {**_values(webhook), "pace": Pace.SLOW, "silences": 0}
        statement = sa.insert(webhooks).values(values).returning(*webhooks.c)
        return _webhook(self._connection.execute(statement).one())

    def count_locked(self, account_id: int) -> int:
        """How many the account has, and will have until this transaction ends."""
        lock(self._connection, f"webhooks:{account_id}")
        return self.count(account_id)

    def count(self, account_id: int) -> int:
        mine = sa.select(sa.func.count()).where(webhooks.c.account_id == account_id)
        return self._connection.scalar(mine) or 0

    def page(self, account_id: int, page: int, page_size: int) -> tuple[list[Webhook], int]:
        query = (
            sa.select(webhooks)
            .where(webhooks.c.account_id == account_id)
            .order_by(webhooks.c.id)
            .limit(page_size)
            .offset((page - 1) * page_size)
        )
        return [_webhook(row) for row in self._connection.execute(query)], self.count(account_id)

    def get(self, webhook_id: int, account_id: int) -> Webhook:
        """One of the account's. Raises `NotFound`, `Denied`."""
        return self._one(sa.select(webhooks), webhook_id, account_id)

    def locked(self, webhook_id: int, account_id: int) -> Webhook:
        """The same, to be changed. Raises `NotFound`, `Denied`."""
        return self._one(for_change(sa.select(webhooks)), webhook_id, account_id)

    def save(self, webhook: Webhook) -> Webhook:
        """The webhook as the next version; changed, its address is tried afresh."""
        values = {**_values(webhook), "version": webhook.version + 1, "silences": 0, "rests_until": None}
        statement = sa.update(webhooks).where(webhooks.c.id == webhook.id).values(values)
        return _webhook(self._connection.execute(statement.returning(*webhooks.c)).one())

    def remove(self, webhook: Webhook) -> None:
        self._connection.execute(sa.delete(webhooks).where(webhooks.c.id == webhook.id))

    def claim(self, pace: Pace, most: int, now: datetime) -> list[Parcel]:
        """The next parcel of each of some webhooks that nobody is serving, the longest unserved first."""
        rows = self._connection.execute(_CLAIMABLE, {"of_pace": pace, "most": most, "now": now}).all()
        return [self._claimed(row, now) for row in rows]

    def release(self, parcel: Parcel, verdict: Verdict) -> Webhook | None:
        """Let others serve it, unless it was claimed again since; the webhook if that has paused it.

        It is not, where its owner has paused it or changed its address meanwhile.
        """
        values = {
            "claimed_until": None,
            "pace": verdict.pace,
            "silences": verdict.silences,
            "rests_until": verdict.rests_until,
        }
        mine = (webhooks.c.id == parcel.webhook_id) & (webhooks.c.claimed_at == parcel.claimed_at)
        statement = sa.update(webhooks).where(mine).values(values).returning(*webhooks.c)
        row = self._connection.execute(statement).one_or_none()
        if row is None or verdict.pause is None:
            return None
        webhook = _webhook(row)
        if webhook.is_paused or webhook.url != parcel.url:
            return None
        return self.save(webhook.paused(verdict.pause))

    def _claimed(self, row: Row[Any], now: datetime) -> Parcel:
        claim = {"claimed_at": now, "claimed_until": now + CLAIM}
        self._connection.execute(sa.update(webhooks).where(webhooks.c.id == row.id).values(claim))
        tried = {"tries": row.tries + 1}
        of_row = deliveries.c.id == row.delivery_id
        self._connection.execute(sa.update(deliveries).where(of_row).values(tried))
        return Parcel(
            delivery_id=row.delivery_id,
            webhook_id=row.id,
            url=row.url,
            secrets=_webhook(row).secrets_at(now),
            event_id=row.event_id,
            body=row.body,
            tries=row.tries + 1,
            silences=row.silences,
            claimed_at=now,
        )

    def _one(self, query: sa.Select[Any], webhook_id: int, account_id: int) -> Webhook:
        mine = (webhooks.c.id == webhook_id) & (webhooks.c.account_id == account_id)
        row = self._connection.execute(query.where(mine)).one_or_none()
        if row is None:
            raise Denied() if self._exists(webhook_id) else NotFound()
        return _webhook(row)

    def _exists(self, webhook_id: int) -> bool:
        query = sa.select(sa.exists().where(webhooks.c.id == webhook_id))
        return bool(self._connection.scalar(query))


def subscribed(event_type: str, concerned: Collection[int]) -> sa.ColumnElement[bool]:
    """Which webhooks are to be told of an event of the type."""
    wanted = sa.literal([event_type, EVERYTHING], webhooks.c.event_types.type)
    return sa.and_(
        webhooks.c.status == WebhookStatus.ACTIVE,
        sa.or_(webhooks.c.hears_all, webhooks.c.account_id.in_(concerned)),
        webhooks.c.event_types.overlap(wanted),
    )


def _values(webhook: Webhook) -> dict[str, Any]:
    kept = {each.name: getattr(webhook, each.name) for each in fields(webhook) if each.name != "id"}
    return {**kept, "event_types": list(webhook.event_types)}


def _webhook(row: Row[Any]) -> Webhook:
    kept = {each.name: getattr(row, each.name) for each in fields(Webhook)}
    return Webhook(
        **{
            **kept,
            "event_types": tuple(row.event_types),
            "status": WebhookStatus(row.status),
            "paused_because": row.paused_because and Pause(row.paused_because),
        }
    )
