"""What the stores of catalog have in common: walking through a table, and telling what is taken already."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Column, Connection, Index, Row, Select
from sqlalchemy.exc import IntegrityError

from chassis.database import violated
from contracts.errors import Conflict

BATCH = 500


def in_batches(connection: Connection, rows: Select[Any], key: Column[int]) -> Iterator[Sequence[Row[Any]]]:
    """All rows by their key, a number of them at a time."""
    last = 0
    while batch := connection.execute(rows.where(key > last).order_by(key).limit(BATCH)).all():
        yield batch
        last = getattr(batch[-1], key.name)


@contextmanager
def unique(index: Index, taken: type[Conflict]) -> Iterator[None]:
    """Tell a violation of the unique index as this refusal."""
    try:
        yield
    except IntegrityError as error:
        if violated(error) == index.name:
            raise taken() from error
        raise
