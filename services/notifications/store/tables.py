"""The tables, as the migrations make them."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, Generic, TypeVar

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator

from chassis.database import Instant, new_metadata
from contracts.booking import BookingState
from contracts.message import View, dump, load
from contracts.notifications import NotificationKind
from services.notifications.domain import Channel, DeliveryStatus, Facts, Side

V = TypeVar("V", bound=View)

metadata = new_metadata()


class Kept(TypeDecorator[V], Generic[V]):
    """A view as JSON, read back as itself: newer fields are ignored, missing ones take their defaults."""

    impl = JSONB
    cache_ok = True

    def __init__(self, view: type[V]) -> None:
        self.view = view
        super().__init__()

    def process_bind_param(self, value: V | None, _: Any) -> Any:
        return None if value is None else json.loads(json.dumps(dump(value), default=_number))

    def process_result_value(self, value: Any, _: Any) -> V | None:
        return None if value is None else load(self.view, value)


def _number(amount: Decimal) -> float:
    """Money with its two places, below 10 to the 13th, comes back exactly."""
    return float(amount)


def _one_of(
    column: str, choices: type[NotificationKind | Side | Channel | DeliveryStatus]
) -> CheckConstraint:
    listed = ", ".join(f"'{choice}'" for choice in choices)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


accounts = Table(
    "accounts",
    metadata,
    Column("account_id", BigInteger, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("timezone", Text, nullable=False),
    Column("locale", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
)

lessons = Table(
    "lessons",
    metadata,
    Column("booking_id", BigInteger, primary_key=True, autoincrement=False),
    Column("booking", Kept(BookingState), nullable=False),
    Column("version", BigInteger, nullable=False),
)

notifications = Table(
    "notifications",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("account_id", BigInteger, nullable=False),
    Column("counterpart_id", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("side", Text, nullable=False),
    Column("occasion", Text, nullable=False),
    Column("facts", Kept(Facts), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("read_at", Instant),
    UniqueConstraint("account_id", "occasion"),
    _one_of("kind", NotificationKind),
    _one_of("side", Side),
)

Index(
    "ix_notifications_newest",
    notifications.c.account_id,
    notifications.c.created_at.desc(),
    notifications.c.id.desc(),
)
Index(
    "ix_notifications_unread", notifications.c.account_id, postgresql_where=notifications.c.read_at.is_(None)
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("notification_id", ForeignKey("notifications.id"), nullable=False),
    Column("channel", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("sent_at", Instant),
    Column("error", Text),
    UniqueConstraint("notification_id", "channel"),
    _one_of("channel", Channel),
    _one_of("status", DeliveryStatus),
)

Index(
    "ix_deliveries_due",
    deliveries.c.due_at,
    deliveries.c.id,
    postgresql_where=deliveries.c.status == "queued",
)

reminders = Table(
    "reminders",
    metadata,
    Column("booking_id", BigInteger, primary_key=True, autoincrement=False),
    Column("start_at", Instant, primary_key=True),
    Column("lead_minutes", Integer, primary_key=True, autoincrement=False),
    Column("due_at", Instant, nullable=False, index=True),
)
