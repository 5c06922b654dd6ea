"""From the clock on the wall to open intervals: change days by hand, and a model minute by minute."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache, cached_property
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.bookable import Block
from contracts.scheduling import DayWindow, OpenInterval, WeeklyWindow
from services.scheduling.availability import Hours, open_intervals

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def every_day(start: str, end: str) -> list[WeeklyWindow]:
    return [WeeklyWindow(weekday, start, end) for weekday in range(1, 8)]


def windows(text: str) -> list[DayWindow]:
    """`09:00-12:00 13:00-24:00`."""
    return [DayWindow(*window.split("-")) for window in text.split()]


def spans(hours: Hours, since: str, until: str) -> list[str]:
    """The open intervals as `MM-DD HH:MM/MM-DD HH:MM` in UTC."""
    return [
        f"{interval.start_at:%m-%d %H:%M}/{interval.end_at:%m-%d %H:%M}"
        for interval in open_intervals(hours, at(since), at(until))
    ]


# Only the dates named are open; the expected intervals follow from the change, in UTC.
CHANGE_DAYS = [
    # London, 29 March 2026: at 01:00Z the clock goes from 01:00 to 02:00.
    ("Europe/London", {"2026-03-29": "00:30-03:00"}, ["03-29 00:30/03-29 02:00"]),  # an hour less
    ("Europe/London", {"2026-03-29": "01:15-01:45"}, []),  # both edges in the gap
    ("Europe/London", {"2026-03-29": "01:30-04:00"}, ["03-29 01:00/03-29 03:00"]),  # start in the gap
    ("Europe/London", {"2026-03-29": "00:00-01:30"}, ["03-29 00:00/03-29 01:00"]),  # end in the gap
    ("Europe/London", {"2026-03-29": "00:00-01:00 02:00-03:00"}, ["03-29 00:00/03-29 02:00"]),  # touch
    # London, 25 October 2026: at 01:00Z the clock goes from 02:00 to 01:00.
    ("Europe/London", {"2026-10-25": "01:30-01:45"}, ["10-25 00:30/10-25 01:45"]),  # first 01:30, last 01:45
    ("Europe/London", {"2026-10-25": "00:30-02:00"}, ["10-24 23:30/10-25 02:00"]),  # an hour more
    ("Europe/London", {"2026-10-25": "00:30-01:00"}, ["10-24 23:30/10-25 01:00"]),  # up to the last 01:00
    ("Europe/London", {"2026-10-25": "01:00-01:30 01:30-02:00"}, ["10-25 00:00/10-25 02:00"]),
    # New York, 8 March 2026: at 07:00Z from 02:00 to 03:00; 1 November: at 06:00Z from 02:00 to 01:00.
    ("America/New_York", {"2026-03-08": "01:00-03:00"}, ["03-08 06:00/03-08 07:00"]),
    ("America/New_York", {"2026-03-08": "02:30-05:00"}, ["03-08 07:00/03-08 09:00"]),
    ("America/New_York", {"2026-11-01": "01:00-02:00"}, ["11-01 05:00/11-01 07:00"]),
    # Lord Howe, half an hour. 4 October 2026: at 15:30Z of the 3rd from 02:00 (+10:30) to 02:30 (+11).
    ("Australia/Lord_Howe", {"2026-10-04": "02:15-04:00"}, ["10-03 15:30/10-03 17:00"]),
    ("Australia/Lord_Howe", {"2026-10-04": "01:00-02:00"}, ["10-03 14:30/10-03 15:30"]),
    # 5 April 2026: at 15:00Z of the 4th from 02:00 (+11) to 01:30 (+10:30).
    ("Australia/Lord_Howe", {"2026-04-05": "01:30-02:00"}, ["04-04 14:30/04-04 15:30"]),
    ("Australia/Lord_Howe", {"2026-04-05": "01:00-01:30"}, ["04-04 14:00/04-04 15:00"]),
    # Kathmandu never changes now (+05:45), but did on 1 January 1986: from 00:00 (+05:30) to 00:15.
    ("Asia/Kathmandu", {"2026-03-29": "09:00-17:00"}, ["03-29 03:15/03-29 11:15"]),
    ("Asia/Kathmandu", {"1986-01-01": "00:00-01:00"}, ["12-31 18:30/12-31 19:15"]),
    ("Asia/Kathmandu", {"1985-12-31": "23:00-24:00"}, ["12-31 17:30/12-31 18:30"]),  # 24:00 is in the gap
    # St John's, 8 March 2026: at 05:30Z from 02:00 (-03:30) to 03:00 (-02:30).
    ("America/St_Johns", {"2026-03-08": "01:00-04:00"}, ["03-08 04:30/03-08 06:30"]),
    # St John's, 4 November 2007: at 02:31Z from 00:01 (-02:30) back to 23:01 (-03:30) of the day before, so
    # that midnight came twice, at 02:30Z and 03:30Z.
    ("America/St_Johns", {"2007-11-03": "22:00-24:00"}, ["11-04 00:30/11-04 03:30"]),  # up to the last
    ("America/St_Johns", {"2007-11-04": "00:00-02:00"}, ["11-04 02:30/11-04 05:30"]),  # from the first
    # St John's, 3 April 1988: two hours at once, at 03:31Z from 00:01 (-03:30) to 02:01 (-01:30).
    ("America/St_Johns", {"1988-04-03": "00:00-01:00"}, ["04-03 03:30/04-03 03:31"]),
    # Apia slept through 30 December 2011: at 10:00Z of the 30th from 24:00 of the
    # 29th (-10) to 00:00 of the 31st (+14).
    ("Pacific/Apia", {"2011-12-30": "09:00-17:00"}, []),
    ("Pacific/Apia", {"2011-12-29": "20:00-24:00"}, ["12-30 06:00/12-30 10:00"]),
    ("Pacific/Apia", {"2011-12-31": "00:00-04:00"}, ["12-30 10:00/12-30 14:00"]),
    ("Pacific/Apia", {"2011-12-29": "20:00-24:00", "2011-12-31": "00:00-04:00"}, ["12-30 06:00/12-30 14:00"]),
    # Kwajalein slept through 21 August 1993: at 12:00Z of the 21st from -12 to +12.
    ("Pacific/Kwajalein", {"1993-08-21": "00:00-24:00"}, []),
    ("Pacific/Kwajalein", {"1993-08-20": "23:00-24:00"}, ["08-21 11:00/08-21 12:00"]),
    # Casablanca, Ramadan 2026: 15 February at 02:00Z from 03:00 to 02:00; 22 March at 02:00Z back again.
    ("Africa/Casablanca", {"2026-02-15": "02:00-03:00"}, ["02-15 01:00/02-15 03:00"]),
    ("Africa/Casablanca", {"2026-03-22": "01:30-02:30"}, ["03-22 01:30/03-22 02:00"]),
    # São Paulo, 4 November 2018: midnight did not happen, at 03:00Z from 24:00 of the 3rd to 01:00.
    ("America/Sao_Paulo", {"2018-11-03": "22:00-24:00"}, ["11-04 01:00/11-04 03:00"]),
    ("America/Sao_Paulo", {"2018-11-04": "00:00-02:00"}, ["11-04 03:00/11-04 04:00"]),
    # São Paulo, 18 February 2018: at 02:00Z from 24:00 of the 17th back to 23:00; midnight came at 03:00Z.
    ("America/Sao_Paulo", {"2018-02-17": "23:00-24:00"}, ["02-18 01:00/02-18 03:00"]),
    ("America/Sao_Paulo", {"2018-02-18": "00:00-01:00"}, ["02-18 03:00/02-18 04:00"]),
    # Beirut, 29 March 2026: at 22:00Z of the 28th from 24:00 to 01:00.
    ("Asia/Beirut", {"2026-03-29": "00:30-02:00"}, ["03-28 22:00/03-28 23:00"]),
    # Havana, 1 November 2026: at 05:00Z from 01:00 (-04) back to 00:00 (-05), so that midnight came twice.
    ("America/Havana", {"2026-10-31": "23:00-24:00"}, ["11-01 03:00/11-01 05:00"]),
    ("America/Havana", {"2026-11-01": "00:00-00:30"}, ["11-01 04:00/11-01 05:30"]),
]


@pytest.mark.parametrize(("zone", "days", "expected"), CHANGE_DAYS)
def test_change_days_as_worked_out_by_hand(zone: str, days: dict[str, str], expected: list[str]) -> None:
    additions = {date.fromisoformat(day): windows(text) for day, text in days.items()}
    first, last = f"{min(additions) - DAY}", f"{max(additions) + 2 * DAY}"
    assert spans(Hours(zone, additions=additions), first, last) == expected


def test_weekly_hours_follow_the_wall_clock_across_a_change() -> None:
    hours = Hours("Europe/London", [WeeklyWindow(6, "09:00", "10:00"), WeeklyWindow(7, "09:00", "10:00")])
    assert spans(hours, "2026-03-28", "2026-03-30") == ["03-28 09:00/03-28 10:00", "03-29 08:00/03-29 09:00"]


def test_windows_that_overlap_or_touch_are_one_with_one_grid() -> None:
    hours = Hours(
        "UTC",
        [
            WeeklyWindow(1, "09:10", "11:00"),
            WeeklyWindow(1, "10:00", "12:00"),
            WeeklyWindow(1, "12:00", "13:00"),
        ],
    )
    [interval] = open_intervals(hours, at("2026-03-02"), at("2026-03-03"))
    assert interval == OpenInterval(at("2026-03-02T09:10"), at("2026-03-02T13:00"), [at("2026-03-02T09:10")])


def test_windows_touch_across_midnight_also_where_one_is_an_addition_to_an_override() -> None:
    hours = Hours(
        "UTC",
        [WeeklyWindow(1, "22:00", "24:00"), WeeklyWindow(2, "09:00", "17:00")],
        overrides={date(2026, 3, 3): windows("12:00-13:00")},
        additions={date(2026, 3, 3): windows("00:00-01:00")},
    )
    assert spans(hours, "2026-03-02", "2026-03-04") == ["03-02 22:00/03-03 01:00", "03-03 12:00/03-03 13:00"]


def test_an_override_replaces_the_windows_that_begin_on_its_date_and_may_be_a_day_off() -> None:
    hours = Hours(
        "America/New_York",
        [WeeklyWindow(1, "18:00", "24:00"), WeeklyWindow(2, "00:00", "02:00")],
        overrides={date(2026, 6, 2): []},
    )
    assert spans(hours, "2026-06-01", "2026-06-03") == ["06-01 22:00/06-02 04:00"]


def test_time_off_closes_hours_and_leaves_the_grid_where_it_was() -> None:
    closed = [
        Block(at("2026-03-02T10:30"), at("2026-03-02T12:00")),
        Block(at("2026-03-02T10:07"), at("2026-03-02T11:00")),
    ]
    hours = Hours("UTC", [WeeklyWindow(1, "09:10", "17:00")], closed=closed)
    grid = [at("2026-03-02T09:10")]
    assert open_intervals(hours, at("2026-03-02"), at("2026-03-03")) == [
        OpenInterval(at("2026-03-02T09:10"), at("2026-03-02T10:07"), grid),
        OpenInterval(at("2026-03-02T12:00"), at("2026-03-02T17:00"), grid),
    ]


def test_a_run_of_just_48_hours_has_one_grid_and_a_longer_one_counts_anew_from_each_midnight() -> None:
    windows_of_48 = [
        WeeklyWindow(2, "09:00", "24:00"),
        WeeklyWindow(3, "00:00", "24:00"),
        WeeklyWindow(4, "00:00", "09:00"),
    ]
    [just] = open_intervals(Hours("UTC", windows_of_48), at("2026-03-02"), at("2026-03-09"))
    assert just.grid == [at("2026-03-03T09:00")]
    longer = [*windows_of_48, WeeklyWindow(4, "09:00", "09:01")]
    [anew] = open_intervals(Hours("UTC", longer), at("2026-03-02"), at("2026-03-09"))
    assert anew.grid == [at("2026-03-03T09:00"), at("2026-03-04"), at("2026-03-05")]


def test_of_a_run_the_beginning_and_the_length_are_known_whichever_part_is_asked_for() -> None:
    run = [WeeklyWindow(2, "09:17", "24:00"), WeeklyWindow(3, "00:00", "24:00")]
    just = Hours("UTC", [*run, WeeklyWindow(4, "00:00", "09:17")])
    [its_end] = open_intervals(just, at("2026-03-05T09:00"), at("2026-03-05T12:00"))
    assert its_end.grid == [at("2026-03-03T09:17")]
    longer = Hours("UTC", [*run, WeeklyWindow(4, "00:00", "09:18")])
    [its_begin] = open_intervals(longer, at("2026-03-03T09:00"), at("2026-03-04T01:00"))
    assert its_begin.grid == [at("2026-03-03T09:17"), at("2026-03-04")]


def test_who_is_always_open_counts_from_local_midnights_wherever_the_period_begins() -> None:
    hours = Hours("Asia/Kathmandu", every_day("00:00", "24:00"))
    [interval] = open_intervals(hours, at("2026-03-02T12:00"), at("2026-03-04T18:15"))
    assert (interval.start_at, interval.end_at) == (at("2026-03-02T12:00"), at("2026-03-04T18:15"))
    assert interval.grid == [at("2026-03-01T18:15"), at("2026-03-02T18:15"), at("2026-03-03T18:15")]


def test_a_midnight_in_a_gap_or_twice_starts_the_grid_once() -> None:
    open_always = every_day("00:00", "24:00")
    [spring] = open_intervals(
        Hours("America/Havana", open_always), at("2026-03-08T05:30"), at("2026-03-08T20:00")
    )
    assert spring.grid == [at("2026-03-08T05:00")]  # 00:00 became 01:00
    [autumn] = open_intervals(
        Hours("America/Havana", open_always), at("2026-11-01T04:30"), at("2026-11-01T20:00")
    )
    assert autumn.grid == [at("2026-11-01T04:00")]  # the first of two midnights


# --- against a model -------------------------------------------------------------------------------------

# A zone and a date around which something happens to its clocks, or nothing.
CHANGES = [
    ("Europe/London", date(2026, 3, 29)),
    ("Europe/London", date(2026, 10, 25)),
    ("America/New_York", date(2026, 3, 8)),
    ("America/New_York", date(2026, 11, 1)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("Asia/Kathmandu", date(2026, 6, 1)),
    ("Asia/Kathmandu", date(1986, 1, 1)),
    ("America/St_Johns", date(1988, 4, 3)),
    ("America/St_Johns", date(2007, 3, 11)),
    ("America/St_Johns", date(2007, 11, 4)),
    ("Pacific/Apia", date(2011, 12, 30)),
    ("Pacific/Kwajalein", date(1993, 8, 21)),
    ("Africa/Casablanca", date(2026, 2, 15)),
    ("Africa/Casablanca", date(2026, 3, 22)),
    ("America/Sao_Paulo", date(2018, 2, 18)),
    ("America/Sao_Paulo", date(2018, 11, 4)),
    ("Asia/Beirut", date(2026, 3, 29)),
    ("Asia/Beirut", date(2026, 10, 25)),
    ("America/Havana", date(2026, 3, 8)),
    ("America/Havana", date(2026, 11, 1)),
    ("Antarctica/Troll", date(2026, 3, 29)),
]
AROUND = 9 * DAY  # how far the model looks to both sides of the date


@dataclass(frozen=True)
class WallClock:
    """What a zone's clock shows at each minute of a period, read forwards only."""

    first: datetime
    shown: list[datetime]

    @cached_property
    def minutes_showing(self) -> dict[datetime, list[int]]:
        found: dict[datetime, list[int]] = defaultdict(list)
        for minute, wall in enumerate(self.shown):
            found[wall].append(minute)
        return dict(found)

    @cached_property
    def jumps(self) -> list[tuple[int, datetime, datetime]]:
        steps = enumerate(pairwise(self.shown), start=1)
        return [(minute, before, after) for minute, (before, after) in steps if after > before + MINUTE]

    @cached_property
    def midnights(self) -> set[int]:
        first: dict[date, int] = {}
        for minute, wall in enumerate(self.shown):
            first.setdefault(wall.date(), minute)
        return set(first.values())

    @cached_property
    def days(self) -> list[date]:
        return sorted({wall.date() for wall in self.shown})[1:-1]

    def edge(self, day: date, time: str, which: int) -> int:
        """The first (0) or last (-1) minute that shows the time, or the one after the gap."""
        hours, minutes = map(int, time.split(":"))
        wall = datetime.fromisoformat(f"{day}") + timedelta(hours=hours, minutes=minutes)
        if wall in self.minutes_showing:
            return self.minutes_showing[wall][which]
        return next(minute for minute, before, after in self.jumps if before < wall < after)


@cache
def wall_clock(zone: str, around: date) -> WallClock:
    first = midnight_utc(around) - AROUND
    local = ZoneInfo(zone)
    every_minute = (first + number * MINUTE for number in range(2 * AROUND // MINUTE))
    return WallClock(
        first, [instant.astimezone(local).replace(tzinfo=None, fold=0) for instant in every_minute]
    )


def midnight_utc(day: date) -> datetime:
    return at(f"{day}")


@dataclass(frozen=True)
class Model:
    """Section 2 of the rules, applied to a list of minutes."""

    hours: Hours
    clock: WallClock

    def grid_by_minute(self) -> dict[int, int]:
        """For each open minute the minute from which starts count."""
        grid: dict[int, int] = {}
        for run in self._runs():
            midnights = self.clock.midnights if len(run) > 48 * 60 else set()
            count_from = run[0]
            for minute in run:
                count_from = minute if minute in midnights else count_from
                grid[minute] = count_from
        return {minute: start for minute, start in grid.items() if not self._is_closed(minute)}

    def _runs(self) -> list[list[int]]:
        runs: list[list[int]] = []
        for minute in sorted(self._window_minutes()):
            if runs and runs[-1][-1] == minute - 1:
                runs[-1].append(minute)
            else:
                runs.append([minute])
        return runs

    def _window_minutes(self) -> set[int]:
        inside: set[int] = set()
        for day in self.clock.days:
            for window in self._windows_on(day):
                start, end = self.clock.edge(day, window.start, 0), self.clock.edge(day, window.end, -1)
                inside.update(range(start, end))
        return inside

    def _windows_on(self, day: date) -> list[DayWindow]:
        weekly = [DayWindow(w.start, w.end) for w in self.hours.weekly if w.weekday == day.isoweekday()]
        return [*self.hours.overrides.get(day, weekly), *self.hours.additions.get(day, [])]

    def _is_closed(self, minute: int) -> bool:
        instant = self.clock.first + minute * MINUTE
        return any(period.start <= instant < period.end for period in self.hours.closed)


@st.composite
def hours_around(draw: Callable[..., object], zone: str, around: date) -> Hours:
    dates = st.integers(-4, 4).map(lambda days: around + days * DAY)
    instants = st.integers(-4 * 1440, 4 * 1440).map(lambda minutes: midnight_utc(around) + minutes * MINUTE)
    several = st.lists(day_windows(), max_size=2)
    weekly = st.one_of(
        st.lists(weekly_windows(), max_size=8), long_runs(), st.just(every_day("00:00", "24:00"))
    )
    closed = st.lists(
        st.builds(lambda a, b: Block(min(a, b), max(a, b) + MINUTE), instants, instants), max_size=2
    )
    exceptions = st.dictionaries(dates, several, max_size=3)
    return Hours(zone, draw(weekly), draw(exceptions), draw(exceptions), draw(closed))  # type: ignore[arg-type]


def weekly_windows() -> st.SearchStrategy[WeeklyWindow]:
    weekdays = st.integers(1, 7)
    return st.builds(lambda day, window: WeeklyWindow(day, window.start, window.end), weekdays, day_windows())


@st.composite
def long_runs(draw: Callable[..., int]) -> list[WeeklyWindow]:
    """From an hour of one weekday to one of another, one to five days later."""
    first, days = draw(st.integers(0, 6)), draw(st.integers(1, 5))
    begin = WeeklyWindow(first + 1, f"{draw(st.integers(0, 23)):02}:00", "24:00")
    between = [WeeklyWindow((first + day) % 7 + 1, "00:00", "24:00") for day in range(1, days)]
    end = WeeklyWindow((first + days) % 7 + 1, "00:00", f"{draw(st.integers(1, 24)):02}:00")
    return [begin, *between, end]


def day_windows() -> st.SearchStrategy[DayWindow]:
    telling = [0, 1, 15, 30, 45, 60, 61, 90, 105, 120, 135, 150, 180, 240, 720, 1380, 1381, 1410, 1440]
    times = st.one_of(st.sampled_from(telling), st.integers(0, 1440))
    edges = st.lists(times, min_size=2, max_size=2, unique=True).map(sorted)
    return edges.map(lambda pair: DayWindow(*(f"{time // 60:02}:{time % 60:02}" for time in pair)))


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_open_intervals_are_those_of_the_model_for_every_minute(data: st.DataObject) -> None:
    zone, around = data.draw(st.sampled_from(CHANGES))
    hours = data.draw(hours_around(zone, around))
    clock = wall_clock(zone, around)
    middle = len(clock.shown) // 2
    since = middle + data.draw(st.integers(-3 * 1440, 1440))
    until = since + data.draw(st.integers(1, 3 * 1440))

    intervals = open_intervals(hours, clock.first + since * MINUTE, clock.first + until * MINUTE)

    expected = {m: start for m, start in Model(hours, clock).grid_by_minute().items() if since <= m < until}
    assert grids_of(intervals, clock.first) == expected
    assert all(one.end_at < other.start_at for one, other in pairwise(intervals))
    assert all(one.grid[0] <= one.start_at and one.grid[-1] < one.end_at for one in intervals)


def grids_of(intervals: list[OpenInterval], first: datetime) -> dict[int, int]:
    return {
        minute: (max(grid for grid in interval.grid if grid <= first + minute * MINUTE) - first) // MINUTE
        for interval in intervals
        for minute in range((interval.start_at - first) // MINUTE, (interval.end_at - first) // MINUTE)
    }
