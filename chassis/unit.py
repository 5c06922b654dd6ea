"""One unit of work: the transaction that a door opened, the time, who asks, and what to tell.

Everything a method may touch from outside the domain comes through here. The unit neither
commits nor publishes: the door does, once the method has returned.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from chassis import outbox
from chassis.context import Actor
from contracts.message import Event


@dataclass
class Unit:
    """`connection` is inside a transaction; `now` is aware, in UTC and the same throughout."""

    connection: Connection
    now: datetime
    actor: Actor
    correlation_id: str
    told: list[Event] = field(default_factory=list)

    def tell(self, event: Event) -> None:
        """Have the event published if, and only if, this unit commits."""
        outbox.write(self.connection, event, self.now, self.correlation_id)
        self.told.append(event)
