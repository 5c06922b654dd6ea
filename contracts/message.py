"""What a message is: commands and queries to an owner, events from it, views in answer.

A message is one frozen dataclass. Its owner is the module that declares it
(`contracts.booking`), its topic follows from its class name, and its schema is
derived from its fields: no string is typed twice. Encoding and transport are the
chassis' concern.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from operator import attrgetter
from typing import Any, ClassVar, Generic, TypeVar, get_args

import marshmallow
import marshmallow_dataclass

R = TypeVar("R")

# Who may ask: the roles that a request's `asked_by` names.
ADMIN = frozenset({"admin"})
STUDENT = frozenset({"student"})
TUTOR = frozenset({"tutor"})
SIGNED_IN = ADMIN | STUDENT | TUTOR
ANYONE = SIGNED_IN | {"anonymous"}
SYSTEM = frozenset({"system"})  # the platform itself


@dataclass(frozen=True)
class View:
    """A shape that travels: an answer, a part of a message."""


@dataclass(frozen=True)
class Request(Generic[R]):
    """Asked of one owner, answered once with an `R` or a `Refusal`.

    `asked_by` is checked at the edge and again at the owner's door.
    """

    asked_by: ClassVar[frozenset[str]] = SIGNED_IN


@dataclass(frozen=True)
class Command(Request[R]):
    """A request that changes something; done once however often its key is sent.

    The answer is kept for replay; where it holds a secret, `answer_is_secret` has it
    kept encrypted under the caller's key.
    """

    answer_is_secret: ClassVar[bool] = False


@dataclass(frozen=True)
class Query(Request[R]):
    """A request that changes nothing; may be asked again at will."""


@dataclass(frozen=True)
class Event:
    """A fact of the past, told by its owner to whoever listens.

    `subject` names the thing told about, `sequence` its version: of two events about
    one subject the higher sequence is the later truth. `concerns` names the fields that hold
    the accounts it is about, `concerns_tutors` those that hold tutor profiles: these may hear of
    it outside, by webhook and live stream, and so may admins. An event that names none stays
    among the services.
    """

    subject_field: ClassVar[str] = "id"
    sequence_field: ClassVar[str] = "version"
    concerns: ClassVar[tuple[str, ...]] = ()
    concerns_tutors: ClassVar[tuple[str, ...]] = ()

    @property
    def subject(self) -> str:
        return str(getattr(self, self.subject_field))

    @property
    def sequence(self) -> int:
        return int(getattr(self, self.sequence_field))

    @property
    def concerned(self) -> frozenset[int]:
        """The accounts that may hear of it."""
        return frozenset(attrgetter(path)(self) for path in self.concerns)

    @property
    def concerned_tutors(self) -> frozenset[int]:
        """The tutor profiles whose accounts may hear of it as well."""
        return frozenset(attrgetter(path)(self) for path in self.concerns_tutors)


def kinds_of(event: type[Event]) -> Iterator[type[Event]]:
    """Every kind of an event that has no kinds of its own, as far as its module was imported."""
    kinds = event.__subclasses__()
    for kind in kinds:
        yield from kinds_of(kind)
    if not kinds:
        yield event


def owner_of(message: type) -> str:
    """The service that answers the request or tells the event: the module after `contracts`."""
    return message.__module__.split(".")[1]


def name_of(message: type) -> str:
    """The message's name in snake case: `CreateBooking` is `create_booking`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", message.__name__).lower()


def topic_of(message: type) -> str:
    """Where the message is sent: `booking.create_booking`."""
    return f"{owner_of(message)}.{name_of(message)}"


def reply_of(request: type) -> type:
    """The view that a request is answered with: the `R` of its `Command[R]` or `Query[R]`."""
    for base in getattr(request, "__orig_bases__", ()):
        for argument in get_args(base):
            return argument  # type: ignore[no-any-return]
    raise TypeError(f"{request.__name__} does not name its reply")


class _Strict(marshmallow.Schema):
    class Meta:
        unknown = marshmallow.RAISE


class _Tolerant(marshmallow.Schema):
    class Meta:
        unknown = marshmallow.EXCLUDE


_make_class = marshmallow_dataclass._internal_class_schema.__wrapped__  # noqa: SLF001


@cache
def _class_of(message: type, base: type[marshmallow.Schema] | None = None) -> type[marshmallow.Schema]:
    """One class for a message and a base, wherever it is nested.

    The library would make it anew after a thousand others, and where it meets a type a second time in one
    message it nests by name: of a name it knows one class, the strict or the tolerant, whichever came first.
    """
    made: type[marshmallow.Schema] = _make_class(message, base)
    marshmallow_dataclass._schema_ctx_stack.top.seen_classes.pop(message)  # noqa: SLF001
    return made


marshmallow_dataclass._internal_class_schema = _class_of  # noqa: SLF001


@cache
def schema_of(message: Any) -> marshmallow.Schema:
    """The strict schema of a message or view: unknown fields are errors, at every depth."""
    return marshmallow_dataclass.class_schema(message, base_schema=_Strict)()


@cache
def _tolerant_schema_of(message: Any) -> marshmallow.Schema:
    return marshmallow_dataclass.class_schema(message, base_schema=_Tolerant)()


def load(message: type[R], data: Any) -> R:
    """Read a message off the bus, ignoring fields that a newer sender added, at every depth.

    Raises `marshmallow.ValidationError` where a known field is missing or wrong.
    """
    known: Any = message
    loaded: R = _tolerant_schema_of(known).load(data)
    return loaded


def dump(message: object) -> dict[str, Any]:
    """The message as plain JSON values (money as `Decimal` with two places)."""
    known: Any = type(message)
    dumped: dict[str, Any] = schema_of(known).dump(message)
    return dumped
