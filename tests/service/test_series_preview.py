"""What a preview says of a series is what becomes of it."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.booking import OccurrenceStatus
from contracts.errors import SlotTaken
from tests.recurring import Recurring
from tests.subject import Subject

weekly_hours = st.lists(st.tuples(st.integers(0, 6), st.integers(9, 15)), max_size=6, unique=True)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    taken=weekly_hours,
    days=st.lists(st.integers(1, 7), max_size=3, unique=True),
    hour=st.sampled_from([9, 10.5, 14, 16.5, 17]),
    minutes=st.sampled_from([60, 90]),
    bought=st.none() | st.integers(1, 4),
    buffer=st.sampled_from([0, 15]),
)
def test_what_a_preview_says_is_what_becomes_of_it(
    booking: Subject,
    taken: list[tuple[int, int]],
    days: list[int],
    hour: float,
    minutes: int,
    bought: int | None,
    buffer: int,
) -> None:
    recurring = Recurring(booking)
    recurring.terms(booking_window_days=60, buffer_after_minutes=buffer)
    for week, taken_at in taken:
        with suppress(SlotTaken):
            recurring.book(taken_at, 2 + 7 * week + week % 3, by=recurring.another_student())
    package = recurring.package(bought).id if bought else None
    changes: dict[str, Any] = {"days_of_week": days, "duration_minutes": minutes, "use_package_id": package}
    terms = recurring.series_terms(hour, **changes, occurrence_count=20)
    previewed = recurring.preview(**terms)
    series = recurring.agree(**terms)
    judged = [each for each in previewed if each.status is not OccurrenceStatus.PLANNED]
    assert [(each.occurrence_index, each.start_at, each.reason) for each in judged] == [
        (each.occurrence_index, each.start_at, each.reason) for each in series.occurrences
    ]
    assert all((each.status is OccurrenceStatus.FREE) == (each.reason is None) for each in judged)
