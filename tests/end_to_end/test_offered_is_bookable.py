"""What the slot list offers can be booked, and what it does not offer is refused with the right reason.

Random tutors in zones around the days when their clocks change, with random hours, exceptions, terms
and bookings, through the running services, compared with `timetable`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

from contracts.formats import format_instant
from tests.end_to_end.people import Json, Student, a_student, a_tutor, done, slots_of
from tests.end_to_end.timetable import DAY, Lesson, Span, Timetable
from tests.end_to_end.world import World

pytestmark = pytest.mark.slow

EXAMPLES = 10
TRIED = 4  # starts of each kind
ALTERNATIVES = 5
ZONES = (
    "Europe/London",
    "America/New_York",
    "Australia/Lord_Howe",  # moves by half an hour
    "Asia/Kathmandu",
    "America/St_Johns",
    "Pacific/Apia",
    "America/Santiago",  # has days without a midnight
    "America/Havana",  # has days with two
)
DAYS = (
    [("09:00", "17:00")],
    [("00:00", "24:00")],
    [("00:00", "03:30"), ("22:00", "24:00")],
    [("01:30", "02:30"), ("04:00", "05:10")],
    [("08:07", "12:00"), ("12:00", "13:30")],
    [("01:00", "03:00"), ("02:00", "04:45")],
    [],
)
STATUSES = {"start_in_past": 422, "duration_not_offered": 400, "too_little_notice": 400, "too_far_ahead": 400}


@dataclass
class Situation:
    """A tutor to be; days and hours count from now."""

    zone: str
    before_change: bool
    weekly: list[list[tuple[str, str]]]
    overrides: dict[int, list[tuple[str, str]]]
    additions: dict[int, tuple[str, str]]
    time_off: list[tuple[int, int]]
    terms_before: Json
    terms: Json
    bookings: int
    shown_in: str
    seed: int


def terms() -> st.SearchStrategy[Json]:
    return st.fixed_dictionaries(
        {
            "requires_approval_for_one_on_one": st.booleans(),
            "durations_minutes": st.lists(
                st.sampled_from([25, 30, 60, 90, 180]), min_size=1, max_size=3, unique=True
            ),
            "slot_step_minutes": st.sampled_from([7, 15, 30, 40, 60, 1440]),
            "buffer_before_minutes": st.sampled_from([0, 5, 30]),
            "buffer_after_minutes": st.sampled_from([0, 10, 45]),
            "min_notice_hours": st.sampled_from([0, 0.75, 12, 24]),
            "booking_window_days": st.integers(1, 6),
            "max_bookings_per_day": st.sampled_from([None, 1, 2, 3]),
        }
    )


@st.composite
def situations(draw: Callable[..., Any]) -> Situation:
    windows = st.sampled_from(DAYS)
    days = st.integers(0, 6)
    return Situation(
        zone=draw(st.sampled_from(ZONES)),
        before_change=draw(st.sampled_from([True, True, False])),
        weekly=draw(st.lists(windows, min_size=7, max_size=7)),
        overrides=draw(st.dictionaries(days, windows, max_size=2)),
        additions=draw(
            st.dictionaries(days, st.sampled_from([("17:00", "19:20"), ("00:10", "02:40")]), max_size=2)
        ),
        time_off=draw(st.lists(st.tuples(st.integers(0, 130), st.integers(1, 30)), max_size=2)),
        terms_before=draw(terms()),
        terms=draw(terms()),
        bookings=draw(st.integers(0, 5)),
        shown_in=draw(st.sampled_from(ZONES)),
        seed=draw(st.integers(0, 2**32)),
    )


@pytest.fixture(scope="module")
def students(world: World) -> list[Student]:
    """The one who tries, and others who have booked before."""
    made = [a_student(world) for _ in range(3)]
    for student in made:
        student.wants_no_letters()
    return made


@given(situation=situations())
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_a_start_is_offered_if_and_only_if_it_can_be_booked(
    world: World, students: list[Student], situation: Situation
) -> None:
    note(f"seed {situation.seed}")
    approach(world, situation)
    case = Case(world, students, situation)
    try:
        for minutes in case.timetable.terms["durations_minutes"]:
            offered = case.offered(minutes)
            assert offered == case.expected(minutes)
            case.try_refused(minutes, offered)
            case.try_offered(minutes, offered)
            world.settle()
    finally:
        case.leave()


def approach(world: World, situation: Situation) -> None:
    """Go to shortly before the zone changes its clocks, or on to the next minute, of which all is left."""
    now = world.now()
    if situation.before_change and (change := next_change(ZoneInfo(situation.zone), now + 3 * DAY)):
        now = change - timedelta(hours=Random(situation.seed).choice([20, 30, 50]))
    world.wait_until(now.replace(second=1, microsecond=0) + timedelta(minutes=1))


def next_change(zone: ZoneInfo, after: datetime) -> datetime | None:
    """The next hour in which the zone changes its clocks, if it does within a year."""
    hours = (
        after.replace(minute=0, second=0, microsecond=0) + timedelta(hours=number)
        for number in range(366 * 24)
    )
    return next(
        (hour for hour in hours if offset(zone, hour) != offset(zone, hour + timedelta(hours=1))), None
    )


def offset(zone: ZoneInfo, instant: datetime) -> timedelta | None:
    return instant.astimezone(zone).utcoffset()


class Case:
    """The situation, brought about: a tutor, lessons booked before, and a student who tries."""

    def __init__(self, world: World, students: list[Student], situation: Situation) -> None:
        self.world, self.situation = world, situation
        self.student, *self.others = students
        self.random = Random(situation.seed)
        self.now = world.now()
        self.tutor = a_tutor(world, situation.zone, self._weekly(), **situation.terms_before)
        self.tutor.wants_no_letters()
        self.timetable = Timetable(
            ZoneInfo(situation.zone),
            self.now,
            max(each["booking_window_days"] for each in (situation.terms_before, situation.terms)) + 2,
            dict(enumerate(situation.weekly, start=1)),
            situation.terms_before,
        )
        self._except()
        self.booked: list[Json] = []
        self.busy: list[Span] = []
        self._book()
        self.tutor.terms(**situation.terms)
        self.timetable.terms = situation.terms

    def offered(self, minutes: int) -> list[datetime]:
        """What the student is offered; each under the date that the reader's zone has then."""
        zone = ZoneInfo(self.situation.shown_in)
        days = slots_of(self.student, self.tutor, -1, self.timetable.days + 1, minutes, timezone=zone.key)
        starts = []
        for day in days:
            here = [datetime.fromisoformat(slot["start_at"]) for slot in day["slots"]]
            assert all(start.astimezone(zone).date().isoformat() == day["date"] for start in here)
            starts += here
        return starts

    def expected(self, minutes: int) -> list[datetime]:
        return self.timetable.bookable(minutes, self.now, self.busy)

    def try_offered(self, minutes: int, offered: list[datetime]) -> None:
        """Book some of the starts, each cancelled again before the next."""
        some = {*offered[:1], *offered[-1:], *self.random.sample(offered, min(TRIED, len(offered)))}
        for start in sorted(some):
            booking = done(self._ask(self.student, start, minutes), 201)
            done(self.tutor.post(f"/api/bookings/{booking['id']}/cancel"))

    def try_refused(self, minutes: int, offered: list[datetime]) -> None:
        """Ask for what is not offered: near what is, near lessons, and anywhere."""
        for start in self._others_than(offered, minutes):
            response = self._ask(self.student, start, minutes)
            reasons = self.timetable.why_not(start, minutes, self.now, self.busy)
            problem = response.json()
            assert reasons, f"{start} {minutes} is not offered, and nothing speaks against it"
            assert [error["code"] for error in problem["errors"]] == reasons, start
            assert (problem["code"], response.status_code) == (reasons[0], STATUSES.get(reasons[0], 409))
            if response.status_code == 409:
                nearest = sorted(offered, key=lambda other: (abs(other - start), other))
                assert problem["alternatives"] == [format_instant(each) for each in nearest[:ALTERNATIVES]]

    def leave(self) -> None:
        """Cancel what was booked, so that the students are free again."""
        for booking in self.booked:
            self.tutor.cancel(booking)

    def _weekly(self) -> list[Json]:
        return [
            {"weekday": number, "start": start, "end": end}
            for number, windows in enumerate(self.situation.weekly, start=1)
            for start, end in windows
        ]

    def _except(self) -> None:
        today, exceptions = self.now.astimezone(self.timetable.zone).date(), "/api/tutor/availability/"
        for ahead, windows in self.situation.overrides.items():
            self.timetable.overrides[today + ahead * DAY] = windows
            intervals = [{"start": start, "end": end} for start, end in windows]
            self._say(exceptions + "overrides", {"date": f"{today + ahead * DAY}", "intervals": intervals})
        for ahead, (start, end) in self.situation.additions.items():
            self.timetable.additions[today + ahead * DAY] = [(start, end)]
            self._say(
                exceptions + "additions", {"date": f"{today + ahead * DAY}", "start": start, "end": end}
            )
        for hours, length in self.situation.time_off:
            since = self.now.replace(minute=10, second=0, microsecond=0) + timedelta(hours=hours)
            until = since + timedelta(hours=length)
            self.timetable.closed.append((since, until))
            period = {"start_at": format_instant(since), "end_at": format_instant(until)}
            self._say(exceptions + "time-off", period)
        self.world.settle()

    def _say(self, path: str, body: Json) -> None:
        done(self.tutor.post(path, body), 201)

    def _book(self) -> None:
        """Book here and there, also as the student who tries; on the terms before."""
        terms = self.situation.terms_before
        for number in range(self.situation.bookings):
            student = [*self.others, self.student][number % 3]
            minutes = self.random.choice(terms["durations_minutes"])
            self.world.settle()
            free = [slot for day in slots_of(student, self.tutor, -1, 8, minutes) for slot in day["slots"]]
            if free:
                start = datetime.fromisoformat(self.random.choice(free)["start_at"])
                self._take(student, start, minutes)

    def _take(self, student: Student, start: datetime, minutes: int) -> None:
        terms = self.situation.terms_before
        self.booked.append(done(self._ask(student, start, minutes), 201))
        buffers = terms["buffer_before_minutes"], terms["buffer_after_minutes"]
        self.timetable.lessons.append(Lesson(start, minutes, *buffers))
        if student is self.student:
            self.busy.append((start, start + timedelta(minutes=minutes)))

    def _ask(self, student: Student, start: datetime, minutes: int) -> Any:
        return student.ask_for(self.tutor, start, duration_minutes=minutes)

    def _others_than(self, offered: list[datetime], minutes: int) -> list[datetime]:
        """Some starts that are not offered, whole minutes."""
        first = self.now.replace(second=0, microsecond=0)
        near = [*offered, *(lesson.start for lesson in self.timetable.lessons)]
        shifts = [timedelta(minutes=shift) for shift in (-30, -1, 1, 7, 45, minutes)]
        beside = {start + self.random.choice(shifts) for start in near}
        anywhere = {
            first + timedelta(minutes=self.random.randrange(-60, self.timetable.days * 24 * 60))
            for _ in range(TRIED)
        }
        for pool in (beside, anywhere, set(self._lessons())):
            pool -= set(offered)
        sample = self.random.sample(sorted(beside), min(TRIED, len(beside)))
        return [*sample, *sorted(anywhere), *(start for start in self._lessons() if start not in offered)]

    def _lessons(self) -> list[datetime]:
        return [lesson.start for lesson in self.timetable.lessons]
