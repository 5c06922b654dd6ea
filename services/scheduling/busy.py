"""From what a stranger's calendar says to busy times in UTC.

- Whatever takes time is busy: events that are neither cancelled nor transparent, each occurrence by itself,
  and the times that a calendar without events lists (VFREEBUSY).
- Whole days, and times of no zone, are of the zone that the calendar names as its own (X-WR-TIMEZONE), or
  else of the tutor's. Other zones have IANA or Windows names, or are defined by the calendar (VTIMEZONE).
- Recurrence goes by the clock on the wall, ends included: a night from 22:00 to 06:00 is so in every week.
  Only what lasts so many hours (DURATION) lasts as many when the clocks are changed.

Pure, but worked in `chassis.sandbox`: rules of recurrence can be made to compute for minutes, and there is no
telling by what exception the parser gives up.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar
from icalendar.parser import Contentlines

from contracts.bookable import Block
from contracts.formats import parse_instant, parse_zone
from services.scheduling.availability import first_instant, merged, within

MOST_EVENTS = 10_000  # of one calendar, and as many occurrences of them
MOST_TIMES = 2_500  # about one an hour for as long as anybody looks ahead

_END = "END:VCALENDAR"
_EVENT = "BEGIN:VEVENT"
_ZONE = "X-WR-TIMEZONE"
_TOO_OFTEN = re.compile(r"^RRULE\b.*\bFREQ=(SECONDLY|MINUTELY)\b", re.IGNORECASE | re.MULTILINE)
_OF_TIME = re.compile(r"(DTSTART|DTEND|DURATION|RRULE|RDATE|EXDATE|RECURRENCE-ID)(?![\w-])", re.IGNORECASE)
_LASTS = "X-LASTS"  # under which name an occurrence keeps the duration of its event
_DAY = timedelta(days=1)
_ALL_ZONES = 2 * _DAY  # more than any two of them are apart


class TooComplicated(Exception):
    """There is more in the calendar than anybody's appointments."""


def work(given: bytes, zone: str, since: str, until: str) -> bytes:
    """In a sandbox: the busy times as JSON, in seconds since 1970, or null where there are too many."""
    period = Block(parse_instant(since), parse_instant(until))
    try:
        found = busy_times(given, ZoneInfo(zone), period)
    except TooComplicated:
        return b"null"
    return json.dumps([[int(each.start.timestamp()), int(each.end.timestamp())] for each in found]).encode()


def busy_times(given: bytes, zone: ZoneInfo, period: Block) -> list[Block]:
    """The busy times within the period, in order and disjoint. Raises `TooComplicated`.

    Any other exception says that it is no calendar.
    """
    blocks: list[Block] = []
    for calendar in _calendars(given.decode("utf-8-sig", "replace")):
        blocks += _blocks(calendar, zone, period)
    found = merged(within(blocks, period))
    if len(found) > MOST_TIMES:
        raise TooComplicated()
    return found


def _calendars(text: str) -> list[Calendar]:
    """All that the text consists of. Raises `ValueError` where there is none, or where it breaks off."""
    if text.upper().count(_EVENT) > MOST_EVENTS or _TOO_OFTEN.search(text):
        raise TooComplicated()
    found = Calendar.from_ical(text, multiple=True)
    calendars = [each for each in found if isinstance(each, Calendar)]
    if not calendars or len(calendars) < len(found) or not text.rstrip().upper().endswith(_END):
        raise ValueError
    _refuse_what_is_left_out(text)
    return calendars


def _refuse_what_is_left_out(text: str) -> None:
    """Raises `ValueError` at a line about time that has no value: of an event the parser skips it."""
    for line in Contentlines.from_ical(text):  # type: ignore[no-untyped-call]
        begun = _OF_TIME.match(line)
        if begun and line.parts()[0] != begun.group():
            raise ValueError


def _blocks(calendar: Calendar, zone: ZoneInfo, period: Block) -> Iterator[Block]:
    own = _named(str(calendar.pop(_ZONE, ""))) or zone
    for occurrence in _occurrences(calendar, period):
        if _takes_time(occurrence):
            start = _instant(occurrence["DTSTART"].dt, own)
            yield Block(start, _end(occurrence, start, own))
    yield from _listed(calendar, own)


def _occurrences(calendar: Calendar, period: Block) -> list[Any]:
    """All that may lie in the period, in whatever zone it is."""
    for event in calendar.walk("VEVENT"):
        event[_LASTS] = event.get("DURATION")
    query = recurring_ical_events.of(calendar)
    found: list[Any] = query.between(period.start - _ALL_ZONES, period.end + _ALL_ZONES)
    if len(found) > MOST_EVENTS:
        raise TooComplicated()
    return found


def _named(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(parse_zone(name.strip()))
    except ValueError:
        return None


def _takes_time(occurrence: Any) -> bool:
    is_cancelled = str(occurrence.get("STATUS", "")).upper() == "CANCELLED"
    is_transparent = str(occurrence.get("TRANSP", "")).upper() == "TRANSPARENT"
    return not is_cancelled and not is_transparent


def _listed(calendar: Calendar, zone: ZoneInfo) -> Iterator[Block]:
    """The times that are called busy by calendars that say no more (VFREEBUSY)."""
    for component in calendar.walk("VFREEBUSY"):
        given = component.get("FREEBUSY", [])
        for time in given if isinstance(given, list) else [given]:
            if str(time.params.get("FBTYPE", "BUSY")).upper() != "FREE":
                yield Block(_instant(time.start, zone), _instant(time.end, zone))


def _end(occurrence: Any, start: datetime, zone: ZoneInfo) -> datetime:
    lasts = occurrence[_LASTS]
    if lasts is not None and lasts.dt % _DAY:
        end: datetime = start + lasts.dt
        return end
    return _instant(occurrence["DTEND"].dt, zone)


def _instant(moment: date | datetime, zone: ZoneInfo) -> datetime:
    """Of a date the first instant; of a time in a gap what its old offset makes of it (RFC 5545, 3.3.5)."""
    if not isinstance(moment, datetime):
        return first_instant(moment, zone)
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
