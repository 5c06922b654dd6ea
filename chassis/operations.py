"""Doors that every service has: is it there, dead letters, its state told again, what it holds of people."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from chassis import held, inbox, outbox, wire
from chassis.answering import Asked
from chassis.service import Service, answers, every
from chassis.tables import dead_letters
from chassis.unit import Unit
from contracts.errors import NotFound
from contracts.operations import (
    DeadLetterPage,
    DeadLetterView,
    ExportPerson,
    ListDeadLetters,
    PersonExport,
    Ping,
    PongView,
    ReplayDeadLetter,
    Resync,
    ResyncView,
)


class Operations(Service):
    """The doors of one service that are the same for all."""

    def __init__(self, service: Service) -> None:
        super().__init__(service.settings)
        self.name = service.name  # type: ignore[misc]
        self._service = service

    @answers(Ping)
    def pong(self, _: Ping, unit: Unit) -> PongView:
        unit.connection.execute(select(1))  # a transaction in which nothing is asked needs no server
        return PongView(self.name, unit.now)

    @answers(ListDeadLetters)
    def list_dead_letters(self, request: ListDeadLetters, unit: Unit) -> DeadLetterPage:
        waiting = dead_letters.c.replayed_at.is_(None)
        total = unit.connection.scalar(select(func.count()).select_from(dead_letters).where(waiting))
        rows = unit.connection.execute(
            select(dead_letters)
            .where(waiting)
            .order_by(dead_letters.c.id.desc())
            .limit(request.page_size)
            .offset((request.page - 1) * request.page_size)
        )
        items = [self._view(row) for row in rows]
        return DeadLetterPage(items, total or 0, request.page, request.page_size)

    @answers(ReplayDeadLetter)
    def replay_dead_letter(self, request: ReplayDeadLetter, unit: Unit) -> DeadLetterView:
        row = unit.connection.execute(
            update(dead_letters)
            .where(dead_letters.c.id == request.dead_letter_id)
            .values(replayed_at=unit.now)
            .returning(dead_letters)
        ).first()
        if row is None:
            raise NotFound()
        returned = wire.Outgoing(
            wire.returns_exchange(self.name), row.handler, bytes(row.body), {"attempts": 0}
        )
        outbox.write_again(unit.connection, returned, unit.now)
        return self._view(row)

    @answers(Resync)
    def resync(self, _: Resync, unit: Unit) -> ResyncView:
        told = 0
        for event in self._service.state(unit):
            unit.tell_again(event)
            told += 1
        return ResyncView(told)

    @answers(ExportPerson)
    def export_person(self, _: ExportPerson, unit: Unit) -> PersonExport:
        kinds = self._service.held_about(unit.actor)
        return PersonExport({kind: held.read(unit.connection, query) for kind, query in kinds.items()})

    @every(hours=6)
    def forget_old_notes(self, unit: Unit) -> None:
        inbox.forget(unit.connection, unit.now)

    def _view(self, row: Row[Any]) -> DeadLetterView:
        return DeadLetterView(
            id=f"{self.name}-{row.id}",
            service=self.name,
            handler=row.handler,
            message_type=row.message_type,
            message_id=row.message_id,
            error=row.error,
            attempts=row.attempts,
            died_at=row.died_at,
            replayed_at=row.replayed_at,
        )


def file_dead_letter(connection: Connection, asked: Asked, message_id: str, now: datetime) -> None:
    """Move a buried message into the table where operators find it; any shape of it will do."""
    connection.execute(
        insert(dead_letters).values(
            handler=_text(asked.headers.get("handler")),
            message_type=_type_of(asked.body),
            message_id=_text(message_id),
            body=asked.body,
            headers={"handler": _text(asked.headers.get("handler"))},
            error=_text(asked.headers.get("error")),
            attempts=attempts if isinstance(attempts := asked.headers.get("attempts"), int) else 0,
            died_at=now,
        )
    )


def _type_of(body: bytes) -> str:
    try:
        return _text(wire.decode(body)["type"])
    except (wire.Malformed, KeyError, TypeError):
        return "unknown"


def _text(value: object) -> str:
    return str(value or "unknown").replace("\x00", "")[:500]
