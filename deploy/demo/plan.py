"""Which lessons the demo has, and every step in the life of each: the same for the same day.

Pure. A lesson is placed within the hours of its tutor, apart from the others of both sides, and takes
its steps at a few *stops* in time, between which the clock is moved. Making it so is `living`'s part.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum, auto
from zoneinfo import ZoneInfo

from contracts.booking import BookingStatus, LessonType
from deploy.demo.cast import Cast, CoursePlan, Person, Tutor
from deploy.demo.wishes import (
    FIRST_WEEK,
    NEXT_DAYS,
    NEXT_WEEK,
    SECOND_WEEK,
    STOPS,
    THIRD_WEEK,
    Wish,
    own_wishes,
)

DAY = timedelta(days=1)
APART = timedelta(hours=1)  # between two lessons of one person; more than any tutor's buffers
MOST_A_DAY = 2


class Act(StrEnum):
    """What somebody does with a lesson."""

    BOOK = auto()
    HOLD = auto()
    CONFIRM = auto()
    DECLINE = auto()
    MOVE = auto()
    CANCEL_AS_STUDENT = auto()
    CANCEL_AS_TUTOR = auto()
    CANCEL_AS_ADMIN = auto()
    COMPLETE = auto()
    MISS_STUDENT = auto()
    MISS_TUTOR = auto()
    REVIEW = auto()
    REPLY = auto()


@dataclass(frozen=True)
class Step:
    """An act at a stop, with what is said with it."""

    stop: int
    act: Act
    words: str = ""
    stars: int = 0


@dataclass(frozen=True, eq=False)
class Lesson:
    """A lesson to be lived through; `becomes` is its status at the end of all steps."""

    tutor: Tutor
    student: Person
    start: datetime
    minutes: int
    subject: str
    course: CoursePlan | None
    lesson_type: LessonType
    notes: str
    becomes: BookingStatus
    moved_to: datetime | None = None
    steps: Sequence[Step] = ()

    @property
    def end(self) -> datetime:
        return (self.moved_to or self.start) + timedelta(minutes=self.minutes)


def plan_lessons(cast: Cast, today: datetime) -> list[Lesson]:
    """Every lesson of the demo; `today` is the instant of the last stop."""
    planner = Planner(cast, today)
    own = [planner.place(wish) for wish in own_wishes(cast)]
    return [*own, *(planner.place(wish) for wish in planner.usual())]


class NoRoom(Exception):
    """A wish for which there is no time."""


@dataclass
class Planner:
    """Finds times, and chooses what does not matter by a die that always falls the same."""

    cast: Cast
    today: datetime
    die: random.Random = field(default_factory=lambda: random.Random(2))  # noqa: S311 - not for secrets
    busy: dict[str, list[tuple[datetime, datetime]]] = field(default_factory=dict)

    def usual(self) -> Iterator[Wish]:
        """What an ordinary tutor's fortnight looks like."""
        for tutor in self.cast.listed:
            for span in (FIRST_WEEK, SECOND_WEEK, THIRD_WEEK):
                [status] = self.die.choices(list(USUAL_ENDS), weights=list(USUAL_ENDS.values()))
                yield Wish(tutor, None, span, status, reviewed=self.die.random() < 0.8)
            yield Wish(tutor, None, NEXT_DAYS, BookingStatus.CONFIRMED)
            asked = BookingStatus.PENDING if tutor.approves else BookingStatus.CONFIRMED
            yield Wish(tutor, None, NEXT_WEEK, asked)

    def place(self, wish: Wish) -> Lesson:
        """The wish as a lesson at a time of its own. Raises `NoRoom`."""
        subject, course, minutes = self._matter(wish.tutor)
        for student in [wish.student] if wish.student else self._students():
            if starts := self._starts(wish, student, minutes):
                start = self.die.choice(starts)
                self._take(wish.tutor, student, start, minutes)
                lesson = Lesson(
                    wish.tutor, student, start, minutes, subject, course,
                    self._lesson_type(), self.die.choice(self.cast.words.notes[subject]), wish.becomes,
                )  # fmt: skip
                lesson = self._moved(lesson, wish)
                return replace(lesson, steps=tuple(self._steps(lesson, wish)))
        raise NoRoom(f"{wish.tutor.person.name} has no time for {wish}")

    # --- what, with whom, when ------------------------------------------------------------------------

    def _matter(self, tutor: Tutor) -> tuple[str, CoursePlan | None, int]:
        if tutor.courses and self.die.random() < 0.3:
            course = self.die.choice(tutor.courses)
            return course.subject, course, course.minutes
        lengths = [minutes for minutes in tutor.terms.durations_minutes if minutes <= 90]
        return self.die.choice(list(tutor.subjects)), None, self.die.choice(lengths)

    def _students(self) -> list[Person]:
        """Everybody but the demo's own student, in a new order."""
        return self.die.sample(self.cast.students[1:], len(self.cast.students) - 1)

    def _lesson_type(self) -> LessonType:
        return self.die.choices(list(LessonType), weights=(8, 1, 1))[0]

    def _starts(self, wish: Wish, student: Person, minutes: int) -> list[datetime]:
        since, until = self.today + wish.span.since, self.today + wish.span.until
        return [
            start
            for start in full_hours(wish.tutor, since, until, minutes)
            if self._is_free(wish.tutor, student, start, minutes)
        ]

    def _is_free(self, tutor: Tutor, student: Person, start: datetime, minutes: int) -> bool:
        end = start + timedelta(minutes=minutes)
        theirs = self.busy.get(tutor.person.email, [])
        taken = [*theirs, *self.busy.get(student.email, [])]
        apart = all(end + APART <= begin or finish + APART <= start for begin, finish in taken)
        zone = ZoneInfo(tutor.person.zone)
        same_day = [begin for begin, _ in theirs if _date(begin, zone) == _date(start, zone)]
        return apart and len(same_day) < MOST_A_DAY

    def _take(self, tutor: Tutor, student: Person, start: datetime, minutes: int) -> None:
        for person in (tutor.person, student):
            self.busy.setdefault(person.email, []).append((start, start + timedelta(minutes=minutes)))

    def _moved(self, lesson: Lesson, wish: Wish) -> Lesson:
        if wish.moved_to is None:
            return lesson
        there = replace(wish, span=wish.moved_to)
        starts = self._starts(there, lesson.student, lesson.minutes)
        if not starts:
            raise NoRoom(f"{wish.tutor.person.name} can not move {wish}")
        self._take(lesson.tutor, lesson.student, starts[0], lesson.minutes)
        return replace(lesson, moved_to=starts[0])

    # --- the steps ------------------------------------------------------------------------------------

    def _steps(self, lesson: Lesson, wish: Wish) -> Iterator[Step]:
        booked, over = wish.span.stop, self._stop_after(lesson.end)
        reasons = self.cast.words.reasons
        yield Step(booked, Act.HOLD if wish.held else Act.BOOK)
        if lesson.tutor.approves and wish.becomes not in UNANSWERED:
            yield Step(booked, Act.CONFIRM, reasons["confirmed"])
        if lesson.moved_to and wish.moved_to:
            yield Step(wish.moved_to.stop, Act.MOVE)
        if wish.becomes in ENDS:
            act = ENDS[wish.becomes]
            at = over if act in AFTERWARDS else booked if wish.ends_at is None else wish.ends_at
            yield Step(at, act, reasons[wish.becomes.value.lower()])
        if wish.becomes is BookingStatus.COMPLETED:
            yield from self._afterwards(lesson, wish, over)

    def _afterwards(self, lesson: Lesson, wish: Wish, over: int) -> Iterator[Step]:
        """Completed by hand, unless a day has passed and it was by itself; then reviewed and answered."""
        if (lesson.moved_to or lesson.start) + DAY > self._stops[over]:
            yield Step(over, Act.COMPLETE)
        if wish.reviewed:
            stars = max(2, min(5, round(self.die.gauss(lesson.tutor.rating, 0.8))))
            words = self.cast.words
            yield Step(over, Act.REVIEW, self.die.choice(words.reviews[str(stars)]), stars)
            if self.die.random() < 0.5:
                yield Step(over, Act.REPLY, self.die.choice(words.answers[str(stars)]))

    @property
    def _stops(self) -> list[datetime]:
        return [self.today + stop for stop in STOPS]

    def _stop_after(self, end: datetime) -> int:
        """The first stop at which it is over; the last one for what is still to come."""
        return next((i for i, stop in enumerate(self._stops) if stop >= end), len(STOPS) - 1)


BOOKING = frozenset({Act.BOOK, Act.HOLD})

# How often a past lesson has come to which end.
USUAL_ENDS = {
    BookingStatus.COMPLETED: 20,
    BookingStatus.CANCELLED_BY_STUDENT: 2,
    BookingStatus.CANCELLED_BY_TUTOR: 1,
}

# What a tutor never says anything to, and how the others come to their end.
UNANSWERED = frozenset(
    {BookingStatus.PENDING, BookingStatus.DECLINED, BookingStatus.HELD, BookingStatus.EXPIRED}
)
ENDS = {
    BookingStatus.DECLINED: Act.DECLINE,
    BookingStatus.CANCELLED_BY_STUDENT: Act.CANCEL_AS_STUDENT,
    BookingStatus.CANCELLED_BY_TUTOR: Act.CANCEL_AS_TUTOR,
    BookingStatus.CANCELLED_BY_ADMIN: Act.CANCEL_AS_ADMIN,
    BookingStatus.NO_SHOW_STUDENT: Act.MISS_STUDENT,
    BookingStatus.NO_SHOW_TUTOR: Act.MISS_TUTOR,
}
AFTERWARDS = frozenset({Act.MISS_STUDENT, Act.MISS_TUTOR})


def full_hours(tutor: Tutor, since: datetime, until: datetime, minutes: int) -> list[datetime]:
    """The starts on full hours of the tutor's windows, within [since, until]."""
    zone = ZoneInfo(tutor.person.zone)
    days = (_date(until, zone) - _date(since, zone)).days + 1
    found: list[datetime] = []
    for day in (_date(since, zone) + n * DAY for n in range(days)):
        for window in tutor.hours:
            if window.weekday == day.isoweekday():
                found += _of_window(day, window.start, window.end, minutes, zone)
    return sorted(start for start in found if since <= start <= until)


def _of_window(day: date, start: str, end: str, minutes: int, zone: ZoneInfo) -> Iterator[datetime]:
    opens, closes = (
        datetime.combine(day, time.fromisoformat(edge), zone).astimezone(UTC) for edge in (start, end)
    )
    while opens + timedelta(minutes=minutes) <= closes:
        yield opens
        opens += timedelta(hours=1)


def _date(instant: datetime, zone: ZoneInfo) -> date:
    return instant.astimezone(zone).date()
