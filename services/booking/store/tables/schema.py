"""What all tables of booking have in common."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column

from chassis.database import new_metadata

metadata = new_metadata()


def an_id(name: str, **kwargs: Any) -> Column[Any]:
    """An id that another table or service gives."""
    return Column(name, BigInteger, autoincrement=False, nullable=False, **kwargs)
