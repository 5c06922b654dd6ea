"""What a person may have of what notifications holds: how they are addressed, and what they were told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Select
from sqlalchemy.dialects.postgresql import JSONB

from chassis.context import Actor
from services.notifications.store.tables import (
    accounts,
    calendar_feeds,
    deliveries,
    notifications,
    preferences,
    webhooks,
)


def held_about(person: Actor) -> Mapping[str, Select[Any]]:
    """A query for each kind, the newest first."""
    a, n, d, w, f = accounts.c, notifications.c, deliveries.c, webhooks.c, calendar_feeds.c
    own = n.account_id == person.id
    facts = sa.type_coerce(n.facts, JSONB).label("facts")
    wanted = sa.type_coerce(preferences.c.preferences, JSONB)
    told = sa.select(n.id, n.kind, n.side, facts, n.created_at, n.read_at).where(own)
    letters = sa.select(d.notification_id, d.channel, d.status, d.due_at, d.sent_at)
    return {
        "contact": sa.select(a.name, a.email, a.timezone, a.locale).where(a.account_id == person.id),
        "preferences": sa.select(wanted.label("preferences")).where(preferences.c.account_id == person.id),
        "notifications": told.order_by(n.id.desc()),
        "webhooks": sa.select(w.id, w.url, w.event_types, w.description, w.status, w.created_at)
        .where(w.account_id == person.id)
        .order_by(w.id.desc()),
        "calendar_feed": sa.select(f.created_at).where(f.account_id == person.id),
        "deliveries": letters.join_from(deliveries, notifications).where(own).order_by(d.id.desc()),
    }
