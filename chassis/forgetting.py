"""Forgetting what the chassis itself keeps of a subject: what was told of it, and what died of it.

Both hold events whole, also those that say what is to be remembered no longer. Nothing is lost by it: whoever
forgets tells the subject anew, as it is from now on.
"""

from __future__ import annotations

from sqlalchemy import Connection, cast, delete, func, select
from sqlalchemy.dialects.postgresql import JSONB

from chassis import wire
from chassis.tables import dead_letters, outbox
from contracts.message import Event, name_of, owner_of


def forget_told(connection: Connection, kind: type[Event], subject: int) -> None:
    """Drop what this service has told of the subject so far, sent or not."""
    told_of = cast(func.convert_from(outbox.c.body, "UTF8"), JSONB)["subject"].astext
    own = outbox.c.exchange == wire.events_exchange(owner_of(kind))
    named = outbox.c.position.in_(select(outbox.c.position).where(own, outbox.c.routing_key == name_of(kind)))
    connection.execute(delete(outbox).where(named, told_of == str(subject)))


def forget_dead(connection: Connection, kind: type[Event], subject: int) -> None:
    """Drop the dead letters that tell of the subject."""
    died = select(dead_letters.c.id, dead_letters.c.body).where(dead_letters.c.message_type == name_of(kind))
    theirs = [row.id for row in connection.execute(died) if _subject_of(bytes(row.body)) == str(subject)]
    connection.execute(delete(dead_letters).where(dead_letters.c.id.in_(theirs)))


def _subject_of(body: bytes) -> str:
    """A letter whose type is known was read before."""
    return str(wire.decode(body).get("subject"))
