"""What a tutor has to offer: starts by date, also when clocks change, and the search for any start."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.bookable import Block, Limits
from contracts.booking import PolicyTerms
from contracts.errors import Invalid, RangeTooLong
from contracts.scheduling import DayWindow, WeeklyWindow
from services.scheduling.availability import Hours
from services.scheduling.slots import Dates, Lesson, Offer, period_asked, weeks_of

TERMS = PolicyTerms(min_notice_hours=0, booking_window_days=120)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def dates(first: str, last: str, zone: str) -> Dates:
    return Dates.asked(date.fromisoformat(first), date.fromisoformat(last), zone)


def an_offer(zone: str = "UTC", days: dict[str, str] | None = None, **changes: object) -> Offer:
    """Open in these windows of these dates only; by default from 9 to 12 on 2 March 2026."""
    days = {"2026-03-02": "09:00-12:00"} if days is None else days
    additions = {
        date.fromisoformat(day): [DayWindow(*window.split("-")) for window in text.split()]
        for day, text in days.items()
    }
    return replace(Offer(Hours(zone, additions=additions), Limits.of(TERMS)), **changes)  # type: ignore[arg-type]


def listed(offer: Offer, asked: Dates, minutes: int = 60, now: datetime | None = None) -> dict[str, str]:
    """The starts in UTC, by date."""
    now = now or datetime(asked.first.year, asked.first.month, asked.first.day, tzinfo=UTC) - timedelta(
        days=3
    )
    return {
        f"{day.date}": " ".join(f"{slot.start_at:%H:%M}" for slot in day.slots)
        for day in offer.days(asked, minutes, now)
    }


# Lessons of an hour every half hour from the beginning of a window, in UTC. The reasons are the changes: how
# many hours of real time there are between what the wall clock shows at both edges.
CHANGE_DAYS = [
    # 00:00 GMT to 04:00 BST are three hours.
    ("Europe/London", "2026-03-29", "00:00-04:00", "00:00 00:30 01:00 01:30 02:00"),
    # 00:00 BST to 04:00 GMT are five.
    ("Europe/London", "2026-10-25", "00:00-04:00", "23:00 23:30 00:00 00:30 01:00 01:30 02:00 02:30 03:00"),
    # 00:00 EST (05:00Z) to 04:00 EDT (08:00Z) are three.
    ("America/New_York", "2026-03-08", "00:00-04:00", "05:00 05:30 06:00 06:30 07:00"),
    # 01:00 EDT, the first, (05:00Z) to 03:00 EST (08:00Z) are three.
    ("America/New_York", "2026-11-01", "01:00-03:00", "05:00 05:30 06:00 06:30 07:00"),
    # 00:00+10:30 (13:30Z) to 04:00+11 (17:00Z): three and a half; the fifth start is at 02:30.
    ("Australia/Lord_Howe", "2026-10-04", "00:00-04:00", "13:30 14:00 14:30 15:00 15:30 16:00"),
    # 00:00+11 (13:00Z) to 04:00+10:30 (17:30Z): four and a half.
    ("Australia/Lord_Howe", "2026-04-05", "00:00-04:00", "13:00 13:30 14:00 14:30 15:00 15:30 16:00 16:30"),
    # Always +05:45.
    ("Asia/Kathmandu", "2026-03-29", "00:00-02:00", "18:15 18:45 19:15"),
    # 00:00-03:30 (03:30Z) to 04:00-02:30 (06:30Z): three.
    ("America/St_Johns", "2026-03-08", "00:00-04:00", "03:30 04:00 04:30 05:00 05:30"),
    # 00:00-02:30 (02:30Z) to 03:00-03:30 (06:30Z): four.
    ("America/St_Johns", "2026-11-01", "00:00-03:00", "02:30 03:00 03:30 04:00 04:30 05:00 05:30"),
    # Skipped.
    ("Pacific/Apia", "2011-12-30", "00:00-24:00", ""),
    # 00:00+14 of the 31st is 10:00Z of the 30th.
    ("Pacific/Apia", "2011-12-31", "00:00-02:00", "10:00 10:30 11:00"),
]


@pytest.mark.parametrize(("zone", "day", "window", "expected"), CHANGE_DAYS)
def test_change_days_as_worked_out_by_hand(zone: str, day: str, window: str, expected: str) -> None:
    assert listed(an_offer(zone, {day: window}), dates(day, day, zone)) == {day: expected}


def test_a_run_over_a_skipped_date_is_listed_before_and_after_it() -> None:
    offer = an_offer("Pacific/Apia", {"2011-12-29": "22:30-24:00", "2011-12-31": "00:00-01:30"})
    assert listed(offer, dates("2011-12-29", "2011-12-31", "Pacific/Apia")) == {
        "2011-12-29": "08:30 09:00 09:30",
        "2011-12-30": "",
        "2011-12-31": "10:00 10:30",
    }


def test_starts_are_grouped_by_the_readers_dates() -> None:
    offer = an_offer("America/New_York", {"2026-03-02": "09:00-12:00"})  # 14:00Z to 17:00Z
    assert listed(offer, dates("2026-03-02", "2026-03-03", "Asia/Tokyo")) == {
        "2026-03-02": "14:00 14:30",
        "2026-03-03": "15:00 15:30 16:00",
    }


def test_every_date_of_the_range_is_listed_also_an_empty_or_a_past_one() -> None:
    asked = dates("2026-03-01", "2026-03-03", "UTC")
    assert listed(an_offer(), asked, now=at("2026-03-02T10:01")) == {
        "2026-03-01": "",
        "2026-03-02": "10:30 11:00",
        "2026-03-03": "",
    }


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Niue"])
def test_the_last_date_of_the_window_is_offered_to_its_end(zone: str) -> None:
    limits = Limits.of(replace(TERMS, booking_window_days=1))
    offer = an_offer(zone, {"2026-03-03": "22:00-24:00", "2026-03-04": "00:00-24:00"}, limits=limits)
    now = datetime(2026, 3, 2, 0, 30, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    offered = offer.days(dates("2026-03-02", "2026-03-04", zone), 60, now)
    assert [len(day.slots) for day in offered] == [0, 4, 0]


def test_a_lesson_may_end_after_the_last_date() -> None:
    offer = an_offer("UTC", {"2026-03-02": "23:00-24:00", "2026-03-03": "00:00-02:00"})
    assert listed(offer, dates("2026-03-02", "2026-03-02", "UTC")) == {"2026-03-02": "23:00 23:30"}


def test_lessons_and_the_students_own_busy_times_are_left_out() -> None:
    taken = Lesson(at("2026-03-02T09:00"), Block(at("2026-03-02T09:00"), at("2026-03-02T10:10")))
    offer = an_offer(lessons=[taken], student_busy=[Block(at("2026-03-02T11:30"), at("2026-03-02T12:00"))])
    assert listed(offer, dates("2026-03-02", "2026-03-02", "UTC")) == {"2026-03-02": "10:30"}


def test_a_full_day_offers_nothing_even_where_its_lessons_lie_before_the_period() -> None:
    taken = Lesson(at("2026-03-02T09:00"), Block(at("2026-03-02T09:00"), at("2026-03-02T09:30")))
    limits = Limits.of(replace(TERMS, max_bookings_per_day=1))
    offer = an_offer(lessons=[taken], limits=limits)
    asked = Block(at("2026-03-02T10:00"), at("2026-03-02T12:00"))
    assert not offer.has_start(asked, 30, at("2026-03-01"))


def test_a_range_is_of_at_most_62_days_and_forward() -> None:
    assert len(list(dates("2026-01-01", "2026-03-03", "UTC").each())) == 62
    with pytest.raises(RangeTooLong):
        dates("2026-01-01", "2026-03-04", "UTC")
    with pytest.raises(Invalid):
        dates("2026-01-02", "2026-01-01", "UTC")


def test_a_search_may_be_for_62_days() -> None:
    assert period_asked(at("2026-01-01"), at("2026-03-04")).end == at("2026-03-04")


@pytest.mark.parametrize(
    ("since", "until", "refusal"),
    [
        ("2026-01-01", "2026-01-01", Invalid),
        ("2026-01-02", "2026-01-01", Invalid),
        ("2026-01-01", "2026-03-04T00:01", RangeTooLong),
    ],
)
def test_a_search_is_refused_for_a_period_that_is_empty_or_too_long(
    since: str, until: str, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        period_asked(at(since), at(until))


@pytest.mark.parametrize(
    ("since", "until", "found"),
    [
        ("2026-03-02T09:00", "2026-03-02T10:00", True),
        ("2026-03-02T09:00", "2026-03-02T09:01", True),  # the lesson may end after the period
        ("2026-03-02T09:01", "2026-03-02T09:30", False),  # the next start is 09:30
        ("2026-03-02T11:00", "2026-03-02T14:00", True),
        ("2026-03-02T11:30", "2026-03-02T14:00", False),
        ("2026-02-20T00:00", "2026-03-02T09:00", False),
        ("2026-02-20T00:00", "2026-03-02T09:01", True),  # in the second week of the period
    ],
)
def test_a_search_finds_who_has_a_start_in_the_period_its_end_excluded(
    since: str, until: str, found: bool
) -> None:
    weeks = weeks_of(period_asked(at(since), at(until)))
    assert any(an_offer().has_start(week, 60, at("2026-02-01")) for week in weeks) is found


# --- whatever is asked, the answer is the same -----------------------------------------------------------

CHANGES = [
    ("Europe/London", date(2026, 10, 25)),
    ("America/St_Johns", date(2007, 11, 4)),
    ("America/Sao_Paulo", date(2018, 2, 18)),
    ("Pacific/Apia", date(2011, 12, 30)),
    ("America/Havana", date(2026, 11, 1)),
]
WEEKLY = [
    [WeeklyWindow(day, "00:00", "24:00") for day in range(1, 8)],
    [WeeklyWindow(day, "21:10", "24:00") for day in range(1, 8)],
    [
        WeeklyWindow(day, start, end)
        for day in range(1, 8)
        for start, end in (("00:00", "03:20"), ("22:00", "24:00"))
    ],
]


@st.composite
def situations(draw: Callable[..., object]) -> tuple[Offer, date, ZoneInfo]:
    zone, around = draw(st.sampled_from(CHANGES))  # type: ignore[misc]
    terms = replace(TERMS, slot_step_minutes=draw(st.sampled_from([20, 45, 70])), max_bookings_per_day=1)  # type: ignore[arg-type]
    starts = draw(st.lists(st.integers(-4 * 96, 4 * 96), max_size=2))
    quarter = timedelta(minutes=15)
    midday = datetime(around.year, around.month, around.day, 12, tzinfo=UTC)
    lessons = [
        Lesson(midday + start * quarter, Block(midday + start * quarter, midday + (start + 4) * quarter))
        for start in starts  # type: ignore[attr-defined]
    ]
    reader = draw(st.sampled_from([zone, "UTC", "Pacific/Kiritimati", "America/Los_Angeles"]))
    return (
        Offer(Hours(zone, draw(st.sampled_from(WEEKLY))), Limits.of(terms), lessons),
        around,
        ZoneInfo(reader),
    )  # type: ignore[arg-type]


@settings(max_examples=30, deadline=None)
@given(situations())
def test_dates_asked_for_together_offer_what_they_offer_one_by_one(
    situation: tuple[Offer, date, ZoneInfo],
) -> None:
    offer, around, zone = situation
    now = datetime(around.year, around.month, around.day, tzinfo=UTC) - timedelta(days=2, hours=5)
    together = Dates(around - timedelta(days=4), around + timedelta(days=4), zone)
    one_by_one = [offer.days(Dates(day, day, zone), 60, now)[0] for day in together.each()]
    assert offer.days(together, 60, now) == one_by_one
    for day in one_by_one:
        assert all(slot.start_at.astimezone(zone).date() == day.date for slot in day.slots)
        assert all(offer.has_start(Block(slot.start_at, slot.end_at), 60, now) for slot in day.slots[:3])
