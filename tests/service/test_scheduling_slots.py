"""Slots as the running service lists them: by hours, and by what it was told of others' facts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from zoneinfo import ZoneInfo

import pytest

from chassis.context import ANONYMOUS, Actor
from contracts.booking import (
    BookingCancelled,
    BookingConfirmed,
    BookingHeld,
    BookingState,
    BookingStatus,
    BookingType,
    PolicyChanged,
    PolicyTerms,
    SessionCancelled,
    SessionChanged,
    SessionState,
    SessionStatus,
)
from contracts.catalog import CourseKind, TutorStatus
from contracts.errors import (
    DurationNotOffered,
    Invalid,
    NotFound,
    RangeTooLong,
    SubjectNotTaught,
    TutorNotApproved,
)
from contracts.scheduling import (
    AddTimeOff,
    FindOpenTutors,
    ListSlots,
    ReplaceAvailability,
    SlotsView,
    WeeklyWindow,
)
from tests.builders import a_booking_state, a_course_change, a_session_state, a_tutor_change
from tests.subject import Subject, TestClock

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
MORNINGS = [WeeklyWindow(weekday, "09:00", "12:00") for weekday in range(1, 8)]
NO_NOTICE = PolicyTerms(min_notice_hours=0)
_numbers = count(1000)

Listing = Callable[..., list[str]]


@pytest.fixture
def tutor(scheduling: Subject) -> Actor:
    """An approved tutor, open from 9 to 12 UTC on every day."""
    number = next(_numbers)
    actor = Actor(number, "tutor", number + 1_000_000)
    scheduling.hear(a_tutor_change(tutor_profile_id=actor.profile_id, account_id=number))
    scheduling.ask(ReplaceAvailability("UTC", MORNINGS), by=actor)
    return actor


@pytest.fixture
def day(clock: TestClock) -> date:
    """A date beyond the notice and within the window of the default policy."""
    return clock.now().date() + 5 * DAY


@pytest.fixture
def starts(scheduling: Subject, tutor: Actor, day: date) -> Listing:
    """The listed starts of the tutor on the day, in UTC."""

    def listed(by: Actor = ANONYMOUS, minutes: int = 60, **more: object) -> list[str]:
        request = ListSlots(tutor.profile_id, day, day, minutes, **more)  # type: ignore[arg-type]
        [found] = scheduling.ask(request, by=by).days
        return [f"{slot.start_at:%H:%M}" for slot in found.slots]

    return listed


def a_lesson(tutor: Actor, day: date, hour: int, **changes: object) -> BookingState:
    """An hour's lesson with the tutor."""
    start = datetime.combine(day, time(hour), UTC)
    return a_booking_state(
        **{
            "id": next(_numbers),
            "start_at": start,
            "tutor_profile_id": tutor.profile_id,
            "student_id": next(_numbers),
            **changes,
        }
    )


def a_group(tutor: Actor, day: date, hour: int, **changes: object) -> SessionState:
    """A session of the tutor's, an hour and a half long."""
    start = datetime.combine(day, time(hour), UTC)
    times = {"start_at": start, "end_at": start + 1.5 * HOUR}
    blocked = {"blocked_from": start, "blocked_to": start + 1.5 * HOUR}
    ids = {"id": next(_numbers), "tutor_profile_id": tutor.profile_id}
    return a_session_state(**ids, **times, **{**blocked, **changes})


def ended(booking: BookingState) -> BookingCancelled:
    status = BookingStatus.CANCELLED_BY_STUDENT
    return BookingCancelled(replace(booking, status=status, version=booking.version + 1), booking.status)


def test_who_is_not_known_has_no_slots(scheduling: Subject, day: date) -> None:
    with pytest.raises(NotFound):
        scheduling.ask(ListSlots(1, day, day, 60))


@pytest.mark.parametrize("status", [status for status in TutorStatus if status != TutorStatus.APPROVED])
def test_only_approved_tutors_have_slots(
    scheduling: Subject, tutor: Actor, starts: Listing, status: TutorStatus
) -> None:
    scheduling.hear(a_tutor_change(tutor_profile_id=tutor.profile_id, status=status, version=2))
    with pytest.raises(TutorNotApproved):
        starts()
    scheduling.hear(a_tutor_change(tutor_profile_id=tutor.profile_id, version=3))
    assert starts()


def test_hours_that_were_set_before_the_profile_was_known_count(scheduling: Subject, day: date) -> None:
    actor = Actor(1, "tutor", next(_numbers) + 2_000_000)
    scheduling.ask(ReplaceAvailability("UTC", MORNINGS), by=actor)
    scheduling.hear(a_tutor_change(tutor_profile_id=actor.profile_id))
    [found] = scheduling.ask(ListSlots(actor.profile_id, day, day, 60)).days
    assert len(found.slots) == 5


def test_slots_are_those_of_the_default_policy_where_none_was_set(
    scheduling: Subject, tutor: Actor, starts: Listing, clock: TestClock
) -> None:
    assert starts() == ["09:00", "09:30", "10:00", "10:30", "11:00"]
    today = clock.now().date()
    view = scheduling.ask(ListSlots(tutor.profile_id, today, today + 20 * DAY, 60))
    offered = [found.date for found in view.days if found.slots]
    assert min(slot.start_at for found in view.days for slot in found.slots) >= clock.now() + DAY
    assert offered[-1] == today + 14 * DAY
    assert [found.date for found in view.days] == [today + number * DAY for number in range(21)]


def test_slots_are_listed_in_the_tutors_zone_unless_another_is_asked_for(
    scheduling: Subject, tutor: Actor, day: date
) -> None:
    scheduling.ask(ReplaceAvailability("Pacific/Auckland", MORNINGS), by=tutor)
    zone = ZoneInfo("Pacific/Auckland")
    own = scheduling.ask(ListSlots(tutor.profile_id, day, day, 60))
    assert own.timezone == "Pacific/Auckland"
    assert [slot.start_at.astimezone(zone).hour for slot in own.days[0].slots] == [9, 9, 10, 10, 11]
    assert {slot.start_at.astimezone(zone).date() for slot in own.days[0].slots} == {day}
    elsewhere = scheduling.ask(ListSlots(tutor.profile_id, day, day, 60, "America/New_York"))
    assert elsewhere.timezone == "America/New_York"
    dates = {
        slot.start_at.astimezone(ZoneInfo(elsewhere.timezone)).date() for slot in elsewhere.days[0].slots
    }
    assert dates == {day}


def test_a_policy_decides_until_it_is_removed_and_an_older_one_does_not_come_back(
    scheduling: Subject, tutor: Actor, starts: Listing
) -> None:
    profile = tutor.profile_id
    buffered = replace(NO_NOTICE, slot_step_minutes=45, durations_minutes=[60])
    scheduling.hear(PolicyChanged(profile, version=2, terms=buffered))
    assert starts() == ["09:00", "09:45", "10:30"]
    with pytest.raises(DurationNotOffered):
        starts(minutes=30)
    scheduling.hear(PolicyChanged(profile, version=3, terms=None))
    scheduling.hear(PolicyChanged(profile, version=1, terms=buffered))
    assert starts(minutes=30)[:2] == ["09:00", "09:30"]


def test_a_course_has_its_own_duration_and_its_policy_wins(
    scheduling: Subject, tutor: Actor, starts: Listing
) -> None:
    course = next(_numbers)
    scheduling.hear(a_course_change(course_id=course, tutor_profile_id=tutor.profile_id))
    assert starts(minutes=50, course_id=course) == ["09:00", "09:30", "10:00", "10:30", "11:00"]
    assert starts(minutes=60, course_id=course)  # the policy's durations are offered for it as well
    with pytest.raises(DurationNotOffered):
        starts(minutes=50)
    terms = replace(NO_NOTICE, slot_step_minutes=60)
    scheduling.hear(PolicyChanged(tutor.profile_id, version=1, terms=NO_NOTICE))
    scheduling.hear(PolicyChanged(tutor.profile_id, version=1, course_id=course, terms=terms))
    assert starts(minutes=50, course_id=course) == ["09:00", "10:00", "11:00"]
    assert len(starts()) == 5


def test_a_course_must_be_one_that_the_tutor_offers(
    scheduling: Subject, tutor: Actor, starts: Listing
) -> None:
    another, removed = next(_numbers), next(_numbers)
    scheduling.hear(a_course_change(course_id=another, tutor_profile_id=1))
    scheduling.hear(a_course_change(course_id=removed, tutor_profile_id=tutor.profile_id, active=False))
    for course in (another, removed, 10**9):
        with pytest.raises(NotFound):
            starts(course_id=course)


def test_a_course_in_groups_has_no_slots_of_its_own(
    scheduling: Subject, tutor: Actor, starts: Listing
) -> None:
    course = next(_numbers)
    in_groups = a_course_change(course_id=course, tutor_profile_id=tutor.profile_id, kind=CourseKind.GROUP)
    scheduling.hear(in_groups)
    with pytest.raises(SubjectNotTaught):
        starts(minutes=50, course_id=course)


def test_a_lesson_takes_its_time_with_buffers_until_it_is_over(
    scheduling: Subject, tutor: Actor, starts: Listing, day: date
) -> None:
    lesson = a_lesson(tutor, day, 10, status=BookingStatus.HELD)
    lesson = replace(lesson, blocked_to=lesson.end_at + HOUR / 2)
    scheduling.hear(BookingHeld(lesson))
    assert starts(minutes=30) == ["09:00", "09:30", "11:30"]
    scheduling.hear(ended(lesson))
    scheduling.hear(BookingConfirmed(lesson))  # late, of the same version as the hold
    assert starts(minutes=30) == ["09:00", "09:30", "10:00", "10:30", "11:00", "11:30"]


def test_a_hold_that_has_run_out_takes_no_time_even_before_that_is_told(
    scheduling: Subject, tutor: Actor, starts: Listing, day: date, clock: TestClock
) -> None:
    held_until = clock.now() + timedelta(minutes=10)
    scheduling.hear(BookingHeld(a_lesson(tutor, day, 9, status=BookingStatus.HELD, expires_at=held_until)))
    assert starts() == ["10:00", "10:30", "11:00"]
    clock.advance(minutes=10)
    assert starts() == ["09:00", "09:30", "10:00", "10:30", "11:00"]


def test_a_moved_lesson_takes_its_new_time_only(
    scheduling: Subject, tutor: Actor, starts: Listing, day: date
) -> None:
    lesson = a_lesson(tutor, day, 9)
    scheduling.hear(BookingConfirmed(replace(a_lesson(tutor, day, 11), id=lesson.id, version=2)))
    scheduling.hear(BookingConfirmed(lesson))
    assert starts() == ["09:00", "09:30", "10:00"]


def test_a_session_takes_its_tutors_time_with_buffers_until_it_is_cancelled(
    scheduling: Subject, tutor: Actor, starts: Listing, day: date
) -> None:
    session = a_group(tutor, day, 10)
    early = session.blocked_from - HOUR / 2
    scheduling.hear(SessionChanged(replace(session, blocked_from=early, seats_taken=3)))
    assert starts() == []
    assert starts(minutes=30) == ["09:00", "11:30"]
    ended_session = replace(session, status=SessionStatus.CANCELLED, version=2)
    scheduling.hear(SessionCancelled(ended_session))
    scheduling.hear(SessionChanged(session))
    assert len(starts()) == 5


def test_the_seats_of_a_session_take_their_students_time_and_not_the_tutors(
    scheduling: Subject, tutor: Actor, starts: Listing, day: date
) -> None:
    of_group = {"booking_type": BookingType.GROUP_SESSION, "session_id": next(_numbers)}
    seat = a_lesson(tutor, day, 10, **of_group)
    scheduling.hear(BookingConfirmed(seat))
    assert len(starts()) == 5
    assert starts(by=Actor(seat.student_id, "student")) == ["09:00", "11:00"]


def test_a_session_is_one_lesson_of_its_day_however_many_take_part(
    scheduling: Subject, tutor: Actor, starts: Listing, day: date
) -> None:
    scheduling.hear(PolicyChanged(tutor.profile_id, 1, None, PolicyTerms(max_bookings_per_day=2)))
    session = a_group(tutor, day, 18)
    scheduling.hear(SessionChanged(session))
    for _ in range(2):
        of_group = {"booking_type": BookingType.GROUP_SESSION, "session_id": session.id}
        scheduling.hear(BookingConfirmed(a_lesson(tutor, day, 18, **of_group)))
    assert len(starts()) == 5
    scheduling.hear(BookingConfirmed(a_lesson(tutor, day, 20)))
    assert starts() == []


def test_a_day_may_be_full(scheduling: Subject, tutor: Actor, starts: Listing, day: date) -> None:
    scheduling.hear(
        PolicyChanged(tutor.profile_id, version=1, terms=replace(NO_NOTICE, max_bookings_per_day=1))
    )
    lesson = a_lesson(tutor, day, 9)
    scheduling.hear(BookingConfirmed(lesson))
    assert starts() == []
    scheduling.hear(ended(lesson))
    assert len(starts()) == 5


def test_a_students_own_lessons_elsewhere_are_left_out_for_that_student(
    scheduling: Subject, tutor: Actor, starts: Listing, day: date
) -> None:
    student, other_student = (Actor(next(_numbers), "student") for _ in range(2))
    with_another = a_lesson(Actor(1, "tutor", 77), day, 10, student_id=student.id)
    scheduling.hear(BookingConfirmed(with_another))
    assert starts(by=student) == ["09:00", "11:00"]
    assert len(starts(by=other_student)) == len(starts(by=tutor)) == len(starts()) == 5


@pytest.mark.parametrize(
    ("first", "last", "refusal"), [(0, 62, RangeTooLong), (1, 0, Invalid)], ids=["63 days", "backward"]
)
def test_a_range_is_of_at_most_62_days_and_forward(
    scheduling: Subject, tutor: Actor, day: date, first: int, last: int, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        scheduling.ask(ListSlots(tutor.profile_id, day + first * DAY, day + last * DAY, 60))
    view: SlotsView = scheduling.ask(ListSlots(tutor.profile_id, day, day + 61 * DAY, 60))
    assert len(view.days) == 62


def test_a_search_finds_the_tutors_with_a_bookable_start_in_the_period(
    scheduling: Subject, day: date
) -> None:
    profiles = {
        name: next(_numbers) + 3_000_000
        for name in ("open", "closed", "off", "full", "far", "short", "draft")
    }
    for name, profile in profiles.items():
        by = Actor(1, "tutor", profile)
        status = TutorStatus.DRAFT if name == "draft" else TutorStatus.APPROVED
        scheduling.hear(a_tutor_change(tutor_profile_id=profile, status=status))
        scheduling.ask(ReplaceAvailability("UTC", [] if name == "closed" else MORNINGS), by=by)
    nine = datetime.combine(day, time(9), UTC)
    scheduling.ask(AddTimeOff(nine, nine + HOUR), by=Actor(1, "tutor", profiles["off"]))
    full, far, short = (profiles[name] for name in ("full", "far", "short"))
    scheduling.hear(BookingConfirmed(a_lesson(Actor(1, "tutor", full), day, 9)))
    scheduling.hear(PolicyChanged(far, version=1, terms=replace(NO_NOTICE, booking_window_days=1)))
    scheduling.hear(PolicyChanged(short, version=1, terms=PolicyTerms(durations_minutes=[30])))

    def found(since: datetime, until: datetime, minutes: int) -> set[str]:
        view = scheduling.ask(FindOpenTutors(since, until, minutes))
        return {name for name, profile in profiles.items() if profile in view.tutor_profile_ids}

    assert found(nine, nine + HOUR, 60) == {"open"}
    assert found(nine, nine + HOUR, 30) == {"open", "short"}
    assert found(nine, nine + 3 * HOUR, 60) == {"open", "off", "full"}
    assert found(nine, nine + datetime.resolution, 60) == {"open"}  # a lesson may end after the period
    assert found(nine - HOUR, nine, 60) == set()
    assert found(nine + 3 * HOUR, nine + 24 * HOUR, 60) == set()
    assert found(nine - 4 * DAY, nine + 50 * DAY, 60) == {"open", "off", "full", "far"}


def test_a_search_is_refused_for_a_period_that_is_empty_or_too_long(scheduling: Subject, day: date) -> None:
    nine = datetime.combine(day, time(9), UTC)
    with pytest.raises(Invalid):
        scheduling.ask(FindOpenTutors(nine, nine))
    with pytest.raises(RangeTooLong):
        scheduling.ask(FindOpenTutors(nine, nine + 62 * DAY + HOUR))
