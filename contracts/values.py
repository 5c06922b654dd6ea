"""The words of the trade on the wire: ids, instants, local dates and times, zones, money, text.

Each is an `Annotated` type whose field says what is accepted, once, for HTTP, RPC and
events alike. Instants follow RFC 3339 with an offset and are UTC inside.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, TypeVar
from zoneinfo import available_timezones

from marshmallow import ValidationError, fields, validate

MAX_ID = 2**53 - 1  # every integer up to here is exact in JavaScript
EARLIEST_YEAR, LATEST_YEAR = 1970, 2200

# ISO 4217 codes with two minor digits, so that money on the wire always has two places.
_CURRENCIES = """
    AED ARS AUD BAM BDT BGN BRL CAD CHF CNY COP CZK DKK EGP EUR GBP GEL GHS HKD HUF IDR ILS INR
    KES KZT LKR MAD MXN MYR NGN NOK NPR NZD PEN PHP PKR PLN QAR RON RSD SAR SEK SGD THB TRY TWD
    UAH USD UYU WST ZAR
"""
CURRENCIES = frozenset(_CURRENCIES.split())
LOCALES = ("en", "de")

# Regular expressions that read the same in Python and in JSON Schema.
_ATOM = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_IN_ADDRESS = "([A-Za-z0-9._~:/?@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*"
WALL_TIME = "([01][0-9]|2[0-3]):[0-5][0-9]"
EMAIL = rf"(?=[^@]{{1,64}}@){_ATOM}(\.{_ATOM})*@{_LABEL}(\.{_LABEL})+"
WEB_ADDRESS = rf"https?://{_LABEL}(\.{_LABEL})*(:[0-9]{{1,5}})?([/?]{_IN_ADDRESS})?(#{_IN_ADDRESS})?"

D = TypeVar("D", date, datetime)

_INSTANT = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})", re.ASCII
)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
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

    A line loses its outer blanks; they count for the greatest length and not for the least.
    """

    def __init__(self, shortest: int, longest: int, lines: bool, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.lines, self.longest = lines, longest
        self.validators.insert(0, validate.Length(shortest, longest))

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        if len(text) > self.longest:
            raise ValidationError(f"Longer than maximum length {self.longest}.")
        if _CONTROL.search(text) or any("\ud800" <= letter <= "\udfff" for letter in text):
            raise ValidationError("Control characters are not allowed.")
        if not self.lines and _LINE_BREAK.search(text):
            raise ValidationError("Must be a single line.")
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
        if isinstance(value, str) and _DATE.fullmatch(value):
            return parse_instant(f"{value}T00:00:00Z")
        return parse_instant(value)


class PeriodEndField(PeriodStartField):
    """Where a period ends, exclusively: an instant, or a date for the end of its UTC day."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        whole_day = isinstance(value, str) and _DATE.fullmatch(value)
        edge = super()._deserialize(value, attr, data, **kwargs)
        return edge + timedelta(days=1) if whole_day else edge


class LocalDateField(fields.Field[date]):
    """A calendar date `YYYY-MM-DD`, of whatever zone the message names."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> date:
        if not isinstance(value, str) or not _DATE.fullmatch(value):
            raise ValidationError("Not a date of the form YYYY-MM-DD.")
        try:
            parsed = date.fromisoformat(value)
        except ValueError:
            raise ValidationError("No such date.") from None
        return _within_years(parsed)

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


def parse_instant(value: Any) -> datetime:
    """Read an RFC 3339 date-time. Raises `ValidationError`; a time without an offset is refused."""
    match = _INSTANT.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValidationError("Not an RFC 3339 date-time with an offset, such as 2026-01-31T09:00:00Z.")
    try:
        parsed = datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValidationError("No such instant.") from None
    return _within_years(parsed)


def format_instant(value: datetime) -> str:
    """Write an aware datetime as RFC 3339 in UTC with `Z`."""
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def parse_wall_time(text: str) -> str:
    """A wall-clock time `HH:MM`. Raises `ValueError`."""
    if not re.fullmatch(WALL_TIME, text):
        raise ValueError("Not a time of the form HH:MM.")
    return text


def parse_wall_end(text: str) -> str:
    """A wall-clock time `HH:MM`, or `24:00` for the next local midnight. Raises `ValueError`."""
    return text if text == "24:00" else parse_wall_time(text)


def parse_zone(text: str) -> str:
    """An IANA time zone by its exact name. Raises `ValueError`."""
    if text not in _zones():
        raise ValueError("Not an IANA time zone.")
    return text


def parse_currency(text: str) -> str:
    """An ISO 4217 code with two minor digits. Raises `ValueError`."""
    if text not in CURRENCIES:
        raise ValueError("Not a supported ISO 4217 currency code.")
    return text


def parse_email(text: str) -> str:
    """An e-mail address, its domain in lower case. Raises `ValueError`."""
    if not re.fullmatch(EMAIL, text):
        raise ValueError("Not a valid e-mail address.")
    local, _, domain = text.rpartition("@")
    return f"{local}@{domain.lower()}"


def parse_locale(text: str) -> str:
    """A language tag, kept as its language (`de-AT` is `de`). Raises `ValueError`."""
    language = text.replace("_", "-").split("-")[0].lower()
    if language not in LOCALES:
        raise ValueError(f"Not a supported language; choose one of {', '.join(LOCALES)}.")
    return language


def parse_web_address(text: str) -> str:
    """An absolute http or https address of a named host, without a login. Raises `ValueError`."""
    if not re.fullmatch(WEB_ADDRESS, text):
        raise ValueError("Not an http or https address.")
    return text


def _decimal(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise ValidationError("Not a number.")
    number = Decimal(str(value))
    if not number.is_finite():
        raise ValidationError("Not a number.")
    return number


def _within_years(value: D) -> D:
    if not EARLIEST_YEAR <= value.year <= LATEST_YEAR:
        raise ValidationError(f"Must be between the years {EARLIEST_YEAR} and {LATEST_YEAR}.")
    return value


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones() - {"localtime", "posixrules", "Factory"})


Id = Annotated[int, integer(1, MAX_ID)]
Count = Annotated[int, integer(0, MAX_ID)]
Version = Annotated[int, integer(0, MAX_ID)]
Minutes = Annotated[int, integer(1, 2880)]
Weekday = Annotated[int, integer(1, 7)]
Flag = Annotated[bool, FlagField]
Instant = Annotated[datetime, InstantField]
LocalDate = Annotated[date, LocalDateField]
WallTime = Annotated[str, checked(parse_wall_time, 5)]
WallEnd = Annotated[str, checked(parse_wall_end, 5)]
Zone = Annotated[str, checked(parse_zone, 64)]
Currency = Annotated[str, checked(parse_currency, 3)]
Locale = Annotated[str, checked(parse_locale, 20)]
Money = Annotated[Decimal, MoneyField]
Amount = Annotated[Decimal, amount()]
SignedMoney = Annotated[Decimal, signed_money()]
PeriodStart = Annotated[datetime, PeriodStartField]
PeriodEnd = Annotated[datetime, PeriodEndField]
Email = Annotated[str, checked(parse_email, 254, "email")]
WebAddress = Annotated[str, checked(parse_web_address, 2000, "uri")]
Name = Annotated[str, line(120, shortest=1)]
Line = Annotated[str, line(200)]
Prose = Annotated[str, prose(2000)]
Token = Annotated[str, line(2000, shortest=1)]
Page = Annotated[int, integer(1, 1_000_000)]
PageSize = Annotated[int, integer(1, 100)]
