"""Refusals: how an owner says no, as data that crosses the bus and becomes a problem document.

    Refusal
    ├── Invalid            values missing, wrong or in the past: mend the request
    ├── AgainstPolicy      well formed, but outside what the tutor's policy offers
    ├── Unauthenticated    nobody is known to be asking
    ├── Denied             known, but not allowed; says nothing of the thing
    ├── NotFound           no such thing
    ├── Conflict           the state of things forbids it now
    │   └── Taken          … and the nearest free starts are offered instead
    ├── Stale              the caller's version is not the present one
    ├── TooMany            slow down
    └── Unavailable        not answered in time or out of order; the same key may be sent again

A refusal is a statement of fact; its `code` is its class name in snake case and never
changes. The gateway maps kinds (the direct children of `Refusal`) to HTTP statuses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, Self


class Refusal(Exception):
    """A request was declined and nothing was changed.

    `errors` are items `{"code"?, "detail", "pointer"?}`; `data` holds plain JSON values
    for the caller (`alternatives`, `retry_after`). `replayed` says that the same key was
    refused before, in the request that `request_id` names.
    """

    detail: ClassVar[str] = "The request was declined."

    def __init__(
        self, detail: str | None = None, *, errors: Sequence[dict[str, Any]] = (), **data: Any
    ) -> None:
        self.text = detail or self.detail
        self.errors = list(errors)
        self.data = data
        self.keeps_changes = False
        self.replayed = False
        self.request_id = ""
        super().__init__(self.text)

    def keeping(self) -> Self:
        """Have the owner commit what was written although it refused (a failed log-in is counted)."""
        self.keeps_changes = True
        return self

    @property
    def code(self) -> str:
        return code_of(type(self))

    @property
    def kind(self) -> type[Refusal]:
        """The direct child of `Refusal` that this one descends from."""
        return type(self).__mro__[type(self).__mro__.index(Refusal) - 1]


class Invalid(Refusal):
    """Values are missing, wrong or in the past."""

    detail = "Some values are missing or wrong."


class AgainstPolicy(Refusal):
    """Well formed, but outside what is offered."""


class Unauthenticated(Refusal):
    """Nobody is known to be asking."""

    detail = "Log in and send a valid access token."


class Denied(Refusal):
    """Known, but not allowed."""

    detail = "This is not yours to see or do."


class NotFound(Refusal):
    """No such thing."""

    detail = "There is no such thing."


class Conflict(Refusal):
    """The present state of things forbids it."""


class Taken(Conflict):
    """The time can not be had; `data["alternatives"]` lists the nearest free starts."""


class Stale(Refusal):
    """The caller's version is not the present one."""

    detail = "It has changed since you read it; read it again."


class TooMany(Refusal):
    """The caller asks for more than its share; `data["retry_after"]` in seconds."""

    detail = "Too many requests; wait a little."


class Unavailable(Refusal):
    """Not answered in time, or out of order; `data["retry_after"]` in seconds."""

    detail = "A part of the platform does not answer at the moment; try again."


def code_of(refusal: type[Refusal]) -> str:
    """The stable code: `SlotTaken` is `slot_taken`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", refusal.__name__).lower()


def all_refusals() -> Iterator[type[Refusal]]:
    """Every class of the tree below `Refusal`, depth first."""
    stack = [Refusal]
    while stack:
        for child in stack.pop().__subclasses__():
            yield child
            stack.append(child)


def to_wire(refusal: Refusal) -> dict[str, Any]:
    """The refusal as plain JSON values."""
    return {"code": refusal.code, "detail": refusal.text, "errors": refusal.errors, "data": refusal.data}


def from_wire(fields: dict[str, Any]) -> Refusal:
    """The refusal that was sent; an unknown code of a newer sender is `Unavailable`."""
    known = {code_of(kind): kind for kind in all_refusals()}
    kind = known.get(fields["code"], Unavailable)
    return kind(fields["detail"], errors=fields["errors"], **fields["data"])
