"""Doors: how a service says what it answers, what it listens to and what it does by the clock.

A service is a class with a name and decorated methods. Each method is called inside one
transaction with a `Unit`; what it returns or raises becomes the answer. The doors are
opened on the broker by `chassis.container`; this module only describes them.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar, TypeVar

from sqlalchemy import Select

from chassis.context import Actor
from chassis.settings import Settings
from chassis.unit import Unit
from contracts.message import Event, Request

Method = TypeVar("Method", bound=Callable[..., Any])

_MARK = "__door__"


@dataclass(frozen=True)
class Answers:
    """A method that answers one kind of request."""

    request: type[Request[Any]]


@dataclass(frozen=True)
class Consumes:
    """A method with a queue of its own, bound to some kinds of events."""

    events: tuple[type[Event], ...]


@dataclass(frozen=True)
class Every:
    """A method that runs once an interval, in one replica at a time; its errands do so side by side."""

    interval: timedelta
    at_once: int = 1


Door = Answers | Consumes | Every


class Service:
    """Subclass it, name it, decorate its methods with doors."""

    name: ClassVar[str]

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def state(self, unit: Unit) -> Iterable[Event]:  # noqa: ARG002 - there may be nothing to tell
        """The events that tell all that this service owns, as it is now; told again on `Resync`."""
        return ()

    def admit(self, unit: Unit) -> None:
        """Look at whoever asks once more, in the unit, before anything is answered. May raise any refusal."""

    def held_about(self, person: Actor) -> Mapping[str, Select[Any]]:  # noqa: ARG002 - it may be nothing
        """What this service holds about a person: a query for each kind, of what the person may have."""
        return {}


def answers(request: type[Request[Any]]) -> Callable[[Method], Method]:
    """Have the method `(self, request, unit) -> view` answer a request."""
    return _mark(Answers(request))


def consumes(*events: type[Event]) -> Callable[[Method], Method]:
    """Have the method `(self, event, unit) -> None` take effect once for each event told."""
    return _mark(Consumes(events))


def every(
    *, seconds: float = 0, minutes: float = 0, hours: float = 0, at_once: int = 1
) -> Callable[[Method], Method]:
    """Have the method `(self, unit) -> None` run once an interval of the chassis' clock.

    Up to `at_once` of its errands run at once in a process, and the method again beside them.
    """
    return _mark(Every(timedelta(seconds=seconds, minutes=minutes, hours=hours), at_once))


def doors_of(service: type[Service]) -> Iterator[tuple[str, Door]]:
    """Each door with the name of its method, in the order of definition."""
    for cls in reversed(service.__mro__):
        for name, method in vars(cls).items():
            if hasattr(method, _MARK):
                yield name, getattr(method, _MARK)


def service_class(name: str) -> type[Service]:
    """The service of that name: the one `Service` that `services.<name>.service` defines."""
    module = importlib.import_module(f"services.{name}.service")
    for value in vars(module).values():
        if isinstance(value, type) and issubclass(value, Service) and getattr(value, "name", None) == name:
            return value
    raise LookupError(f"{module.__name__} defines no service named {name}")


def _mark(door: Door) -> Callable[[Method], Method]:
    def mark(method: Method) -> Method:
        setattr(method, _MARK, door)
        return method

    return mark
