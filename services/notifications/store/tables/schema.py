"""What the tables have in common: their metadata, views kept as JSON, and words from a list."""

from __future__ import annotations

import json
from decimal import Decimal
from enum import StrEnum
from typing import Any, Generic, TypeVar

from sqlalchemy import CheckConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator

from chassis.database import new_metadata
from contracts.message import View, dump, load

V = TypeVar("V", bound=View)

metadata = new_metadata()


class Kept(TypeDecorator[V], Generic[V]):
    """A view as JSON, read back as itself: newer fields are ignored, missing ones take their defaults.

    What could not be read back is not written: it would stop whoever comes across it, as a letter all others.
    """

    impl = JSONB
    cache_ok = True

    def __init__(self, view: type[V]) -> None:
        self.view = view
        super().__init__()

    def process_bind_param(self, value: V | None, _: Any) -> Any:
        if value is None:
            return None
        kept = json.loads(json.dumps(dump(value), default=_number))
        load(self.view, kept)
        return kept

    def process_result_value(self, value: Any, _: Any) -> V | None:
        return None if value is None else load(self.view, value)


def one_of(column: str, choices: type[StrEnum]) -> CheckConstraint:
    """The column holds one of the enumeration's words."""
    listed = ", ".join(f"'{choice}'" for choice in choices)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def _number(amount: Decimal) -> float:
    """Money with its two places, below 10 to the 13th, comes back exactly."""
    return float(amount)
