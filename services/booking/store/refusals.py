"""What the database refuses, said in the words of the trade."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from chassis.database import violated
from contracts.errors import AlreadyBooked, Refusal, SessionFull, SlotTaken, StudentBusy
from services.booking.store.tables import CAPACITY, ONE_A_SESSION, STUDENT_OVERLAP, TUTOR_OVERLAP

_REFUSALS: dict[str, type[Refusal]] = {
    TUTOR_OVERLAP: SlotTaken,
    STUDENT_OVERLAP: StudentBusy,
    ONE_A_SESSION: AlreadyBooked,
    CAPACITY: SessionFull,
}


@contextmanager
def refusing(connection: Connection) -> Iterator[None]:
    """Write within: a violated constraint is its refusal, and the transaction can go on."""
    try:
        with connection.begin_nested():
            yield
    except IntegrityError as error:
        if refusal := _REFUSALS.get(violated(error)):
            raise refusal() from error
        raise
