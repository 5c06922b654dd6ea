"""A stand-in for the services behind the gateway: the asker's interface, with answers that the test gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from chassis.context import Actor
from chassis.rpc import Answer
from contracts.errors import NotFound
from contracts.message import Command, Request, owner_of

Reaction = Mapping[str, Any] | Exception | Callable[["Asked"], Mapping[str, Any]]


@dataclass(frozen=True)
class Asked:
    """One question as it reached the asker."""

    request: Request[Any]
    actor: Actor
    request_id: str
    key: str | None
    to: str


@dataclass
class FakeAsker:
    """Answers by the kind of request: a view, or an exception to raise, or a function of what was asked.

    What a command with a key was answered it is answered again, as an owner does.
    """

    reactions: dict[type, Reaction] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    is_up: bool = True
    _answered: dict[str, Answer] = field(default_factory=dict)

    def ask(
        self,
        request: Request[Any],
        actor: Actor,
        request_id: str,
        key: str | None,
        timeout: float,
        to: str | None,
    ) -> Answer:
        asked = Asked(request, actor, request_id, key, to or owner_of(type(request)))
        self.asked.append(asked)
        if key in self._answered:
            return self._answered[key]
        view = self._react(asked)
        if isinstance(request, Command):
            self._answered[str(key)] = Answer(view, replayed=True)
        return Answer(view, replayed=False)

    def ready(self) -> bool:
        return self.is_up

    def _react(self, asked: Asked) -> dict[str, Any]:
        reaction = self.reactions.get(type(asked.request), NotFound())
        if isinstance(reaction, Exception):
            raise reaction
        return dict(reaction(asked) if callable(reaction) else reaction)
