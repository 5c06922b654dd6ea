"""What every service answers: its operators, of dead letters and its state, and people, of what it holds.

Unlike other requests these have no one owner: the asker names the service.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from contracts.message import ADMIN, ANYONE, Command, Query, View
from contracts.values import Count, Flag, Id, Instant, Line, Page, PageSize, Prose


@dataclass(frozen=True)
class PongView(View):
    service: Line
    at: Instant


@dataclass(frozen=True)
class Ping(Query[PongView]):
    """Is the service there, with its database?"""

    asked_by: ClassVar = ANYONE


@dataclass(frozen=True)
class DeadLetterView(View):
    """A message that could not be handled; its contents stay in the service."""

    id: Line
    service: Line
    handler: Line
    message_type: Line
    message_id: Line
    error: Prose
    attempts: Count
    died_at: Instant
    replayed_at: Instant | None = None


@dataclass(frozen=True)
class DeadLetterPage(View):
    items: list[DeadLetterView]
    total: Count
    page: Page
    page_size: PageSize


@dataclass(frozen=True)
class ListDeadLetters(Query[DeadLetterPage]):
    """The service's dead letters that were not replayed yet, newest first."""

    asked_by: ClassVar = ADMIN
    page: Page = 1
    page_size: PageSize = 20


@dataclass(frozen=True)
class ReplayDeadLetter(Command[DeadLetterView]):
    """Give a dead letter to its handler again. Refuses with NotFound."""

    asked_by: ClassVar = ADMIN
    dead_letter_id: Id


@dataclass(frozen=True)
class ResyncView(View):
    told: Count


@dataclass(frozen=True)
class Resync(Command[ResyncView]):
    """Tell the present state of everything owned again; consumers ignore what they already have."""

    asked_by: ClassVar = ADMIN


@dataclass(frozen=True)
class HeldRows(View):
    """One kind of what is held, the newest first; `truncated` where there is more than is told at once."""

    items: list[dict[str, Any]]
    truncated: Flag


@dataclass(frozen=True)
class PersonExport(View):
    """What one service holds about a person, by its kind."""

    held: dict[str, HeldRows]


@dataclass(frozen=True)
class ExportPerson(Query[PersonExport]):
    """Everything that is held about the caller; no secrets, and nothing personal of anybody else."""
