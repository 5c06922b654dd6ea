"""Where an admin looks after the platform: dead letters of all services, together."""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Annotated, Any

from chassis.rpc import Answer
from contracts.errors import NotFound
from contracts.fields import line
from contracts.formats import parse_instant
from contracts.message import View
from contracts.operations import DeadLetterPage, ListDeadLetters, ReplayDeadLetter
from contracts.values import Line
from gateway.asking import Asking, together
from gateway.routes import Route

SERVICES = ("catalog", "scheduling", "booking", "notifications", "reviews")
_PAGE_SIZE = 100

_LETTER = re.compile(r"([a-z]+)-([1-9][0-9]{0,15})")


@dataclass(frozen=True)
class DeadLetters(DeadLetterPage):
    """Of all services that answered; the others are named in `unavailable`."""

    unavailable: list[Line] = field(default_factory=list)


@dataclass(frozen=True)
class LetterToReplay(View):
    """Give a dead letter, such as `booking-17`, to its handler again. Refuses with NotFound."""

    dead_letter_id: Annotated[str, line(40, shortest=3)]


def list_dead_letters(wanted: ListDeadLetters, asking: Asking) -> Answer:
    """The newest first, merged page by page from every service that answers."""
    newest = ListDeadLetters(1, _PAGE_SIZE)
    first = together({service: partial(asking.ask, newest, service) for service in SERVICES})
    letters = heapq.merge(
        *(_letters(service, answer, asking) for service, answer in first.items()),
        key=lambda letter: parse_instant(letter["died_at"]),
        reverse=True,
    )
    start = (wanted.page - 1) * wanted.page_size
    view = {
        "items": list(islice(letters, start, start + wanted.page_size)),
        "total": sum(answer.view["total"] for answer in first.values()),
        "page": wanted.page,
        "page_size": wanted.page_size,
        "unavailable": [service for service in SERVICES if service not in first],
    }
    return Answer(view, replayed=False)


def replay_dead_letter(wanted: LetterToReplay, asking: Asking) -> Answer:
    """Have the letter's service handle it again. Raises `NotFound`."""
    named = _LETTER.fullmatch(wanted.dead_letter_id)
    if not named or named[1] not in SERVICES:
        raise NotFound()
    return asking.ask(ReplayDeadLetter(int(named[2])), to=named[1])


ROUTES = (
    Route("GET", "/api/admin/dead-letters", ListDeadLetters, view=DeadLetters, handler=list_dead_letters),
    Route(
        "POST",
        "/api/admin/dead-letters/{dead_letter_id}/replay",
        ReplayDeadLetter,
        form=LetterToReplay,
        handler=replay_dead_letter,
    ),
)


def _letters(service: str, first: Answer, asking: Asking) -> Iterator[dict[str, Any]]:
    """All letters of a service, further pages only as they are read."""
    page, view = 1, first.view
    while view["items"]:
        yield from view["items"]
        if page * _PAGE_SIZE >= view["total"]:
            return
        page += 1
        view = asking.ask(ListDeadLetters(page, _PAGE_SIZE), to=service).view
