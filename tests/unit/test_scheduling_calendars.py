"""What follows from a reading of a calendar, and how one is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chassis.egress import NotReached
from contracts.bookable import Block
from contracts.scheduling import CalendarStatus
from services.scheduling.calendars import (
    READ_EVERY,
    SOONEST,
    ExternalCalendar,
    Outcome,
    Read,
    Trouble,
    Unchanged,
)

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
ETAG = {"If-None-Match": '"1"'}


def a_calendar(**changes: Any) -> ExternalCalendar:
    known = {"id": 7, "tutor_profile_id": 10, "account_id": 50, "name": "Family", "due_at": NOW}
    return ExternalCalendar(**{"url": "https://calendar.example/secret.ics", **known, **changes})


def after(calendar: ExternalCalendar, outcome: Outcome, at: datetime = NOW) -> ExternalCalendar:
    """One reading later."""
    claimed = calendar.claimed(at)
    return claimed.after(claimed.task("UTC", at), outcome, at + MINUTE)


@pytest.mark.parametrize("status", CalendarStatus)
@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (Read([]), CalendarStatus.CURRENT),
        (Unchanged(), CalendarStatus.CURRENT),
        *((trouble, CalendarStatus.STALE) for trouble in Trouble),
    ],
)
def test_a_reading_makes_a_calendar_current_or_stale(
    status: CalendarStatus, outcome: Outcome, expected: CalendarStatus
) -> None:
    assert after(a_calendar(status=status), outcome).status is expected


def test_only_a_good_reading_is_one_in_which_it_was_last_read() -> None:
    read = after(a_calendar(), Read([]))
    assert read.last_read_at == NOW + MINUTE
    assert after(read, Trouble.TOO_SLOW, NOW + DAY).last_read_at == NOW + MINUTE
    assert after(read, Unchanged(), NOW + DAY).last_read_at == NOW + DAY + MINUTE


def test_its_turn_to_stale_is_told_and_what_follows_is_not() -> None:
    read = after(a_calendar(), Read([]))
    stale = after(read, Trouble.NOT_FOUND)
    told = stale.went_stale(read)
    assert told is not None
    assert (told.calendar_id, told.account_id, told.name, told.reason) == (7, 50, "Family", "not_found")
    assert told.version == stale.version > read.version
    assert after(stale, Trouble.TOO_SLOW).went_stale(stale) is None
    assert after(stale, Read([])).went_stale(stale) is None


def test_a_calendar_that_was_never_read_is_stale_once_it_can_not_be() -> None:
    new = a_calendar()
    told = after(new, Trouble.NOT_A_CALENDAR).went_stale(new)
    assert told is not None
    assert told.last_read_at is None


# --- when it is read -----------------------------------------------------------------------------------


def test_it_is_being_read_from_when_it_is_due_until_it_was_read() -> None:
    new = a_calendar()
    read = after(new, Read([]))
    views = [
        new.view(NOW),
        new.claimed(NOW).view(NOW),
        read.view(NOW + MINUTE),
        read.view(NOW + READ_EVERY),
        read.hastened(NOW + MINUTE).view(NOW + MINUTE),
        read.hastened(NOW).view(NOW),
        new.claimed(NOW).hastened(NOW).after(new.task("UTC", NOW), Read([]), NOW).view(NOW),
    ]
    assert [view.being_read for view in views] == [True, True, False, True, True, True, True]


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        (timedelta(), SOONEST),
        (timedelta(seconds=59), SOONEST),
        (SOONEST, SOONEST),
        (READ_EVERY - MINUTE, READ_EVERY - MINUTE),
        (DAY, DAY),
    ],
)
def test_it_is_asked_for_no_sooner_than_a_minute_after_the_last_time(
    later: timedelta, expected: timedelta
) -> None:
    assert a_calendar().hastened(NOW).due_at == NOW
    again = after(a_calendar(), Read([])).hastened(NOW + later)
    assert again.due_at == NOW + expected
    assert again.hastened(NOW + later).due_at == NOW + expected


def test_busy_times_are_kept_for_longer_than_hours_are_told() -> None:
    period = a_calendar().task("UTC", NOW).period
    assert period.start <= NOW - DAY
    assert period.end >= NOW + 124 * DAY + DAY + READ_EVERY


@pytest.mark.parametrize(
    ("zone", "later", "expected"),
    [
        ("UTC", READ_EVERY, ETAG),
        ("UTC", DAY - MINUTE, ETAG),
        ("UTC", DAY, {}),  # what lies ahead has grown by a day
        ("Europe/Berlin", READ_EVERY, {}),  # whole days are others now
        ("UTC", -DAY, {}),  # a clock was set back
    ],
)
def test_it_is_asked_for_what_has_changed_while_nothing_else_has(
    zone: str, later: timedelta, expected: Mapping[str, str]
) -> None:
    read = after(a_calendar(), Read([], ETAG))
    assert read.task(zone, NOW + later).conditions == expected


def test_failures_between_do_not_matter_to_what_has_changed() -> None:
    read = after(a_calendar(), Read([Block(NOW, NOW + DAY)], ETAG))
    assert after(read, Trouble.TOO_SLOW).task("UTC", NOW + READ_EVERY).conditions == ETAG
    assert replace(read, conditions={}).task("UTC", NOW + READ_EVERY).conditions == {}


# --- in words --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("trouble", Trouble)
def test_every_trouble_is_told_in_a_sentence(trouble: Trouble) -> None:
    said = after(a_calendar(), trouble).view(NOW).last_error
    assert said is not None
    assert said.endswith(".")
    assert after(after(a_calendar(), trouble), Read([])).view(NOW).last_error is None


def test_every_reason_for_not_reaching_an_address_is_a_trouble() -> None:
    kinds = [
        *NotReached.__subclasses__(),
        *(kind for each in NotReached.__subclasses__() for kind in each.__subclasses__()),
    ]
    assert {kind().word for kind in kinds} <= set(Trouble)


def test_nothing_prints_the_address() -> None:
    calendar = a_calendar()
    for thing in (calendar, calendar.task("UTC", NOW), calendar.view(NOW)):
        assert "secret" not in repr(thing)
