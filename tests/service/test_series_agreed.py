"""Recurring series are agreed on: booked ahead or skipped, previewed, paid with packages, in groups."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from contracts.booking import (
    BookingConfirmed,
    BookingRequested,
    BookingStatus,
    BookingType,
    CancelBooking,
    CancelSeries,
    ConfirmBooking,
    Frequency,
    GetBooking,
    ListPackages,
    OccurrenceSkipped,
    RescheduleBooking,
    SeriesChanged,
    SeriesStatus,
)
from contracts.catalog import TutorStatus
from contracts.errors import (
    DurationNotOffered,
    Invalid,
    NotFound,
    Refusal,
    StartInPast,
    SubjectNotTaught,
    TutorNotApproved,
)
from tests.recurring import AT_ONCE, WEEK, Recurring, outcomes, starts
from tests.subject import Subject
from tests.teaching import ADMIN

S = BookingStatus


# --- agreeing ---------------------------------------------------------------------------------------


def test_the_lessons_of_the_coming_six_weeks_are_booked_at_once(
    booking: Subject, recurring: Recurring
) -> None:
    series = recurring.agree(notes_student="Algebra.")
    assert starts(series) == [recurring.at(10, 2) + week * WEEK for week in range(6)]
    assert [each.occurrence_index for each in series.occurrences] == [1, 2, 3, 4, 5, 6]
    assert [each.booking_id for each in series.occurrences] == [view.id for view in series.upcoming]
    assert {view.status for view in series.upcoming} == {S.PENDING}
    first = booking.ask(GetBooking(series.upcoming[0].id), recurring.tutor)
    assert (first.series_id, first.occurrence_index, first.notes_student) == (series.id, 1, "Algebra.")
    assert (series.status, series.subject_name, series.version) == (SeriesStatus.ACTIVE, "Mathematics", 1)


def test_it_is_told_with_every_booking_of_it(booking: Subject, recurring: Recurring) -> None:
    series = recurring.agree(occurrence_count=2)
    [told] = booking.told(SeriesChanged, id=series.id)
    assert (told.status, told.recurrence.occurrence_count) == (SeriesStatus.ACTIVE, 2)
    assert told.concerned == {recurring.student.id, recurring.account_id}
    requested = [event.booking for event in booking.told(BookingRequested)][-2:]
    assert [(each.series_id, each.occurrence_index) for each in requested] == [(series.id, 1), (series.id, 2)]


def test_neither_notice_nor_window_hold_it_up(recurring: Recurring) -> None:
    recurring.terms(min_notice_hours=72, booking_window_days=3)
    assert outcomes(recurring.agree().occurrences) == ["booked"] * 6


def test_each_lesson_waits_for_the_tutor_and_they_meet_where_was_agreed(
    booking: Subject, recurring: Recurring
) -> None:
    link = "https://meet.example/our-room"
    series = recurring.agree(default_meeting_link=link, default_meeting_passcode="1234")
    confirmed = booking.ask(ConfirmBooking(series.upcoming[1].id), recurring.tutor)
    assert (confirmed.status, confirmed.join_url) == (S.CONFIRMED, link)
    seen = recurring.seen(series)
    assert [view.status for view in seen.upcoming] == [S.PENDING, S.CONFIRMED, *[S.PENDING] * 4]
    assert (seen.default_meeting_link, seen.default_meeting_passcode) == (link, "1234")
    assert recurring.seen(series, ADMIN).default_meeting_passcode is None


def test_without_approval_all_are_confirmed_each_with_a_place_of_its_own(
    booking: Subject, recurring: Recurring
) -> None:
    recurring.terms(**AT_ONCE)
    series = recurring.agree()
    assert {view.status for view in series.upcoming} == {S.CONFIRMED}
    assert len({view.join_url for view in series.upcoming} - {None}) == 6
    told = [event.booking for event in booking.told(BookingConfirmed)]
    assert [each.occurrence_index for each in told if each.series_id == series.id] == [1, 2, 3, 4, 5, 6]


def test_what_can_not_be_had_is_skipped_with_its_reason_and_the_others_go_on(
    booking: Subject, recurring: Recurring
) -> None:
    other = Recurring(booking)
    recurring.book(10.5, 9, by=recurring.another_student())
    other.terms(booking_window_days=30)
    other.book(9.5, 16, by=recurring.student)
    series = recurring.agree()
    expected = ["booked", "slot_taken", "student_busy", "booked", "booked", "booked"]
    assert outcomes(series.occurrences) == expected
    skipped = booking.told(OccurrenceSkipped, series_id=series.id)
    assert [(event.occurrence_index, event.reason) for event in skipped] == [
        (2, "slot_taken"),
        (3, "student_busy"),
    ]
    assert skipped[0].concerned == {recurring.student.id, recurring.account_id}
    assert (skipped[0].start_at, skipped[0].timezone) == (recurring.at(10, 9), "UTC")


@pytest.mark.parametrize(
    ("terms", "reason"),
    [({"hour": 18}, "not_open"), ({"hour": 10.25}, "off_grid"), ({"hour": 16.5}, "not_open")],
)
def test_a_series_of_which_nothing_can_be_had_is_agreed_on_all_the_same(
    recurring: Recurring, terms: dict[str, Any], reason: str
) -> None:
    assert outcomes(recurring.agree(**terms).occurrences) == [reason] * 6


def test_a_daily_limit_counts_the_series_own_lessons_too(recurring: Recurring) -> None:
    recurring.terms(max_bookings_per_day=1)
    recurring.agree(hour=9, occurrence_count=2)
    second = recurring.agree(hour=11, by=recurring.another_student(), occurrence_count=3)
    assert outcomes(second.occurrences) == ["day_full", "day_full", "booked"]


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"duration_minutes": 50}, DurationNotOffered),
        ({"subject_id": 6}, SubjectNotTaught),
        ({"subject_id": None}, Invalid),
        ({"subject_id": None, "course_id": 8_000_000}, SubjectNotTaught),
        ({"course_id": 3}, Invalid),
        ({"tutor_profile_id": 999_999_999}, NotFound),
        ({"day": -1}, StartInPast),
        ({"occurrence_count": 2, "until_date": "later"}, Invalid),
        ({"occurrence_count": 521}, Invalid),
        ({"booking_type": BookingType.GROUP_SESSION}, Invalid),
    ],
)
def test_what_makes_no_series_is_refused(
    recurring: Recurring, changes: dict[str, Any], refusal: type[Refusal]
) -> None:
    if "until_date" in changes:
        changes = {**changes, "until_date": recurring.at(0, 30).date()}
    terms = recurring.series_terms(**changes)
    with pytest.raises(refusal) as refused:
        recurring.agree(**terms)
    assert type(refused.value) is refusal
    with pytest.raises(refusal):
        recurring.preview(**terms)


def test_with_a_tutor_who_is_not_approved_nothing_is_agreed(recurring: Recurring) -> None:
    recurring.learn_tutor(status=TutorStatus.SUSPENDED, version=2)
    with pytest.raises(TutorNotApproved):
        recurring.agree()


# --- the preview ------------------------------------------------------------------------------------


def test_a_preview_tells_what_would_be_booked_and_writes_nothing(
    booking: Subject, recurring: Recurring
) -> None:
    recurring.book(10, 9, by=recurring.another_student())
    tables = ("bookings", "series", "occurrences", "history", "ledger", "outbox")
    before = [booking.sql(f"SELECT count(*) AS n FROM {table}")[0].n for table in tables]
    previewed = recurring.preview(occurrence_count=9)
    assert [each.status.value for each in previewed] == ["free", "conflict", *["free"] * 4, *["planned"] * 3]
    assert [each.occurrence_index for each in previewed] == list(range(1, 10))
    assert previewed[1].reason == "slot_taken"
    assert {each.status.value for each in recurring.preview(hour=20)[:6]} == {"closed"}
    assert [booking.sql(f"SELECT count(*) AS n FROM {table}")[0].n for table in tables] == before


def test_a_preview_lists_sixty_at_most(recurring: Recurring) -> None:
    assert len(recurring.preview()) == 60
    assert len(recurring.preview(frequency=Frequency.CUSTOM, **_without("frequency", recurring))) == 60


# --- with packages, in groups -----------------------------------------------------------------------


def test_credits_are_taken_as_the_lessons_are_made_and_without_one_a_lesson_is_skipped(
    booking: Subject, recurring: Recurring
) -> None:
    package = recurring.package(4)
    series = recurring.agree(use_package_id=package.id)
    assert outcomes(series.occurrences) == ["booked"] * 4 + ["no_credit"] * 2
    assert {view.package_id for view in series.upcoming} == {package.id}
    booking.ask(CancelSeries(series.id), recurring.student)
    [left] = booking.ask(ListPackages(), recurring.student).items
    assert left.credits_left == 4


@pytest.mark.parametrize("approval", [True, False])
@pytest.mark.parametrize("paid_with_package", [True, False])
def test_a_group_series_takes_a_seat_in_each_session_that_starts_then(
    booking: Subject, recurring: Recurring, approval: bool, paid_with_package: bool
) -> None:
    recurring.terms(requires_approval_for_group=approval)
    package_id = recurring.package(6).id if paid_with_package else None
    sessions = {day: recurring.announce(18, day, capacity=1) for day in (2, 16, 23, 37)}
    recurring.seat(sessions[16], recurring.another_student())
    recurring.announce(20, 44)
    series = recurring.agree(**recurring.group_terms(use_package_id=package_id))
    assert outcomes(series.occurrences) == [
        *("booked", "no_session", "session_full", "booked", "no_session", "booked")
    ]
    assert [view.session_id for view in series.upcoming] == [sessions[day].id for day in (2, 23, 37)]
    assert {view.status for view in series.upcoming} == {S.PENDING if approval else S.CONFIRMED}
    assert {view.package_id for view in series.upcoming} == {package_id}
    if approval:
        confirmed = booking.ask(ConfirmBooking(series.upcoming[0].id), recurring.tutor)
        assert confirmed.join_url == sessions[2].meeting_link
    booking.ask(CancelSeries(series.id), recurring.student)
    assert recurring.seat(sessions[2], recurring.another_student()).session_id == sessions[2].id


def test_sessions_that_are_announced_later_are_booked_later(booking: Subject, recurring: Recurring) -> None:
    recurring.announce(18, 2)
    series = recurring.agree(**recurring.group_terms())
    assert outcomes(series.occurrences) == ["booked"]
    recurring.announce(18, 16)
    recurring.generate(6, series)
    assert outcomes(recurring.seen(series).occurrences) == ["booked", "no_session", "booked"]


def test_a_course_that_is_not_for_groups_has_no_seats(recurring: Recurring) -> None:
    with pytest.raises(SubjectNotTaught):
        recurring.agree(**recurring.group_terms(course_id=recurring.course_id + 1))
    with pytest.raises(SubjectNotTaught):
        recurring.agree(subject_id=None, course_id=recurring.course_id, duration_minutes=90)


@pytest.mark.parametrize("approval", [True, False])
@pytest.mark.parametrize("paid_with_package", [True, False])
def test_lessons_alone_are_booked_moved_and_cancelled_however_they_are_paid_and_confirmed(
    booking: Subject, recurring: Recurring, approval: bool, paid_with_package: bool
) -> None:
    recurring.terms(requires_approval_for_one_on_one=approval)
    package_id = recurring.package(6).id if paid_with_package else None
    series = recurring.agree(use_package_id=package_id)
    assert {view.status for view in series.upcoming} == {S.PENDING if approval else S.CONFIRMED}
    first = series.upcoming[1]
    moved = booking.ask(RescheduleBooking(first.id, first.start_time + timedelta(hours=2)), recurring.student)
    assert (moved.status, moved.package_id) == (first.status, package_id)
    booking.ask(CancelBooking(moved.id), recurring.student)
    booking.ask(CancelSeries(series.id), recurring.student)
    views = [booking.ask(GetBooking(view.id), recurring.tutor) for view in series.upcoming]
    assert {view.status for view in views} == {S.CANCELLED_BY_STUDENT}
    assert {view.credit_returned for view in views} == {paid_with_package}
    [escrow] = booking.sql(_IN_ESCROW, id=series.id)
    assert escrow.left == 0


def _without(name: str, recurring: Recurring) -> dict[str, Any]:
    terms = recurring.series_terms()
    return {key: value for key, value in terms.items() if key != name}


_IN_ESCROW = """
    SELECT sum(amount) AS left FROM ledger JOIN bookings ON bookings.id = booking_id
    WHERE account = 'escrow' AND series_id = :id
"""
