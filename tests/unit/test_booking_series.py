"""A series' life: what is to be made, how far it was, what ends it, and how it is seen and told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from contracts.booking import OccurrenceStatus, SeriesStatus
from contracts.errors import Invalid, WrongStatus
from services.booking.domain import Item, Series, Side
from services.booking.recurrence import MOST_IN_ALL
from services.booking.series import occurrence_skipped, preview, series_changed, series_detail, series_view
from services.booking.views import Contact
from tests.builders import a_series

S = SeriesStatus
WEEK = timedelta(weeks=1)
FIRST = datetime(2025, 10, 7, 17, tzinfo=UTC)  # 18:00 in London, in summer
NOW = datetime(2025, 10, 6, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)

STEPS = {
    "pause": lambda series: series.pause(NOW),
    "resume": lambda series: series.resume(NOW),
    "cancel": lambda series: series.cancel(NOW, None),
    "complete": lambda series: series.complete(NOW),
}
ALLOWED = {
    ("pause", S.ACTIVE): S.PAUSED,
    ("resume", S.PAUSED): S.ACTIVE,
    ("cancel", S.ACTIVE): S.CANCELLED,
    ("cancel", S.PAUSED): S.CANCELLED,
    ("cancel", S.CANCELLED): S.CANCELLED,
    ("complete", S.ACTIVE): S.COMPLETED,
    ("complete", S.PAUSED): S.COMPLETED,
}


def made(series: Series, until: datetime) -> Series:
    """The series with everything before the instant booked."""
    items = [Item(occurrence, occurrence.index) for occurrence in series.to_make(until)]
    return series.made_up_to(items, until)


@pytest.mark.parametrize("status", S)
@pytest.mark.parametrize("step", STEPS)
def test_only_the_steps_of_the_table_are_taken(step: str, status: SeriesStatus) -> None:
    series = a_series(status=status, version=4)
    if (step, status) not in ALLOWED:
        with pytest.raises(WrongStatus, match=status.value):
            STEPS[step](series)
    else:
        after = STEPS[step](series)
        assert (after.status, after.version, after.updated_at) == (ALLOWED[step, status], 5, NOW)


def test_what_was_made_is_not_to_be_made_again() -> None:
    series = made(a_series(), FIRST + 2 * WEEK)
    assert (series.made, series.made_until, series.version) == (2, FIRST + 2 * WEEK, 1)
    assert [each.index for each in series.to_make(FIRST + 5 * WEEK)] == [3, 4, 5]
    # London's clock went back on 26 October.
    assert [each.start_at for each in series.to_make(FIRST + 5 * WEEK)] == [
        FIRST + 2 * WEEK,
        FIRST + 3 * WEEK + HOUR,
        FIRST + 4 * WEEK + HOUR,
    ]


def test_nothing_made_takes_nothing_back() -> None:
    series = made(a_series(), FIRST + 2 * WEEK)
    assert made(series, FIRST + WEEK) == series


def test_its_end_is_known_once_the_last_is_made() -> None:
    series = a_series(occurrence_count=3)
    assert made(series, FIRST + 2 * WEEK).ends_at is None
    assert made(series, FIRST + 3 * WEEK).ends_at == FIRST + 2 * WEEK + HOUR
    assert made(a_series(occurrence_count=None), FIRST + 50 * WEEK).ends_at is None


def test_what_was_missed_is_what_would_have_begun_by_now() -> None:
    series = made(a_series(), FIRST + WEEK)
    assert [(item.occurrence.index, item.reason) for item in series.missed(FIRST + 3 * WEEK)] == [
        (2, "paused"),
        (3, "paused"),
    ]
    assert series.missed(FIRST + WEEK) == []


@pytest.mark.parametrize(
    ("first", "status", "count"),
    [
        (None, S.CANCELLED, 10),
        (1, S.CANCELLED, 10),
        (3, S.CANCELLED, 10),
        (4, S.ACTIVE, 3),
        (10, S.ACTIVE, 9),
    ],
)
def test_it_ends_where_it_is_cut_off(first: int | None, status: SeriesStatus, count: int) -> None:
    series = made(a_series(), FIRST + 2 * WEEK).cancel(NOW, first)
    assert (series.status, series.terms.occurrence_count) == (status, count)


def test_a_paused_one_that_is_cut_off_later_stays_paused() -> None:
    assert a_series(status=S.PAUSED).cancel(NOW, 5).status is S.PAUSED


def test_it_is_not_cut_off_where_it_has_ended() -> None:
    with pytest.raises(Invalid):
        a_series().cancel(NOW, 11)


def test_nobody_has_to_count_to_where_it_is_cut_off() -> None:
    endless = made(a_series(occurrence_count=None), FIRST + 2 * WEEK)
    last = endless.made + MOST_IN_ALL
    assert endless.cancel(NOW, last).terms.occurrence_count == last - 1
    with pytest.raises(Invalid):
        endless.cancel(NOW, last + 1)


# --- how it is seen and told --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        (None, OccurrenceStatus.FREE),
        ("slot_taken", OccurrenceStatus.CONFLICT),
        ("student_busy", OccurrenceStatus.CONFLICT),
        ("day_full", OccurrenceStatus.CONFLICT),
        ("session_full", OccurrenceStatus.CONFLICT),
        ("no_credit", OccurrenceStatus.CONFLICT),
        ("not_open", OccurrenceStatus.CLOSED),
        ("off_grid", OccurrenceStatus.CLOSED),
        ("no_session", OccurrenceStatus.CLOSED),
        ("start_in_past", OccurrenceStatus.CLOSED),
    ],
)
def test_a_preview_tells_what_is_taken_from_what_is_closed(
    reason: str | None, expected: OccurrenceStatus
) -> None:
    first, second = a_series(occurrence_count=2).to_make(FIRST + 9 * WEEK)
    shown = preview([Item(first, reason=reason)], [second]).occurrences
    assert [(each.occurrence_index, each.status, each.reason) for each in shown] == [
        (1, expected, reason),
        (2, OccurrenceStatus.PLANNED, None),
    ]


def test_each_side_is_shown_where_they_meet_and_an_admin_is_not() -> None:
    series = a_series(default_meeting_link="https://meet.example/ours", default_meeting_passcode="1234")
    contacts = {42: Contact("John Doe", "john@example.com")}
    for viewer in (Side.STUDENT, Side.TUTOR):
        view = series_view(series, contacts, viewer, [])
        assert (view.default_meeting_link, view.default_meeting_passcode) == (
            "https://meet.example/ours",
            "1234",
        )
    hidden = series_view(series, contacts, Side.ADMIN, [])
    assert (hidden.default_meeting_link, hidden.default_meeting_passcode) == (None, None)
    assert (hidden.student_name, hidden.tutor_name) == ("John Doe", "Tutor 10")


def test_a_detail_has_the_view_and_every_item() -> None:
    first, second = a_series(occurrence_count=2).to_make(FIRST + 9 * WEEK)
    view = series_view(a_series(), {}, Side.STUDENT, [])
    detail = series_detail(view, [Item(first, booking_id=7), Item(second, reason="not_open")])
    assert replace(detail, occurrences=[]) == series_detail(view, [])
    assert [(each.status, each.booking_id, each.reason) for each in detail.occurrences] == [
        (OccurrenceStatus.BOOKED, 7, None),
        (OccurrenceStatus.SKIPPED, None, "not_open"),
    ]


def test_events_tell_times_and_ids_and_nothing_private() -> None:
    series = a_series(notes_student="Secret.", default_meeting_link="https://meet.example/ours")
    changed = series_changed(series)
    assert (changed.subject, changed.sequence, changed.status) == ("30", 1, S.ACTIVE)
    assert changed.concerned == {42, 50}
    assert "Secret" not in repr(changed)
    assert "meet.example" not in repr(changed)
    [first, *_] = series.to_make(FIRST + WEEK)
    skipped = occurrence_skipped(series, Item(first, reason="slot_taken"))
    assert (skipped.subject, skipped.start_at, skipped.timezone) == ("30/1", FIRST, "Europe/London")
    assert skipped.concerned == {42, 50}
