"""What text on the wire looks like: instants, times, zones, currencies, addresses; and how it is read.

Each reader returns the text cleaned, or raises with a sentence for the caller.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, TypeVar
from zoneinfo import available_timezones

from marshmallow import ValidationError

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


def parse_date(value: Any) -> date:
    """Read a calendar date `YYYY-MM-DD`. Raises `ValidationError`."""
    if not is_date(value):
        raise ValidationError("Not a date of the form YYYY-MM-DD.")
    try:
        parsed = date.fromisoformat(value)
    except ValueError:
        raise ValidationError("No such date.") from None
    return _within_years(parsed)


def is_date(value: Any) -> bool:
    """Whether it has the form of a date."""
    return isinstance(value, str) and bool(_DATE.fullmatch(value))


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


def _within_years(value: D) -> D:
    if not EARLIEST_YEAR <= value.year <= LATEST_YEAR:
        raise ValidationError(f"Must be between the years {EARLIEST_YEAR} and {LATEST_YEAR}.")
    return value


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones() - {"localtime", "posixrules", "Factory"})
