"""The marshmallow fields that messages are made of, and the classes of bounded ones.

JSON is taken at its word: what merely resembles a number, a flag or a date is refused.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from marshmallow import ValidationError, fields, validate

from contracts.formats import format_instant, is_date, parse_date, parse_instant

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_LINE_BREAK = re.compile(r"[\r\n\u2028\u2029]")


class IntegerField(fields.Integer):
    """A JSON integer within bounds; neither `true` nor `"5"` nor `5.0` is one."""

    def __init__(self, minimum: int, maximum: int, **kwargs: Any) -> None:
        self.minimum, self.maximum = minimum, maximum
        super().__init__(strict=True, **kwargs)
        self.validators.insert(0, validate.Range(minimum, maximum))

    def _validated(self, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.make_error("invalid", input=value)
        return value


class TextField(fields.String):
    """Text of a bounded length without control characters, kept in the form it was sent.

    A line loses its outer blanks; they count for the greatest length and not for the least. What must not be
    empty must not be blank either.
    """

    def __init__(self, shortest: int, longest: int, lines: bool, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.lines, self.longest, self.may_be_blank = lines, longest, shortest == 0
        self.validators.insert(0, validate.Length(shortest, longest))

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        if len(text) > self.longest:
            raise ValidationError(f"Longer than maximum length {self.longest}.")
        if _CONTROL.search(text) or any("\ud800" <= letter <= "\udfff" for letter in text):
            raise ValidationError("Control characters are not allowed.")
        if not self.lines and _LINE_BREAK.search(text):
            raise ValidationError("Must be a single line.")
        if not (self.may_be_blank or text.strip()):
            raise ValidationError("Must not be blank.")
        return text if self.lines else text.strip()


class InstantField(fields.Field[datetime]):
    """An RFC 3339 instant with an offset; UTC inside and with `Z` on the way out."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        return parse_instant(value)

    def _serialize(self, value: datetime | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else format_instant(value)


class PeriodStartField(InstantField):
    """Where a period begins: an instant, or a date for the beginning of its UTC day."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        if is_date(value):
            return parse_instant(f"{value}T00:00:00Z")
        return parse_instant(value)


class PeriodEndField(PeriodStartField):
    """Where a period ends, exclusively: an instant, or a date for the end of its UTC day."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        edge = super()._deserialize(value, attr, data, **kwargs)
        return edge + timedelta(days=1) if is_date(value) else edge


class LocalDateField(fields.Field[date]):
    """A calendar date `YYYY-MM-DD`, of whatever zone the message names."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> date:
        return parse_date(value)

    def _serialize(self, value: date | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else value.isoformat()


class MoneyField(fields.Field[Decimal]):
    """A decimal number of a currency's major unit with at most two places."""

    def __init__(self, least: str = "0", most: str = "1000000", **kwargs: Any) -> None:
        self.least, self.most = Decimal(least), Decimal(most)
        super().__init__(**kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Decimal:
        amount = _decimal(value)
        if not self.least <= amount <= self.most:
            raise ValidationError(f"Must be between {self.least} and {self.most}.")
        if amount != round(amount, 2):
            raise ValidationError("Has more than two decimal places.")
        return amount.quantize(Decimal("0.01"))

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Decimal | None:
        return None if value is None else Decimal(value).quantize(Decimal("0.01"))


class NumberField(fields.Field[float]):
    """A JSON number within bounds."""

    def __init__(self, minimum: float, maximum: float, **kwargs: Any) -> None:
        self.minimum, self.maximum = minimum, maximum
        super().__init__(**kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> float:
        value = _decimal(value)
        if not self.minimum <= value <= self.maximum:
            raise ValidationError(f"Must be between {self.minimum:g} and {self.maximum:g}.")
        return float(value)


class FlagField(fields.Boolean):
    """`true` or `false`, nothing that resembles them."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


def integer(minimum: int, maximum: int) -> type[fields.Integer]:
    """The field class of a bounded integer."""

    class Bounded(IntegerField):
        def __init__(self, **kwargs: Any) -> None:
            super().__init__(minimum, maximum, **kwargs)

    return Bounded


def number(minimum: float, maximum: float) -> type[fields.Field[float]]:
    """The field class of a bounded number."""

    class Bounded(NumberField):
        def __init__(self, **kwargs: Any) -> None:
            super().__init__(minimum, maximum, **kwargs)

    return Bounded


def signed_money() -> type[fields.Field[Decimal]]:
    """The field class of money that may be negative."""

    class Signed(MoneyField):
        def __init__(self, **kwargs: Any) -> None:
            super().__init__(least="-1000000000", most="1000000000", **kwargs)

    return Signed


def amount() -> type[fields.Field[Decimal]]:
    """The field class of money that adds up: more than any one rate or price may be."""

    class Sum(MoneyField):
        def __init__(self, **kwargs: Any) -> None:
            super().__init__(most="1000000000", **kwargs)

    return Sum


def line(longest: int, shortest: int = 0) -> type[fields.String]:
    """The field class of one line of text, outer blanks stripped."""

    class Bounded(TextField):
        def __init__(self, **kwargs: Any) -> None:
            super().__init__(shortest, longest, lines=False, **kwargs)

    return Bounded


def prose(longest: int, shortest: int = 0) -> type[fields.String]:
    """The field class of text that may have several lines."""

    class Bounded(TextField):
        def __init__(self, **kwargs: Any) -> None:
            super().__init__(shortest, longest, lines=True, **kwargs)

    return Bounded


def word(choices: type[StrEnum]) -> type[fields.Enum[Any]]:
    """The field class of one of an enumeration's values."""

    class Choice(fields.Enum[Any]):
        def __init__(self, **kwargs: Any) -> None:
            super().__init__(choices, by_value=fields.String, **kwargs)

    return Choice


def one_of(words: Collection[str]) -> type[fields.String]:
    """The field class of one of these words, where no enumeration lists them."""

    class Choice(TextField):
        def __init__(self, **kwargs: Any) -> None:
            super().__init__(1, max(map(len, words)), lines=False, **kwargs)
            self.validators.append(validate.OneOf(words))

    return Choice


def checked(check: Any, longest: int, shape: str | None = None) -> type[fields.String]:
    """The field class of a line that `check` returns cleaned or refuses with `ValueError`.

    `shape` is the JSON Schema `format` that documents it; the check itself is kept on the field,
    for the API's description.
    """

    class Checked(TextField):
        def __init__(self, **kwargs: Any) -> None:
            super().__init__(1, longest, lines=False, **kwargs)
            self.check = check
            if shape:
                self.metadata = {"format": shape, **self.metadata}

        def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
            text = super()._deserialize(value, attr, data, **kwargs)
            try:
                return str(check(text))
            except ValueError as refusal:
                raise ValidationError(str(refusal)) from None

    return Checked


def _decimal(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise ValidationError("Not a number.")
    number = Decimal(str(value))
    if not number.is_finite():
        raise ValidationError("Not a number.")
    return number
