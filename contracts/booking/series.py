"""Recurring series: lessons agreed once and booked again and again, some weeks ahead."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated

from contracts.message import View
from contracts.values import (
    LocalDate,
    WallTime,
    Weekday,
    Zone,
    integer,
    word,
)

MOST_OCCURRENCES = 520
MOST_YEARS = 5  # ahead, for the first and the last date of a series


class Frequency(StrEnum):
    WEEKLY = "weekly"
    BIWEEKLY = "biweekly"
    MONTHLY = "monthly"
    CUSTOM = "custom"


FrequencyName = Annotated[Frequency, word(Frequency)]


@dataclass(frozen=True)
class RecurrenceTerms(View):
    """When a series takes place, by the clock on the wall of `timezone`; RFC 5545 throughout.

    weekly: every `interval` weeks on `days_of_week` (1 is Monday; the day of `start_date`, where
    none are given). biweekly: the same with fortnights. monthly: every `interval` months on the day
    of the month of `start_date`, or on every one of `days_of_week`. custom: every `interval` weeks
    on `days_of_week`, or every `interval` days where none are given. The series begins on the first
    of its days on or after `start_date`, and ends after `occurrence_count`, with `until_date`, or
    not at all.
    """

    frequency: FrequencyName
    start_date: LocalDate
    start_time: WallTime
    timezone: Zone
    interval: Annotated[int, integer(1, 52)] = 1
    days_of_week: list[Weekday] = field(default_factory=list)
    occurrence_count: Annotated[int, integer(1, MOST_OCCURRENCES)] | None = None
    until_date: LocalDate | None = None
