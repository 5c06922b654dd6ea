"""Which steps count for and against tutors and students, and when the share is news."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.booking import BookingStatus
from services.booking.domain import SYSTEM, Person, Side, Step, take
from services.booking.reliability import Reliability, was_kept
from tests.builders import a_booking, a_lesson

START = datetime(2025, 10, 25, 14, tzinfo=UTC)
MADE = datetime(2025, 10, 21, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
STUDENT, TUTOR, ADMIN = Person(Side.STUDENT, 42), Person(Side.TUTOR, 50), Person(Side.ADMIN, 1)
PENDING = a_booking(BookingStatus.PENDING)


@pytest.mark.parametrize(
    ("step", "kept"),
    [
        (a_booking().complete(TUTOR, START + HOUR), True),
        (a_booking().complete(SYSTEM, START + 25 * HOUR), True),
        (a_booking().mark_no_show(TUTOR, START + HOUR, None), True),
        (a_booking().mark_no_show(STUDENT, START + HOUR, None), False),
        (a_booking().cancel(TUTOR, START - 12 * HOUR, None), None),
        (a_booking().cancel(TUTOR, START - 12 * HOUR + timedelta.resolution, None), False),
        (a_booking().cancel(TUTOR, START + 2 * HOUR, None), False),
        (PENDING.cancel(TUTOR, START - HOUR, None), None),  # nothing was promised yet
        (PENDING.decline(TUTOR, START - HOUR, None), None),
        (PENDING.expire(START), None),
        (a_booking().cancel(STUDENT, START - HOUR, None), None),
        (a_booking().cancel(ADMIN, START - HOUR, None), None),
        (a_booking().move(STUDENT, MADE, START + HOUR, "UTC"), None),
        (take(7, a_lesson(), STUDENT, MADE, "https://meet.example/x"), None),
    ],
)
def test_kept_is_what_was_held_or_missed_by_the_student(step: Step, kept: bool | None) -> None:
    assert was_kept(step) is kept


@pytest.mark.parametrize(
    ("step", "kept"),
    [
        (a_booking().complete(TUTOR, START + HOUR), True),
        (a_booking().mark_no_show(STUDENT, START + HOUR, None), True),
        (a_booking().mark_no_show(TUTOR, START + HOUR, None), False),
        (a_booking().cancel(STUDENT, START - 12 * HOUR, None), None),
        (a_booking().cancel(STUDENT, START - 12 * HOUR + timedelta.resolution, None), False),
        (PENDING.cancel(STUDENT, START - HOUR, None), None),
        (a_booking().cancel(TUTOR, START - HOUR, None), None),
        (a_booking().cancel(ADMIN, START - HOUR, None), None),
        (PENDING.expire(START), None),
    ],
)
def test_for_a_student_the_same_counts_the_other_way_round(step: Step, kept: bool | None) -> None:
    assert was_kept(step, Side.STUDENT) is kept


@given(st.lists(st.booleans(), min_size=1, max_size=60))
def test_the_share_is_told_exactly_when_it_changes(lessons: list[bool]) -> None:
    told: float | None = None
    for number in range(1, len(lessons) + 1):
        kept = sum(lessons[:number])
        record = Reliability(10, number, kept)
        assert record.version == number
        assert record.is_news_since(lessons[number - 1]) == (told != record.share)
        told = record.share
        assert told == pytest.approx(kept / number, abs=0.00005)


@pytest.mark.parametrize(
    ("kept", "finished", "share"), [(2, 3, 0.6667), (25, 32, 0.7813), (0, 5, 0.0), (5, 5, 1.0)]
)
def test_the_share_has_four_places_rounded_half_up(kept: int, finished: int, share: float) -> None:
    assert Reliability(10, finished, kept).share == share
