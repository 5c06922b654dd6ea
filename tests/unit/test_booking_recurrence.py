"""When the occurrences of a series are: the examples of RFC 5545, clock changes, and a model day by day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from contracts.booking import Frequency, RecurrenceTerms
from contracts.errors import Invalid, Refusal, StartInPast
from services.booking.recurrence import Occurrence, Recurrence, recurrence_of

DAY = timedelta(days=1)
FAR = datetime(2200, 1, 1, tzinfo=UTC)
WEEKLY, BIWEEKLY, MONTHLY, CUSTOM = Frequency
MO, TU, WE, TH, FR, SA, SU = range(1, 8)


def a_recurrence(start: str, frequency: Frequency = WEEKLY, *days: int, **changes: Any) -> Recurrence:
    """From `YYYY-MM-DD HH:MM` on, in New York."""
    begins = datetime.fromisoformat(start)
    made = Recurrence(frequency, begins.date(), begins.time(), "America/New_York", days=frozenset(days))
    return replace(made, **changes)


def local_times(recurrence: Recurrence, most: int) -> list[datetime]:
    """What the clock on the wall shows at each of them."""
    zone = ZoneInfo(recurrence.zone)
    starts = [each.start_at.astimezone(zone) for each in islice(recurrence.occurrences(FAR), most)]
    return [start.replace(tzinfo=None) for start in starts]


def dates(recurrence: Recurrence, most: int) -> str:
    """`M/D D D M/D`: the month is said where it is another."""
    said, month = [], 0
    for local in local_times(recurrence, most):
        said.append(str(local.day) if local.month == month else f"{local.month}/{local.day}")
        month = local.month
    return " ".join(said)


# The examples of RFC 5545, 3.8.5.3, that a series can say; they all begin at nine in New York. An UNTIL
# there is the midnight that begins a day, while ours is a day that is still included.
EXAMPLES = [
    (
        "daily for 10 occurrences",
        a_recurrence("1997-09-02 09:00", CUSTOM, count=10),
        "9/2 3 4 5 6 7 8 9 10 11",
    ),
    ("every other day", a_recurrence("1997-09-02 09:00", CUSTOM, interval=2), "9/2 4 6 8 10 12 14 16"),
    (
        "every 10 days, 5 occurrences",
        a_recurrence("1997-09-02 09:00", CUSTOM, interval=10, count=5),
        "9/2 12 22 10/2 12",
    ),
    (
        "weekly for 10 occurrences",
        a_recurrence("1997-09-02 09:00", count=10),
        "9/2 9 16 23 30 10/7 14 21 28 11/4",
    ),
    (
        "weekly until 24 December",
        a_recurrence("1997-09-02 09:00", until=date(1997, 12, 24) - DAY),
        "9/2 9 16 23 30 10/7 14 21 28 11/4 11 18 25 12/2 9 16 23",
    ),
    (
        "every other week, for ever",
        a_recurrence("1997-09-02 09:00", BIWEEKLY),
        "9/2 16 30 10/14 28 11/11 25 12/9 23 1/6 20 2/3",
    ),
    (
        "weekly on Tuesday and Thursday for five weeks",
        a_recurrence("1997-09-02 09:00", WEEKLY, TU, TH, until=date(1997, 10, 7) - DAY),
        "9/2 4 9 11 16 18 23 25 30 10/2",
    ),
    (
        "the same by its count",
        a_recurrence("1997-09-02 09:00", WEEKLY, TU, TH, count=10),
        "9/2 4 9 11 16 18 23 25 30 10/2",
    ),
    (
        "every other week on Monday, Wednesday and Friday until 24 December",
        a_recurrence("1997-09-01 09:00", WEEKLY, MO, WE, FR, interval=2, until=date(1997, 12, 24) - DAY),
        "9/1 3 5 15 17 19 29 10/1 3 13 15 17 27 29 31 11/10 12 14 24 26 28 12/8 10 12 22",
    ),
    (
        "every other week on Tuesday and Thursday, for 8 occurrences",
        a_recurrence("1997-09-02 09:00", BIWEEKLY, TU, TH, count=8),
        "9/2 4 16 18 30 10/2 14 16",
    ),
    (
        "every Tuesday, every other month",
        a_recurrence("1997-09-02 09:00", MONTHLY, TU, interval=2),
        "9/2 9 16 23 30 11/4 11 18 25 1/6 13 20 27 3/3 10 17 24 31",
    ),
    (
        "a week that begins on Monday",
        a_recurrence("1997-08-05 09:00", WEEKLY, TU, SU, interval=2, count=4),
        "8/5 10 19 24",
    ),
    # What RFC 5545 says without an example of its own.
    ("monthly on its day", a_recurrence("2026-01-15 09:00", MONTHLY, count=4), "1/15 2/15 3/15 4/15"),
    (
        "short months have no 31st, and do not count",
        a_recurrence("2026-01-31 09:00", MONTHLY, count=5),
        "1/31 3/31 5/31 7/31 8/31",
    ),
    (
        "the 29th of February, once a year",
        a_recurrence("2028-02-29 09:00", MONTHLY, interval=12, count=2),
        "2/29 29",
    ),
    ("until its very day", a_recurrence("2026-01-05 09:00", until=date(2026, 1, 19)), "1/5 12 19"),
    ("custom by weeks", a_recurrence("2026-01-05 09:00", CUSTOM, MO, FR, interval=3, count=4), "1/5 9 26 30"),
    # The start date is none of its days: the series begins with the first that is.
    ("begins later in the week", a_recurrence("2026-01-05 09:00", WEEKLY, TH, count=3), "1/8 15 22"),
    ("fortnights count from there", a_recurrence("2026-01-07 09:00", BIWEEKLY, MO, count=3), "1/12 26 2/9"),
    (
        "months too",
        a_recurrence("2026-01-31 09:00", MONTHLY, MO, interval=2, count=6),
        "2/2 9 16 23 4/6 13",
    ),
]


@pytest.mark.parametrize(("recurrence", "expected"), [pytest.param(*row[1:], id=row[0]) for row in EXAMPLES])
def test_the_days_are_those_of_rfc_5545(recurrence: Recurrence, expected: str) -> None:
    ends = recurrence.count is not None or recurrence.until is not None
    assert dates(recurrence, len(expected.split()) + ends) == expected


@pytest.mark.parametrize("zone", ["Europe/London", "America/New_York", "Australia/Lord_Howe"])
def test_at_six_it_stays_at_six_through_both_clock_changes_of_a_year(zone: str) -> None:
    weekly = a_recurrence("2026-01-06 18:00", zone=zone, count=52)
    assert {local.time() for local in local_times(weekly, 52)} == {time(18)}
    offsets = {each.start_at.astimezone(ZoneInfo(zone)).utcoffset() for each in weekly.occurrences(FAR)}
    assert len(offsets) == 2


@pytest.mark.parametrize(
    ("recurrence", "expected"),
    [
        # London, 29 March 2026: at 01:00Z the clock goes from 01:00 to 02:00, and 01:30 is never shown.
        (
            a_recurrence("2026-03-22 01:30", zone="Europe/London", count=3),
            ["03-22 01:30", "04-05 00:30", "04-12 00:30"],
        ),
        # London, 25 October 2026: 01:30 is shown at 00:30Z and again at 01:30Z.
        (
            a_recurrence("2026-10-18 01:30", zone="Europe/London", count=3),
            ["10-18 00:30", "10-25 00:30", "11-01 01:30"],
        ),
        # Lord Howe, 4 October 2026: half an hour is missing from 02:00 on.
        (
            a_recurrence("2026-10-03 02:15", CUSTOM, zone="Australia/Lord_Howe", count=2),
            ["10-02 15:45", "10-04 15:15"],
        ),
        # Samoa had no 30 December 2011.
        (
            a_recurrence("2011-12-29 12:00", CUSTOM, zone="Pacific/Apia", count=2),
            ["12-29 22:00", "12-30 22:00"],
        ),
    ],
)
def test_a_time_that_is_never_shown_does_not_count_and_of_two_the_first_does(
    recurrence: Recurrence, expected: list[str]
) -> None:
    occurrences = list(recurrence.occurrences(FAR))
    assert [each.index for each in occurrences] == list(range(1, len(expected) + 1))
    assert [f"{each.start_at:%m-%d %H:%M}" for each in occurrences] == expected


@pytest.mark.parametrize(
    ("changes", "refusal", "pointer"),
    [
        ({"start_date": date(2026, 5, 31)}, StartInPast, "/start_date"),
        ({"start_date": date(2031, 6, 6)}, Invalid, "/start_date"),
        ({"until_date": date(2031, 6, 6)}, Invalid, "/until_date"),
        ({"until_date": date(2026, 5, 31)}, Invalid, "/until_date"),
        ({"until_date": date(2026, 6, 3), "days_of_week": [TH]}, Invalid, "/until_date"),
        ({"until_date": date(2026, 6, 30), "occurrence_count": 3}, Invalid, "/until_date"),
        ({"occurrence_count": 521}, Invalid, "/occurrence_count"),
    ],
)
def test_what_can_not_be_a_series_is_refused_with_a_pointer(
    changes: dict[str, Any], refusal: type[Refusal], pointer: str
) -> None:
    with pytest.raises(refusal) as refused:
        recurrence_of(replace(TERMS, **changes), NOW)
    assert type(refused.value) is refusal
    assert [error["pointer"] for error in refused.value.errors] == [pointer]


# In Auckland it is the first of June already.
NOW = datetime(2026, 5, 31, 13, tzinfo=UTC)
TERMS = RecurrenceTerms(WEEKLY, date(2026, 6, 1), "18:00", "Pacific/Auckland")


def test_today_is_what_it_is_in_the_zone_of_the_series() -> None:
    first = recurrence_of(TERMS, NOW).at(1)
    assert first == Occurrence(1, datetime(2026, 6, 1, 6, tzinfo=UTC))
    with pytest.raises(StartInPast):
        recurrence_of(TERMS, NOW + DAY)


def test_the_longest_series_is_computed_at_once() -> None:
    longest = a_recurrence("2026-01-31 02:30", MONTHLY, interval=52, count=520)
    last = longest.at(520)
    assert last is not None
    assert last.start_at.year > 4000
    assert longest.at(521) is None
    daily = a_recurrence("2026-01-31 02:30", CUSTOM)
    assert len(list(daily.occurrences(datetime(2036, 1, 31, tzinfo=UTC)))) > 3600


def test_a_rule_without_an_end_ends_with_the_calendar() -> None:
    assert a_recurrence("2030-12-31 23:00", MONTHLY, interval=52).at(2000) is None


# --- against a model ------------------------------------------------------------------------------

zones = st.sampled_from(
    ["Europe/London", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "America/St_Johns", "UTC"]
)
recurrences = st.builds(
    Recurrence,
    frequency=st.sampled_from(Frequency),
    start_date=st.dates(date(2011, 1, 1), date(2028, 12, 31)),
    start_time=st.times().map(lambda at: at.replace(minute=at.minute // 15 * 15, second=0, microsecond=0)),
    zone=zones,
    interval=st.integers(1, 5),
    days=st.frozensets(st.integers(1, 7), max_size=4),
    count=st.none() | st.integers(1, 60),
    until=st.none() | st.dates(date(2011, 1, 1), date(2029, 12, 31)),
)


@given(recurrences, st.integers(1, 250))
@example(a_recurrence("2011-12-01 00:15", CUSTOM, zone="Pacific/Apia", count=40), 90)
@example(a_recurrence("2026-03-08 02:30", WEEKLY, SU, count=5), 60)
def test_the_occurrences_are_those_of_a_model_day_by_day(recurrence: Recurrence, days: int) -> None:
    before = datetime.combine(recurrence.start_date + days * DAY, time(), UTC)
    assert [each.start_at for each in recurrence.occurrences(before)] == list(modelled(recurrence, before))


@given(recurrences, st.integers(0, 200), st.integers(0, 200), st.integers(0, 40))
def test_an_occurrence_keeps_its_number_whatever_is_asked_for_when(
    recurrence: Recurrence, one: int, other: int, after: int
) -> None:
    sooner, later = (
        list(
            recurrence.occurrences(datetime.combine(recurrence.start_date + days * DAY, time(), UTC), skipped)
        )
        for days, skipped in ((min(one, other), 0), (max(one, other), after))
    )
    assert [each.index for each in sooner] == list(range(1, len(sooner) + 1))
    assert [each.index for each in later] == list(range(after + 1, after + 1 + len(later)))
    overlap = max(0, len(sooner) - after)
    assert sooner[after:] == later[:overlap]
    assert all(recurrence.at(each.index) == each for each in later[:2])


def modelled(recurrence: Recurrence, before: datetime) -> Iterator[datetime]:
    """Every day that the rule means, with the first instant that the clock shows its time."""
    first = next(day for day in after(recurrence.start_date) if is_among(day, recurrence.days))
    found = 0
    for day in after(first):
        if day > before.date() + 2 * DAY or (recurrence.until and day > recurrence.until):
            return
        if is_meant(day, first, recurrence) and (instant := shown_first(day, recurrence)):
            found += 1
            if instant >= before or (recurrence.count and found > recurrence.count):
                return
            yield instant


def after(day: date) -> Iterator[date]:
    while True:
        yield day
        day += DAY


def is_among(day: date, days: frozenset[int]) -> bool:
    return not days or day.isoweekday() in days


def is_meant(day: date, first: date, recurrence: Recurrence) -> bool:
    months = 12 * (day.year - first.year) + day.month - first.month
    weeks = (monday(day) - monday(first)).days // 7
    is_its_day = is_among(day, recurrence.days or frozenset({first.isoweekday()}))
    match recurrence.frequency:
        case Frequency.MONTHLY if recurrence.days:
            return months % recurrence.interval == 0 and is_its_day
        case Frequency.MONTHLY:
            return months % recurrence.interval == 0 and day.day == first.day
        case Frequency.CUSTOM if not recurrence.days:
            return (day - first).days % recurrence.interval == 0
        case Frequency.BIWEEKLY:
            return weeks % (2 * recurrence.interval) == 0 and is_its_day
        case _:
            return weeks % recurrence.interval == 0 and is_its_day


def monday(day: date) -> date:
    return day - (day.isoweekday() - 1) * DAY


def shown_first(day: date, recurrence: Recurrence) -> datetime | None:
    """The first quarter of an hour at which the clock shows the date and the time, looked for in all."""
    wall, zone = datetime.combine(day, recurrence.start_time), ZoneInfo(recurrence.zone)
    midnight = datetime.combine(day, time(), UTC)
    instants = (midnight + quarter * timedelta(minutes=15) for quarter in range(-60, 40 * 4))
    return next((each for each in instants if each.astimezone(zone).replace(tzinfo=None) == wall), None)
