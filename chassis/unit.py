"""One unit of work: the transaction that a door opened, the time, who asks, and what to tell.

Everything a method may touch from outside the domain comes through here. The unit neither
commits nor publishes: the door does, once the method has returned.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from chassis import outbox, wire
from chassis.context import Actor
from chassis.database import hint_after_commit
from chassis.wire import Told
from contracts.message import Event, name_of


@dataclass
class Unit:
    """`connection` is inside a transaction; `now` is aware, in UTC and the same throughout."""

    connection: Connection
    now: datetime
    actor: Actor
    correlation_id: str
    heard: Told | None = None  # what the unit is about, where that is an event
    report_to: str | None = None  # who wants to know by whom is heard what is told
    told: dict[str, str] = field(default_factory=dict)  # the id of the last of each kind

    @property
    def happened_at(self) -> datetime:
        """When the event was told that the unit is about; where there is none, it happens now."""
        return (self.heard and self.heard.time) or self.now

    def tell(self, event: Event) -> None:
        """Have the event published if, and only if, this unit commits."""
        headers = wire.told_headers(self.correlation_id, self.report_to)
        self.told[name_of(type(event))] = outbox.write(self.connection, event, self.now, headers)

    def hint(self, event: Event) -> None:
        """Have the event published if this unit commits and it can be done just then; else it is lost."""
        hint = wire.hint(event, str(uuid.uuid4()), self.now, self.correlation_id)
        hint_after_commit(self.connection, hint)

    def tell_again(self, event: Event) -> None:
        """Have it published as how things stand: nothing has happened."""
        outbox.write(self.connection, event, self.now, wire.told_headers(self.correlation_id), again=True)


@dataclass(frozen=True)
class Errand:
    """Work outside any transaction, and what follows from its result in a transaction of its own."""

    run: Callable[[], Any]
    settle: Callable[[Any, Round], None]


@dataclass
class Round(Unit):
    """The unit of a timer: nobody waits for it, so that slow work outside may follow it.

    `room` is how many errands may be begun now.
    """

    room: int = 1
    errands: list[Errand] = field(default_factory=list)

    def afterwards(self, run: Callable[[], Any], settle: Callable[[Any, Round], None]) -> None:
        """Once this has committed, run something slow, then settle its result in a round of its own.

        Neither is certain to happen: a process may end between any two of the three. What they do
        must be claimed here for a limited time, to be found again by a later round.
        """
        self.errands.append(Errand(run, settle))
