"""What is on in the demo besides single lessons: followed courses, group sessions, packages, a series.

Read from the table beside, else pure. All of it lies fixed by the day of the making; the single
lessons find their time around it. Making it so is `attending`'s part.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from contracts.booking import WEEKS_AHEAD
from deploy.demo.cast import Cast, CoursePlan, PackagePlan, Person, Tutor, read_table
from deploy.demo.diary import Diary
from deploy.demo.wishes import STOPS

ANNOUNCED = 5  # days ahead, at least

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Following:
    """A student who follows a course."""

    student: Person
    tutor: Tutor
    course: CoursePlan


@dataclass(frozen=True, eq=False)
class Session:
    """A group session that is announced at a stop, whose seats are taken and waited for at once."""

    stop: int
    tutor: Tutor
    course: CoursePlan
    start: datetime
    capacity: int
    students: Sequence[Person]
    waiting: Sequence[Person]

    @property
    def people(self) -> Sequence[Person]:
        """Whose time it may take, but for the tutor's."""
        return [*self.students, *self.waiting]


@dataclass(frozen=True)
class Purchase:
    """A package that a student buys at the first stop."""

    student: Person
    tutor: Tutor
    package: PackagePlan


@dataclass(frozen=True, eq=False)
class Series:
    """A lesson a week that is agreed on at the first stop, with all that is to come of it until the last."""

    purchase: Purchase
    course: CoursePlan
    first: date
    clock: str
    starts: Sequence[datetime]
    skipped: int

    @property
    def tutor(self) -> Tutor:
        return self.purchase.tutor

    @property
    def student(self) -> Person:
        return self.purchase.student


@dataclass(frozen=True)
class Programme:
    """All of it."""

    followings: Sequence[Following]
    sessions: Sequence[Session]
    purchases: Sequence[Purchase]
    series: Sequence[Series]

    @property
    def bookings(self) -> int:
        """How many there will be of it."""
        seats = sum(len(session.students) for session in self.sessions)
        return seats + sum(len(series.starts) for series in self.series)

    def note_in(self, diary: Diary) -> None:
        """Have everybody's time taken."""
        for session in self.sessions:
            diary.note(session.start, session.course.minutes, session.tutor.person, *session.people)
        for series in self.series:
            for start in series.starts:
                diary.note(start, series.course.minutes, series.tutor.person, series.student)


def read_programme(cast: Cast, today: date) -> Programme:
    """The programme of a demo that is made on this day."""
    table = read_table("programme")
    reader = _Reader(today, _by_name(cast), {student.name: student for student in cast.students})
    sessions = [reader.session(row) for row in table["sessions"]]
    followed = [following for row in table["followed"] for following in reader.followings(row)]
    return Programme(
        followings=list(dict.fromkeys([*followed, *_attending(sessions)])),
        sessions=sessions,
        purchases=[reader.purchase(row) for row in table["purchases"]],
        series=[reader.series(row) for row in table["series"]],
    )


def _by_name(cast: Cast) -> dict[str, Tutor]:
    return {tutor.person.name: tutor for tutor in cast.listed}


def _attending(sessions: Sequence[Session]) -> Iterator[Following]:
    for session in sessions:
        for student in session.people:
            yield Following(student, session.tutor, session.course)


@dataclass(frozen=True)
class _Reader:
    """Finds who is meant, and when."""

    today: date
    tutors: Mapping[str, Tutor]
    students: Mapping[str, Person]

    def followings(self, row: Row) -> Iterator[Following]:
        tutor = self.tutors[row["tutor"]]
        for name in row["students"]:
            yield Following(self.students[name], tutor, tutor.course(row["course"]))

    def session(self, row: Row) -> Session:
        tutor = self.tutors[row["tutor"]]
        return Session(
            stop=_stop_before(row["day"]),
            tutor=tutor,
            course=tutor.course(row["course"]),
            start=self._instant(row["day"], row["time"], tutor),
            capacity=row["capacity"],
            students=[self.students[name] for name in row["students"]],
            waiting=[self.students[name] for name in row.get("waiting", [])],
        )

    def purchase(self, row: Row) -> Purchase:
        tutor = self.tutors[row["tutor"]]
        return Purchase(self.students[row["student"]], tutor, tutor.package(row["package"]))

    def series(self, row: Row) -> Series:
        purchase = self.purchase(row)
        tutor, days = purchase.tutor, range(row["day"], 7 * WEEKS_AHEAD + 1, 7)
        open_days = [day for day in days if day not in tutor.days_off]
        return Series(
            purchase=purchase,
            course=tutor.course(row["course"]),
            first=self._date(row["day"]),
            clock=row["time"],
            starts=[self._instant(day, row["time"], tutor) for day in open_days],
            skipped=len(days) - len(open_days),
        )

    def _instant(self, day: int, clock: str, tutor: Tutor) -> datetime:
        local = datetime.combine(self._date(day), time.fromisoformat(clock), ZoneInfo(tutor.person.zone))
        return local.astimezone(UTC)

    def _date(self, day: int) -> date:
        return self.today + timedelta(days=day)


def _stop_before(day: int) -> int:
    """The last stop that lies long enough before the day."""
    latest = timedelta(days=day - ANNOUNCED)
    return max(number for number, stop in enumerate(STOPS) if stop <= latest)
