"""Hours as they are really kept: replaced, excepted from, told in order, and told again as time goes on."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from itertools import count

import pytest

from chassis.context import ANONYMOUS, Actor
from contracts.errors import Denied, Invalid, NotFound, OverrideExists, Stale, Unauthenticated
from contracts.message import Request
from contracts.operations import Resync
from contracts.scheduling import (
    AddAddition,
    AddOverride,
    AddTimeOff,
    DayWindow,
    GetAvailability,
    ListAdditions,
    ListOverrides,
    ListTimeOff,
    OpenHoursChanged,
    RemoveAddition,
    RemoveOverride,
    RemoveTimeOff,
    ReplaceAvailability,
    WeeklyWindow,
)
from services.scheduling.domain import MOST_COMING
from tests.subject import Subject, TestClock
from tests.waiting import eventually

ADMIN, STUDENT = Actor(1, "admin"), Actor(42, "student")
DAY = timedelta(days=1)
MORNINGS = [WeeklyWindow(weekday, "09:00", "12:00") for weekday in range(1, 8)]
_numbers = count(1000)

Told = Callable[[], list[OpenHoursChanged]]


@pytest.fixture
def tutor() -> Actor:
    """A tutor who has said nothing yet."""
    number = next(_numbers)
    return Actor(number, "tutor", number + 1_000_000)


@pytest.fixture
def told(scheduling: Subject, tutor: Actor) -> Told:
    """What was told of the tutor's open hours so far."""
    return lambda: scheduling.told(OpenHoursChanged, tutor_profile_id=tutor.profile_id)


@pytest.fixture
def day(clock: TestClock) -> date:
    """A date to come."""
    return clock.now().date() + 5 * DAY


def on(day: date, hours: OpenHoursChanged) -> list[str]:
    """When it is open on a date, in UTC."""
    return [
        f"{interval.start_at:%H:%M}-{interval.end_at:%H:%M}"
        for interval in hours.intervals
        if interval.start_at.date() == day
    ]


def test_who_has_said_nothing_has_empty_hours(scheduling: Subject, tutor: Actor, told: Told) -> None:
    view = scheduling.ask(GetAvailability(), by=tutor)
    assert (view.tutor_profile_id, view.timezone, view.weekly_hours, view.version) == (
        tutor.profile_id,
        "UTC",
        [],
        0,
    )
    assert told() == []


def test_hours_are_replaced_as_a_whole_and_told(
    scheduling: Subject, tutor: Actor, told: Told, day: date
) -> None:
    scheduling.ask(ReplaceAvailability("Asia/Kathmandu", MORNINGS), by=tutor)
    scheduling.ask(
        ReplaceAvailability("Asia/Kathmandu", [WeeklyWindow(day.isoweekday(), "10:00", "24:00")]), by=tutor
    )
    view = scheduling.ask(GetAvailability(), by=tutor)
    assert view.weekly_hours == [WeeklyWindow(day.isoweekday(), "10:00", "24:00")]
    assert view.version == 2
    first, second = told()
    assert (first.version, first.timezone, on(day, first)) == (1, "Asia/Kathmandu", ["03:15-06:15"])
    assert (second.version, on(day, second), on(day + DAY, second)) == (2, ["04:15-18:15"], [])


def test_told_hours_reach_over_the_longest_window_and_lesson(
    scheduling: Subject, tutor: Actor, told: Told, clock: TestClock
) -> None:
    always = [WeeklyWindow(weekday, "00:00", "24:00") for weekday in range(1, 8)]
    scheduling.ask(ReplaceAvailability("Pacific/Kiritimati", always), by=tutor)
    [hours] = told()
    assert hours.since <= clock.now() - timedelta(hours=23)
    assert hours.until >= clock.now() + 123 * DAY
    assert [(interval.start_at, interval.end_at) for interval in hours.intervals] == [
        (hours.since, hours.until)
    ]
    assert hours.intervals[0].grid[0] <= hours.since
    assert len(hours.intervals[0].grid) in (125, 126)  # one midnight a day


def test_who_has_read_older_hours_does_not_replace_newer_ones(scheduling: Subject, tutor: Actor) -> None:
    scheduling.ask(ReplaceAvailability("UTC", MORNINGS, expected_version=0), by=tutor)
    with pytest.raises(Stale):
        scheduling.ask(ReplaceAvailability("UTC", [], expected_version=0), by=tutor)
    assert scheduling.ask(ReplaceAvailability("UTC", [], expected_version=1), by=tutor).version == 2


def test_a_window_that_ends_before_it_starts_changes_nothing(
    scheduling: Subject, tutor: Actor, told: Told
) -> None:
    with pytest.raises(Invalid) as refusal:
        scheduling.ask(ReplaceAvailability("UTC", [*MORNINGS, WeeklyWindow(1, "12:00", "09:00")]), by=tutor)
    assert refusal.value.errors[0]["pointer"] == "/weekly_hours/7"
    assert told() == []


def test_exceptions_change_what_is_told_and_their_removal_changes_it_back(
    scheduling: Subject, tutor: Actor, told: Told, day: date
) -> None:
    noon = datetime.combine(day, time(12), UTC)
    hour = timedelta(hours=1)
    scheduling.ask(ReplaceAvailability("UTC", MORNINGS), by=tutor)
    override = scheduling.ask(AddOverride(day, [DayWindow("10:00", "13:00")], "Dentist"), by=tutor)
    addition = scheduling.ask(AddAddition(day, "13:00", "15:00"), by=tutor)
    off = scheduling.ask(AddTimeOff(noon - hour, noon, "Walk"), by=tutor)
    scheduling.ask(RemoveOverride(override.id), by=tutor)
    scheduling.ask(RemoveAddition(addition.id), by=tutor)
    scheduling.ask(RemoveTimeOff(off.id), by=tutor)
    assert [hours.version for hours in told()] == [1, 2, 3, 4, 5, 6, 7]
    assert [on(day, hours) for hours in told()] == [
        ["09:00-12:00"],
        ["10:00-13:00"],
        ["10:00-15:00"],
        ["10:00-11:00", "12:00-15:00"],
        ["09:00-11:00", "13:00-15:00"],
        ["09:00-11:00"],
        ["09:00-12:00"],
    ]
    assert on(day + DAY, told()[-1]) == ["09:00-12:00"]


def test_there_is_one_override_a_date_and_an_empty_one_is_a_day_off(
    scheduling: Subject, tutor: Actor, told: Told, day: date
) -> None:
    scheduling.ask(ReplaceAvailability("UTC", MORNINGS), by=tutor)
    scheduling.ask(AddOverride(day, []), by=tutor)
    with pytest.raises(OverrideExists):
        scheduling.ask(AddOverride(day, [DayWindow("10:00", "13:00")]), by=tutor)
    assert [on(day, hours) for hours in told()] == [["09:00-12:00"], []]


@pytest.mark.parametrize(
    "nonsense",
    [
        AddOverride(date(2030, 1, 1), [DayWindow("12:00", "12:00")]),
        AddAddition(date(2030, 1, 1), "12:00", "11:00"),
        AddTimeOff(datetime(2030, 1, 2, tzinfo=UTC), datetime(2030, 1, 2, tzinfo=UTC)),
    ],
)
def test_an_exception_ends_after_it_starts(
    scheduling: Subject, tutor: Actor, nonsense: Request[object]
) -> None:
    with pytest.raises(Invalid):
        scheduling.ask(nonsense, by=tutor)


def test_exceptions_are_listed_by_time_in_pages(scheduling: Subject, tutor: Actor, day: date) -> None:
    for number in (2, 0, 1):
        later = day + number * DAY
        scheduling.ask(AddOverride(later, [DayWindow("10:00", "24:00")], f"{number}"), by=tutor)
        scheduling.ask(AddAddition(later, "01:00", "02:00"), by=tutor)
        start = datetime.combine(later, time(), UTC)
        scheduling.ask(AddTimeOff(start, start + DAY), by=tutor)
    overrides = scheduling.ask(ListOverrides(page=1, page_size=2), by=tutor)
    assert [(item.date, item.note) for item in overrides.items] == [(day, "0"), (day + DAY, "1")]
    assert overrides.items[0].intervals == [DayWindow("10:00", "24:00")]
    assert (overrides.total, overrides.page, overrides.page_size) == (3, 1, 2)
    additions = scheduling.ask(ListAdditions(page=2, page_size=2), by=tutor)
    assert [(item.date, item.start, item.end) for item in additions.items] == [
        (day + 2 * DAY, "01:00", "02:00")
    ]
    time_off = scheduling.ask(ListTimeOff(), by=tutor)
    assert [item.start_at.date() for item in time_off.items] == [day, day + DAY, day + 2 * DAY]


def test_a_tutor_neither_sees_nor_removes_what_is_anothers(
    scheduling: Subject, tutor: Actor, day: date
) -> None:
    other = Actor(1, "tutor", 999)
    override = scheduling.ask(AddOverride(day, []), by=tutor)
    addition = scheduling.ask(AddAddition(day, "13:00", "15:00"), by=tutor)
    off = scheduling.ask(
        AddTimeOff(datetime(2030, 1, 1, tzinfo=UTC), datetime(2030, 1, 2, tzinfo=UTC)), by=tutor
    )
    removals = [RemoveOverride(override.id), RemoveAddition(addition.id), RemoveTimeOff(off.id)]
    for removal in removals:
        with pytest.raises(Denied):
            scheduling.ask(removal, by=other)
    for question in (ListOverrides(), ListAdditions(), ListTimeOff()):
        assert scheduling.ask(question, by=other).total == 0
        assert scheduling.ask(question, by=tutor).total == 1


@pytest.mark.parametrize("removal", [RemoveOverride(10**9), RemoveAddition(10**9), RemoveTimeOff(10**9)])
def test_what_does_not_exist_can_not_be_removed(
    scheduling: Subject, tutor: Actor, told: Told, removal: Request[object]
) -> None:
    with pytest.raises(NotFound):
        scheduling.ask(removal, by=tutor)
    assert told() == []


def test_only_tutors_have_hours(scheduling: Subject) -> None:
    for somebody, refusal in ((STUDENT, Denied), (ADMIN, Denied), (ANONYMOUS, Unauthenticated)):
        with pytest.raises(refusal):
            scheduling.ask(GetAvailability(), by=somebody)
        with pytest.raises(refusal):
            scheduling.ask(ReplaceAvailability("UTC", []), by=somebody)


def test_there_is_room_for_only_so_many_exceptions_to_come(
    scheduling: Subject, tutor: Actor, day: date
) -> None:
    scheduling.ask(AddAddition(day, "09:00", "10:00"), by=tutor)
    scheduling.sql(
        "INSERT INTO additions (tutor_profile_id, local_date, start_time, end_time) "
        "SELECT :tutor, CAST(:day AS date) + n, '09:00', '10:00' FROM generate_series(2, :most) AS n",
        tutor=tutor.profile_id,
        day=day,
        most=MOST_COMING,
    )
    with pytest.raises(Invalid):
        scheduling.ask(AddAddition(day, "11:00", "12:00"), by=tutor)


def test_changes_at_the_same_time_are_told_one_after_another(
    scheduling: Subject, tutor: Actor, told: Told, day: date
) -> None:
    def add(number: int) -> None:
        scheduling.ask(AddAddition(day, f"{2 * number:02}:00", f"{2 * number + 1:02}:00"), by=tutor)

    with ThreadPoolExecutor(8) as several:
        list(several.map(add, range(8)))
    assert [hours.version for hours in told()] == list(range(1, 9))
    assert [len(on(day, hours)) for hours in told()] == list(range(1, 9))


def test_hours_are_told_again_every_day_however_far_the_clock_moves(
    scheduling: Subject, tutor: Actor, told: Told, clock: TestClock
) -> None:
    scheduling.ask(ReplaceAvailability("UTC", MORNINGS), by=tutor)
    clock.advance(hours=23)
    clock.advance(hours=2)
    eventually(lambda: [hours.version for hours in told()][-1:] == [2])
    clock.advance(days=60)
    eventually(lambda: [hours.version for hours in told()][-1:] == [3], within=3)
    assert told()[-1].until > clock.now() + 123 * DAY
    clock.reset()
    eventually(lambda: [hours.version for hours in told()][-1:] == [4])  # a future that was taken back
    assert told()[-1].since < clock.now()


def test_hours_of_however_many_tutors_are_told_again_together(scheduling: Subject, clock: TestClock) -> None:
    scheduling.sql(
        "INSERT INTO schedules (tutor_profile_id, timezone, weekly_hours, version, told, told_at) "
        "SELECT 7000000 + n, 'UTC', '[]', 1, 1, now() FROM generate_series(1, 60) AS n"
    )
    clock.advance(days=2)
    again = "SELECT count(*) AS number FROM schedules WHERE tutor_profile_id > 7000000 AND told = 2"
    eventually(lambda: scheduling.sql(again)[0].number == 60)


def test_the_present_state_is_told_again_when_it_is_asked_for(
    scheduling: Subject, tutor: Actor, told: Told, day: date
) -> None:
    scheduling.ask(ReplaceAvailability("UTC", MORNINGS), by=tutor)
    scheduling.ask(AddOverride(day, []), by=tutor)
    assert scheduling.ask(Resync(), by=ADMIN).told >= 1
    again = told()[-1]
    assert (len(told()), again.version, on(day, again), on(day + DAY, again)) == (3, 2, [], ["09:00-12:00"])
