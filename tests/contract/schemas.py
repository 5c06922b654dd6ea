"""The shape of every message as plain data; `python -m tests.contract.schemas` keeps it in `schemas.json`.

Senders and receivers of different ages meet on the bus, so a field may be added (with a
default, where it is asked of a sender) and nothing is renamed, removed or made of another kind.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from marshmallow import fields

import contracts
from contracts.message import Command, Event, Query, Request, View, schema_of

KEPT = Path(__file__).with_name("schemas.json")

Shape = dict[str, dict[str, Any]]


def messages() -> Iterator[type]:
    """Every request, event and view of the contracts."""
    for module in pkgutil.walk_packages(contracts.__path__, "contracts."):
        for value in vars(importlib.import_module(module.name)).values():
            declared = isinstance(value, type) and value.__module__ == module.name != "contracts.message"
            if declared and issubclass(value, View | Request | Event):
                yield value


def requests() -> list[type[Request[Any]]]:
    return [message for message in messages() if issubclass(message, Command | Query)]


def events() -> list[type[Event]]:
    """Every event that is told; not what some of them have in common."""
    return [message for message in messages() if issubclass(message, Event) and not message.__subclasses__()]


def name_of(message: type) -> str:
    """The name that is unique among all messages: `booking.CreateBooking`."""
    return f"{message.__module__.split('.')[1]}.{message.__name__}"


def shape_of(message: type) -> Shape:
    """Each field by its name on the wire: its kind, and whether it must be there."""
    return {
        field.data_key or name: {"kind": _kind_of(field), "required": field.required}
        for name, field in schema_of(message).fields.items()
    }


def kept() -> dict[str, Shape]:
    """The shapes as they were when last looked at."""
    shapes: dict[str, Shape] = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    return shapes


def present() -> dict[str, Shape]:
    return {name_of(message): shape_of(message) for message in messages()}


def breaks(before: dict[str, Shape], after: dict[str, Shape]) -> Iterator[str]:
    """What an older sender or receiver would stumble over."""
    for message, shape in before.items():
        for field, was in shape.items():
            now = after.get(message, {}).get(field)
            if now is None:
                yield f"{message}.{field} is gone"
            elif now["kind"] != was["kind"]:
                yield f"{message}.{field} was {was['kind']} and is {now['kind']}"
            elif now["required"] and not was["required"]:
                yield f"{message}.{field} is required now"
        for field, now in after.get(message, {}).items():
            if field not in shape and now["required"]:
                yield f"{message}.{field} is new and has no default"


def _kind_of(field: Any) -> str:
    if isinstance(field, fields.Nested):
        return type(field.schema).__name__
    if isinstance(field, fields.Dict):
        return f"{_kind_of(field.value_field)} by {_kind_of(field.key_field)}"
    if isinstance(field, fields.List):
        return f"list of {_kind_of(field.inner)}"
    if isinstance(field, fields.Enum):
        return f"one of {field.enum.__name__}"
    kind = next(
        base
        for base in type(field).__mro__
        if base.__name__ not in ("Bounded", "Choice", "Checked", "Signed")
    )
    return kind.__name__


if __name__ == "__main__":
    KEPT.write_text(json.dumps(present(), indent=1, sort_keys=True) + "\n")
