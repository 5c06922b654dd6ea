"""Which starts are bookable: each rule by a table, the listed starts against a model minute by minute."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.bookable import ORDER, Block, Calendar, Limits, Rule, count_by_date
from contracts.booking import PolicyTerms
from contracts.errors import (
    DayFull,
    DurationNotOffered,
    NotOpen,
    OffGrid,
    Refusal,
    SlotTaken,
    StartInPast,
    StudentBusy,
    TooFarAhead,
    TooLittleNotice,
)
from contracts.scheduling import OpenInterval

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)  # a Monday
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def at(text: str) -> datetime:
    """An instant `MM-DD HH:MM` of 2026, in UTC."""
    return datetime.strptime(f"2026-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=UTC)


def an_interval(start: str, end: str, *grid: str) -> OpenInterval:
    return OpenInterval(at(start), at(end), [at(instant) for instant in grid or [start]])


def a_calendar(**changes: object) -> Calendar:
    """Open in UTC from 9 to 17 on the 3rd to the 20th of March."""
    days = [an_interval(f"03-{day:02} 09:00", f"03-{day:02} 17:00") for day in range(3, 21)]
    return replace(Calendar("UTC", days), **changes)  # type: ignore[arg-type]


def a_rule(calendar: Calendar | None = None, now: datetime = NOW, **terms: object) -> Rule:
    return Rule(Limits.of(PolicyTerms(**terms)), calendar or a_calendar(), now)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("start", "minutes", "reasons"),
    [
        ("03-03 10:00", 60, []),  # exactly 24 hours from now
        ("03-03 09:30", 60, [TooLittleNotice]),
        ("03-03 16:00", 60, []),  # ends exactly when the tutor closes
        ("03-03 16:30", 60, [NotOpen]),
        ("03-03 17:00", 60, [NotOpen]),  # closed, so that there is no grid to be off
        ("03-03 10:15", 60, [OffGrid]),
        ("03-03 16:45", 60, [NotOpen, OffGrid]),
        ("03-03 10:00", 50, [DurationNotOffered]),
        ("03-02 09:30", 50, [StartInPast, DurationNotOffered, NotOpen]),
        ("03-16 16:00", 60, []),  # the 14th day after today
        ("03-17 09:00", 60, [TooFarAhead]),
        ("03-30 09:00", 60, [TooFarAhead, NotOpen]),
    ],
)
def test_a_start_is_refused_for_every_failing_rule_in_order(
    start: str, minutes: int, reasons: list[type[Refusal]]
) -> None:
    assert a_rule().why_not(at(start), minutes) == reasons


def test_a_start_right_now_is_neither_past_nor_too_close_where_no_notice_is_asked() -> None:
    rule = a_rule(now=at("03-03 10:00"), min_notice_hours=0)
    assert rule.why_not(at("03-03 10:00"), 60) == []
    assert rule.why_not(at("03-03 09:30"), 60) == [StartInPast]


def test_notice_may_be_a_fraction_of_an_hour_and_counts_to_the_second() -> None:
    rule = a_rule(now=at("03-03 09:15"), min_notice_hours=0.75)
    assert rule.why_not(at("03-03 10:00"), 60) == []
    later = replace(rule, now=rule.now + timedelta(seconds=1))
    assert later.why_not(at("03-03 10:00"), 60) == [TooLittleNotice]


@pytest.mark.parametrize(
    ("start", "reasons"),
    [
        # It is 09:30 of the 2nd at UTC-11 and 10:30 of the 3rd at UTC+14; one day is allowed.
        ("Pacific/Niue 03-04 10:30", []),  # the last minute of the 3rd
        ("Pacific/Niue 03-04 11:00", [TooFarAhead]),
        ("Pacific/Kiritimati 03-04 09:30", []),  # 23:30 of the 4th
        ("Pacific/Kiritimati 03-04 10:00", [TooFarAhead]),
    ],
)
def test_the_window_ends_with_a_date_of_the_tutors_zone(start: str, reasons: list[type[Refusal]]) -> None:
    zone, _, instant = start.partition(" ")
    calendar = Calendar(zone, [an_interval("03-01 00:00", "03-10 00:00")])
    rule = a_rule(calendar, at("03-02 20:30"), booking_window_days=1, min_notice_hours=0)
    assert rule.why_not(at(instant), 30) == reasons


@pytest.mark.parametrize(
    ("start", "reasons"),
    [
        ("03-03 11:20", []),  # three steps of 40 minutes from 09:20, though time off ended at 11:00
        ("03-03 11:00", [OffGrid]),
        ("03-03 16:40", []),  # the last before the grid begins anew
        ("03-03 17:00", []),
        ("03-03 17:20", [OffGrid]),
        ("03-03 17:40", []),
    ],
)
def test_the_grid_counts_from_its_latest_beginning(start: str, reasons: list[type[Refusal]]) -> None:
    interval = an_interval("03-03 11:00", "03-03 20:00", "03-03 09:20", "03-03 17:00")
    rule = a_rule(Calendar("UTC", [interval]), slot_step_minutes=40, min_notice_hours=0)
    assert rule.why_not(at(start), 30) == reasons


@pytest.mark.parametrize(
    ("start", "reasons"),
    [
        ("03-03 10:45", []),  # 10:45-11:45 and ten minutes after: up to the other's own buffer at 11:55
        ("03-03 10:50", [SlotTaken]),
        ("03-03 13:05", [SlotTaken]),
        ("03-03 13:10", []),  # five minutes before touch 13:05
    ],
)
def test_each_side_brings_its_own_buffers(start: str, reasons: list[type[Refusal]]) -> None:
    calendar = a_calendar(blocks=[Block(at("03-03 11:55"), at("03-03 13:05"))])
    rule = a_rule(
        calendar,
        buffer_before_minutes=5,
        buffer_after_minutes=10,
        slot_step_minutes=5,
        min_notice_hours=0,
    )
    assert rule.why_not(at(start), 60) == reasons


def test_a_lesson_may_just_fit_between_two_others() -> None:
    blocks = [Block(at("03-04 09:00"), at("03-04 11:25")), Block(at("03-04 12:40"), at("03-04 17:00"))]
    rule = a_rule(a_calendar(blocks=blocks), buffer_before_minutes=5, buffer_after_minutes=10)
    assert list(rule.starts(60, at("03-04 00:00"), at("03-05 00:00"))) == [at("03-04 11:30")]


def test_where_the_tutor_closes_there_is_no_grid_to_be_off() -> None:
    calendar = Calendar("UTC", [an_interval("03-03 09:00", "03-03 16:50")])
    assert a_rule(calendar).why_not(at("03-03 16:50"), 60) == [NotOpen]


def test_buffers_may_reach_beyond_the_open_hours() -> None:
    rule = a_rule(buffer_before_minutes=60, buffer_after_minutes=60, min_notice_hours=0)
    assert rule.why_not(at("03-03 09:00"), 60) == []
    assert rule.why_not(at("03-03 16:00"), 60) == []


def test_a_full_day_is_one_of_the_tutors_zone() -> None:
    booked = [at("03-03 21:00"), at("03-04 04:00")]  # both on the 4th in Tokyo
    calendar = Calendar(
        "Asia/Tokyo",
        [an_interval("03-03 09:00", "03-05 09:00")],
        bookings_on=count_by_date(booked, "Asia/Tokyo"),
    )
    rule = a_rule(calendar, max_bookings_per_day=2, min_notice_hours=0)
    assert rule.why_not(at("03-03 14:30"), 30) == []
    assert rule.why_not(at("03-03 15:00"), 30) == [DayFull]
    assert rule.why_not(at("03-04 14:30"), 30) == [DayFull]
    assert rule.why_not(at("03-04 15:00"), 30) == []


def test_a_student_who_is_busy_elsewhere_is_refused_last_of_all() -> None:
    taken = Block(at("03-03 11:00"), at("03-03 12:00"))
    rule = a_rule(a_calendar(blocks=[taken], student_busy=[taken]), min_notice_hours=0)
    assert rule.why_not(at("03-03 11:00"), 60) == [SlotTaken, StudentBusy]
    assert rule.why_not(at("03-03 10:00"), 60) == []
    assert rule.why_not(at("03-03 12:00"), 60) == []


def test_a_duration_that_is_not_offered_has_no_starts() -> None:
    assert list(a_rule().starts(50, at("03-03 00:00"), at("03-10 00:00"))) == []


def test_a_course_brings_its_own_duration() -> None:
    assert Limits.of(PolicyTerms(durations_minutes=[30]), 50).durations == {30, 50}


def test_a_move_has_a_window_of_its_own_and_keeps_the_duration() -> None:
    terms = PolicyTerms(durations_minutes=[30], booking_window_days=2, reschedule_window_days=5)
    rule = Rule(Limits.of_move(terms, 60), a_calendar(), NOW)
    assert rule.why_not(at("03-07 09:00"), 60) == []
    assert rule.why_not(at("03-08 09:00"), 60) == [TooFarAhead]


def test_a_series_waives_notice_and_window_and_nothing_else() -> None:
    terms = PolicyTerms(min_notice_hours=200, booking_window_days=1)
    rule = Rule(Limits.of_series(terms), a_calendar(), NOW)
    assert rule.why_not(at("03-03 09:00"), 60) == []
    assert rule.why_not(at("03-20 09:00"), 60) == []
    assert rule.why_not(at("03-20 09:10"), 60) == [OffGrid]
    assert rule.why_not(at("03-01 09:00"), 60) == [StartInPast, NotOpen]


def test_alternatives_are_the_nearest_starts_on_both_sides_the_earlier_first() -> None:
    calendar = a_calendar(blocks=[Block(at("03-05 12:00"), at("03-05 13:00"))])
    nearest = a_rule(calendar).nearest(at("03-05 12:00"), 60)
    assert nearest == [at(f"03-05 {hour}") for hour in ("11:00", "13:00", "10:30", "13:30", "10:00")]


def test_alternatives_are_looked_for_as_far_as_the_tutor_is_open() -> None:
    calendar = Calendar("UTC", [an_interval("03-15 09:00", "03-15 10:30")])
    assert a_rule(calendar).nearest(at("03-03 12:00"), 60) == [at("03-15 09:00"), at("03-15 09:30")]
    assert a_rule(Calendar("UTC", [])).nearest(at("03-03 12:00"), 60) == []


def test_every_reason_has_one_place_in_the_order() -> None:
    assert len(set(ORDER)) == len(ORDER) == 11


# --- against a model ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Situation:
    rule: Rule
    minutes: int
    since: datetime
    until: datetime


def moments(first: int, last: int) -> st.SearchStrategy[datetime]:
    return st.integers(first, last).map(lambda minute: NOW + minute * MINUTE)


def blocks() -> st.SearchStrategy[list[Block]]:
    return st.lists(st.builds(_block, moments(-600, 3000), st.sampled_from([1, 30, 45, 60, 200])), max_size=6)


def _block(start: datetime, minutes: int) -> Block:
    return Block(start, start + minutes * MINUTE)


@st.composite
def open_hours(draw: Callable[..., int]) -> list[OpenInterval]:
    intervals, closed_since = [], NOW - 5 * HOUR
    for _ in range(draw(st.integers(1, 5))):
        start = closed_since + draw(st.integers(1, 300)) * MINUTE
        closed_since = start + draw(st.integers(30, 900)) * MINUTE
        grid = {start - draw(st.integers(0, 100)) * MINUTE, start + draw(st.integers(0, 29)) * MINUTE}
        intervals.append(OpenInterval(start, closed_since, sorted(grid)))
    return intervals


def limits() -> st.SearchStrategy[Limits]:
    terms = st.builds(
        PolicyTerms,
        min_notice_hours=st.sampled_from([0, 0.25, 3, 24]),
        booking_window_days=st.integers(1, 3),
        durations_minutes=st.just([30, 45, 60]),
        slot_step_minutes=st.sampled_from([1, 7, 15, 30, 45, 1440]),
        buffer_before_minutes=st.sampled_from([0, 5, 60]),
        buffer_after_minutes=st.sampled_from([0, 10, 60]),
        max_bookings_per_day=st.sampled_from([None, 1, 3]),
    )
    kinds = st.sampled_from([Limits.of, Limits.of_series, Limits.of_move])
    return st.builds(lambda kind, terms: kind(terms, 100), kinds, terms)


@st.composite
def situations(draw: Callable[..., object]) -> Situation:
    zone = draw(st.sampled_from(["UTC", "America/New_York", "Pacific/Apia"]))
    counts = st.dictionaries(st.dates(date(2026, 3, 1), date(2026, 3, 5)), st.integers(0, 3), max_size=2)
    calendar = Calendar(zone, *(draw(part) for part in (open_hours(), blocks(), counts, blocks())))  # type: ignore[arg-type]
    now = NOW + draw(st.integers(-700, 100)) * timedelta(seconds=90)  # type: ignore[operator]
    since = draw(moments(-300, 600))
    until = since + draw(st.sampled_from([600, 2500])) * MINUTE  # type: ignore[operator]
    minutes = draw(st.sampled_from([30, 45, 60, 100]))
    return Situation(Rule(draw(limits()), calendar, now), minutes, since, until)  # type: ignore[arg-type]


def is_bookable(start: datetime, minutes: int, rule: Rule) -> bool:
    """Section 3 of the rules, word for word."""
    limits, calendar = rule.limits, rule.calendar
    end, local = start + minutes * MINUTE, start.astimezone(ZoneInfo(calendar.zone)).date()
    today = rule.now.astimezone(ZoneInfo(calendar.zone)).date()
    blocked = (start - limits.buffer_before, end + limits.buffer_after)
    own = [part for part in calendar.open if part.start_at <= start and end <= part.end_at]
    return (
        minutes in limits.durations
        and start >= rule.now
        and (limits.notice is None or start - rule.now >= limits.notice)
        and (limits.window_days is None or local <= today + timedelta(days=limits.window_days))
        and len(own) == 1
        and (start - max(grid for grid in own[0].grid if grid <= start)) % limits.step == timedelta()
        and (limits.per_day is None or calendar.bookings_on.get(local, 0) < limits.per_day)
        and all(blocked[1] <= other.start or other.end <= blocked[0] for other in calendar.blocks)
        and all(end <= busy.start or busy.end <= start for busy in calendar.student_busy)
    )


@settings(max_examples=60, deadline=None)
@given(situations())
def test_the_listed_starts_are_exactly_those_against_which_there_is_no_reason(situation: Situation) -> None:
    rule, minutes = situation.rule, situation.minutes
    span = max((situation.until - situation.since) // MINUTE, 0)
    every_minute = [situation.since + number * MINUTE for number in range(span)]
    expected = [start for start in every_minute if is_bookable(start, minutes, rule)]
    assert [start for start in every_minute if not rule.why_not(start, minutes)] == expected
    assert list(rule.starts(minutes, situation.since, situation.until)) == expected


@settings(max_examples=30, deadline=None)
@given(situations(), moments(-300, 3000))
def test_alternatives_are_nearer_than_every_other_bookable_start(
    situation: Situation, wanted: datetime
) -> None:
    rule, minutes = situation.rule, situation.minutes
    every = rule.starts(minutes, NOW - timedelta(days=30), NOW + timedelta(days=30))
    by_nearness = sorted(every, key=lambda start: (abs(start - wanted), start))
    assert rule.nearest(wanted, minutes, 3) == by_nearness[:3]
