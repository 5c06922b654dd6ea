"""Times and money as people read them: in their language and time zone, the zone named.

Pure. What a language writes differently (patterns, connecting words) comes from its `Language`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time
from babel.numbers import format_currency


@dataclass(frozen=True)
class Formats:
    """How a language writes dates and times; `clock` is put after a time of day."""

    locale: Locale
    date: str
    short_date: str
    time: str
    clock: str


def period(start: datetime, end: datetime, zone: str, formats: Formats) -> str:
    """Saturday, 25 October 2025, 15:00–16:00 (Europe/London, BST)."""
    begin, finish = (instant.astimezone(ZoneInfo(zone)) for instant in (start, end))
    first, last = abbreviation(begin), abbreviation(finish)
    if begin.date() == finish.date() and first == last:
        times = f"{_time(begin, formats)}–{_time(finish, formats)}{formats.clock}"
        return f"{_date(begin, formats)}, {times} ({zone}, {first})"
    return f"{_moment(begin, formats)} {first} – {_moment(finish, formats)} {last} ({zone})"


def moment(instant: datetime, zone: str, formats: Formats) -> str:
    """Saturday, 25 October 2025, 15:00 (Europe/London, BST)."""
    local = instant.astimezone(ZoneInfo(zone))
    return f"{_moment(local, formats)} ({zone}, {abbreviation(local)})"


def short_moment(instant: datetime, zone: str, formats: Formats) -> str:
    """25 October 2025, 15:00; for titles."""
    local = instant.astimezone(ZoneInfo(zone))
    return f"{format_date(local, formats.short_date, formats.locale)}, {_time(local, formats)}{formats.clock}"


def abbreviation(local: datetime) -> str:
    """The zone's own (BST, CEST); where it has none, how far it is from UTC."""
    name = local.tzname() or ""
    if name.isalpha():
        return name
    offset = local.strftime("%z")
    return f"UTC{offset[:3]}:{offset[3:5]}"


def money(amount: Decimal, currency: str, formats: Formats) -> str:
    return format_currency(amount, currency, locale=formats.locale)


def _moment(local: datetime, formats: Formats) -> str:
    return f"{_date(local, formats)}, {_time(local, formats)}{formats.clock}"


def _date(local: datetime, formats: Formats) -> str:
    return format_date(local, formats.date, formats.locale)


def _time(local: datetime, formats: Formats) -> str:
    return format_time(local, formats.time, locale=formats.locale)
