"""The contracts' fields as JSON Schema, for the documents that the gateway serves.

What a field accepts is said by the field; here is only how JSON Schema says the same, as
closely as it can.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from zoneinfo import available_timezones

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from marshmallow import Schema, fields, validate

from contracts.fields import (
    FlagField,
    InstantField,
    LocalDateField,
    MoneyField,
    NumberField,
    PeriodStartField,
    TextField,
)
from contracts.formats import (
    CURRENCIES,
    EARLIEST_YEAR,
    EMAIL,
    LATEST_YEAR,
    LOCALES,
    WALL_TIME,
    WEB_ADDRESS,
    parse_currency,
    parse_email,
    parse_locale,
    parse_wall_end,
    parse_wall_time,
    parse_web_address,
    parse_zone,
)
from contracts.message import schema_of
from contracts.scheduling.calendars import CALENDAR_ADDRESS, parse_calendar_address

Schema_ = dict[str, Any]

_BLANK = r"\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_NO_TEXT = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f"
_NO_LINE = r"\x00-\x08\x0a-\x1f\x7f\u2028\u2029"
_YEARS = f"between the years {EARLIEST_YEAR} and {LATEST_YEAR}"

_CHECKED: dict[Callable[[str], str], Schema_] = {
    parse_zone: {"$ref": "#/components/schemas/Zone"},
    parse_currency: {"$ref": "#/components/schemas/Currency"},
    parse_locale: {
        "pattern": f"^({'|'.join(LOCALES)})([-_][A-Za-z0-9]{{1,8}})?$",
        "description": "A language tag, kept as its language.",
    },
    parse_email: {"format": "email", "pattern": f"^{EMAIL}$"},
    parse_wall_time: {"pattern": f"^{WALL_TIME}$", "description": "A wall-clock time HH:MM."},
    parse_wall_end: {
        "pattern": f"^({WALL_TIME}|24:00)$",
        "description": "A wall-clock time HH:MM, or 24:00 for the next local midnight.",
    },
    parse_web_address: {"format": "uri", "pattern": f"^{WEB_ADDRESS}$"},
    parse_calendar_address: {
        "format": "uri",
        "pattern": f"^{CALENDAR_ADDRESS}$",
        "description": "A web address; webcal stands for https.",
    },
}


class Shapes:
    """A specification document under way, with a schema for every contract that was named in it."""

    def __init__(self, title: str, version: str, **options: Any) -> None:
        plugin = MarshmallowPlugin()
        self.spec = APISpec(title, version, "3.1.0", plugins=[plugin], **options)
        converter = plugin.converter
        if converter is None:
            raise RuntimeError("the plugin has no converter before it belongs to a specification")
        self._converter = converter
        functions = converter.attribute_functions
        functions.insert(functions.index(converter.field2nullable), _say)
        self.spec.components.schema("Zone", _zones())
        self.spec.components.schema("Currency", _currencies())

    def of(self, shape: type) -> Schema_:
        """A reference to the schema of a contract."""
        return self._named(schema_of(shape))

    def part_of(self, shape: type, names: set[str]) -> Schema_:
        """A reference to the schema of those fields only, by their names on the wire."""
        whole = schema_of(shape)
        only = [name for name, field in whole.fields.items() if (field.data_key or name) in names]
        return self._named(type(whole)(only=only, unknown="raise"))

    def field(self, field: fields.Field[Any]) -> Schema_:
        """The schema of one field where null can not be said."""
        return _without_null(self._converter.field2property(field))

    def _named(self, schema: Schema) -> Schema_:
        return dict(self._converter.resolve_nested_schema(schema))


def own_words(field: fields.Field[Any]) -> Schema_:
    """What the contracts' own fields accept, in JSON Schema."""
    return {key: value for words in _words(field) for key, value in words.items()}


def references(document: Any) -> Iterator[str]:
    """The names of all schemas that a part of a document refers to directly."""
    if isinstance(document, dict):
        if isinstance(document.get("$ref"), str):
            yield document["$ref"].rpartition("/")[2]
        for value in document.values():
            yield from references(value)
    elif isinstance(document, list):
        for value in document:
            yield from references(value)


def _say(field: fields.Field[Any], ret: Schema_) -> Schema_:
    """Add our words to what apispec has found; a reference needs no others, and a null is no default."""
    words = own_words(field)
    if "$ref" in words:
        ret.clear()
    if field.load_default is None:
        ret.pop("default", None)
    return words


def _words(field: fields.Field[Any]) -> Iterator[Schema_]:
    if isinstance(field, NumberField):
        yield {"type": "number", "minimum": field.minimum, "maximum": field.maximum}
    elif isinstance(field, MoneyField):
        yield {"type": "number", "minimum": float(field.least), "maximum": float(field.most)}
        yield {"description": "An amount of money with at most two decimal places."}
    elif isinstance(field, FlagField):
        yield {"type": "boolean"}
    elif isinstance(field, PeriodStartField):
        yield {"type": "string", "anyOf": [{"format": "date-time"}, {"format": "date"}]}
        yield {"description": f"An instant with an offset, or a date in UTC, {_YEARS}."}
    elif isinstance(field, InstantField):
        yield {"type": "string", "format": "date-time"}
        yield {"description": f"An instant with an offset, {_YEARS}."}
    elif isinstance(field, LocalDateField):
        yield {"type": "string", "format": "date", "description": f"A local date, {_YEARS}."}
    else:
        yield from _worded(field)


def _worded(field: fields.Field[Any]) -> Iterator[Schema_]:
    """Text, and things that are found by the words of an enumeration."""
    if isinstance(field, TextField):
        yield from _text(field)
    elif isinstance(field, fields.Dict) and isinstance(field.key_field, fields.Enum):
        yield {"propertyNames": {"enum": [each.value for each in field.key_field.enum]}}


def _text(field: TextField) -> Iterator[Schema_]:
    check = getattr(field, "check", None)
    if check in _CHECKED:
        yield _CHECKED[check]
        return
    lengths = [each.min or 0 for each in field.validators if isinstance(each, validate.Length)]
    yield {"pattern": _pattern(max(lengths, default=0), field.lines)}


def _pattern(shortest: int, lines: bool) -> str:
    """Text without control characters, not all of it blank; a line is stripped before it is measured."""
    letter = f"[^{_NO_TEXT}]" if lines else f"[^{_NO_LINE}]"
    if shortest == 0:
        return f"^{letter}*$"
    seen = f"[^{_NO_LINE}{_BLANK}]"
    stripped = seen if lines or shortest == 1 else f"{seen}{letter}{{{shortest - 2},}}{seen}"
    return f"^{letter}*{stripped}{letter}*$"


def _without_null(schema: Schema_) -> Schema_:
    """The schema of a value that is there: what a query string can not leave empty."""
    types = schema.get("type")
    plain = {key: value for key, value in schema.items() if not (key == "default" and value is None)}
    if isinstance(types, list):
        remaining = [each for each in types if each != "null"]
        plain["type"] = remaining[0] if len(remaining) == 1 else remaining
    if "enum" in plain:
        plain["enum"] = [each for each in plain["enum"] if each is not None]
    choices = [each for each in plain.pop("anyOf", []) if each != {"type": "null"}]
    if len(choices) == 1:
        plain.update(choices[0])
    elif choices:
        plain["anyOf"] = choices
    return plain


def _zones() -> Schema_:
    names = sorted(name for name in available_timezones() if _is_zone(name))
    return {"type": "string", "description": "An IANA time zone.", "enum": names}


def _is_zone(name: str) -> bool:
    try:
        return bool(parse_zone(name))
    except ValueError:
        return False


def _currencies() -> Schema_:
    return {"type": "string", "description": "An ISO 4217 code.", "enum": sorted(CURRENCIES)}
