"""The lessons of the demo fit the hours and terms of its people, on whatever day it is made."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from contracts.booking import BookingStatus
from contracts.formats import parse_email, parse_zone
from deploy.demo.cast import ADMIN, STUDENT, TUTOR, read_cast
from deploy.demo.diary import Diary
from deploy.demo.plan import Lesson, plan_lessons
from deploy.demo.programme import Programme, read_programme
from deploy.demo.wishes import STOPS

CAST = read_cast()

# Two years in steps that meet every weekday, most hours and all changes of clocks.
DAYS = [datetime(2026, 1, 1, tzinfo=UTC) + n * timedelta(days=50, hours=5, minutes=7) for n in range(15)]
on_any_day = pytest.mark.parametrize("today", DAYS, ids=lambda day: f"{day:%a-%d-%b-%y-%H:%M}")


@cache
def programme(today: datetime) -> Programme:
    return read_programme(CAST, today.date())


@cache
def plan(today: datetime) -> list[Lesson]:
    return plan_lessons(CAST, programme(today), today)


def test_the_cast_is_what_the_demo_promises() -> None:
    assert len(CAST.listed) >= 25
    assert len(CAST.students) == 40
    assert len(CAST.subjects) == 8
    assert all(tutor.bio for tutor in CAST.listed)


@pytest.mark.parametrize("what", ["zone", "currency", "rate", "hours", "terms", "languages", "rating"])
def test_tutors_differ(what: str) -> None:
    found = {str(getattr(tutor, what, None) or tutor.person.zone) for tutor in CAST.listed}
    assert len(found) >= 6


def test_everybody_has_an_address_and_a_zone_of_their_own() -> None:
    people = [*(tutor.person for tutor in CAST.tutors), *CAST.students]
    assert len({person.email for person in people}) == len(people)
    assert all(parse_email(person.email) == person.email and parse_zone(person.zone) for person in people)
    assert {TUTOR, STUDENT} < {person.email for person in people}
    assert ADMIN not in {person.email for person in people}


@on_any_day
def test_every_status_is_there_on_every_day(today: datetime) -> None:
    assert {lesson.becomes for lesson in plan(today)} == set(BookingStatus)


@on_any_day
def test_but_for_the_days_it_is_the_same_demo_every_day(today: datetime) -> None:
    assert [content(lesson) for lesson in plan(today)] == [content(lesson) for lesson in plan(DAYS[0])]


def test_the_same_day_has_the_same_lessons() -> None:
    assert list(map(outline, plan(DAYS[0]))) == list(map(outline, plan.__wrapped__(DAYS[0])))


@on_any_day
def test_lessons_lie_within_the_hours_of_their_tutor(today: datetime) -> None:
    for lesson in plan(today):
        for start in starts_of(lesson):
            assert is_open(lesson, start)


@on_any_day
def test_lessons_are_booked_in_time_and_within_the_window(today: datetime) -> None:
    for lesson in plan(today):
        booked, terms = today + STOPS[lesson.steps[0].stop], lesson.tutor.terms
        ahead = lesson.start - booked
        assert (
            timedelta(hours=terms.min_notice_hours) <= ahead <= timedelta(days=terms.booking_window_days - 1)
        )


@on_any_day
def test_nobody_is_at_two_lessons_at_once(today: datetime) -> None:
    diary = Diary()
    programme(today).note_in(diary)
    for lesson in plan(today):
        for start in starts_of(lesson):
            diary.note(start, lesson.minutes, lesson.tutor.person, lesson.student)
    for lessons in diary.lessons.values():
        assert all(before[1] <= after[0] for before, after in pairwise(sorted(lessons)))


@on_any_day
def test_of_the_programme_some_is_over_some_to_come_and_some_falls_on_a_day_off(today: datetime) -> None:
    is_past = [session.start < today for session in programme(today).sessions]
    assert is_past == [True, False, False, False]
    [series] = programme(today).series
    assert [start < today for start in series.starts] == [True] * 2 + [False] * 5
    assert series.skipped == 1


@on_any_day
def test_sessions_are_announced_some_days_ahead(today: datetime) -> None:
    for session in programme(today).sessions:
        assert timedelta(days=4) < session.start - (today + STOPS[session.stop]) < timedelta(days=14)


@on_any_day
def test_what_is_done_after_a_lesson_is_done_after_it_and_in_order(today: datetime) -> None:
    for lesson in plan(today):
        stops = [step.stop for step in lesson.steps]
        assert stops == sorted(stops)
        if any(step.stars for step in lesson.steps):
            assert lesson.end <= today + STOPS[stops[-1]]


def outline(lesson: Lesson) -> tuple[object, ...]:
    """The lesson by what it says."""
    return lesson.tutor.person, lesson.student, lesson.start, lesson.minutes, lesson.notes, lesson.steps


def content(lesson: Lesson) -> tuple[object, ...]:
    """What is taught by whom, how it ends, what is said of it."""
    reviews = [step.stars for step in lesson.steps if step.stars]
    return lesson.tutor.person, lesson.subject, lesson.minutes, lesson.notes, lesson.becomes, reviews


def starts_of(lesson: Lesson) -> list[datetime]:
    return [start for start in (lesson.start, lesson.moved_to) if start]


def is_open(lesson: Lesson, start: datetime) -> bool:
    """Looked at minute by minute on the tutor's own clock."""
    zone = ZoneInfo(lesson.tutor.person.zone)
    minutes = (start + timedelta(minutes=n) for n in range(0, lesson.minutes, 5))
    local = [minute.astimezone(zone) for minute in minutes]
    return any(
        all(at.isoweekday() == window.weekday and window.start <= f"{at:%H:%M}" < window.end for at in local)
        for window in lesson.tutor.hours
    )
