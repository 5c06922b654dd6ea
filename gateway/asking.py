"""Asking owners on behalf of one call: as whom, under which key, and for how long."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar

from chassis.context import Actor
from chassis.rpc import Answer, Fault
from contracts.errors import Unavailable
from contracts.message import Request

T = TypeVar("T")


class Asker(Protocol):
    """The asking side of `chassis.rpc`, as far as the gateway uses it."""

    def ask(
        self,
        request: Request[Any],
        actor: Actor,
        request_id: str,
        key: str | None,
        timeout: float,
        to: str | None,
    ) -> Answer:
        """The owner's answer. Raises its `Refusal`, or `Unavailable` after `timeout` seconds."""
        ...

    def ready(self) -> bool:
        """Whether the broker is reached."""
        ...


@dataclass(frozen=True)
class Asking:
    """`key` makes a command that is sent twice be done once; `until` is when the caller's token expires."""

    asker: Asker
    actor: Actor
    request_id: str
    key: str
    timeout: float
    until: datetime | None = None

    def ask(self, request: Request[Any], to: str | None = None) -> Answer:
        """Ask the owner, or the service that is named."""
        return self.asker.ask(
            request,
            actor=self.actor,
            request_id=self.request_id,
            key=self.key,
            timeout=self.timeout,
            to=to,
        )


def together(questions: dict[str, Callable[[], T]]) -> dict[str, T]:
    """Ask all at once; who does not answer is missing from the result."""
    answers: dict[str, T] = {}

    def ask(name: str, question: Callable[[], T]) -> None:
        try:
            answers[name] = question()
        except (Unavailable, Fault):
            return

    threads = [threading.Thread(target=ask, args=item, daemon=True) for item in questions.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers
