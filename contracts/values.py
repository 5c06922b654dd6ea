"""The words of the trade on the wire: ids, instants, local dates and times, zones, money, text.

Each is an `Annotated` type whose field says what is accepted, once, for HTTP, RPC and
events alike. Instants follow RFC 3339 with an offset and are UTC inside.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from contracts.fields import (
    FlagField,
    InstantField,
    LocalDateField,
    MoneyField,
    PeriodEndField,
    PeriodStartField,
    amount,
    checked,
    integer,
    line,
    prose,
    signed_money,
)
from contracts.formats import (
    parse_currency,
    parse_email,
    parse_locale,
    parse_wall_end,
    parse_wall_time,
    parse_web_address,
    parse_zone,
)

MAX_ID = 2**53 - 1  # every integer up to here is exact in JavaScript

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
