"""Which single lessons the demo has, and every step in the life of each: the same for the same day.

Pure. A lesson is placed within the hours of its tutor, apart from the others of both sides, and takes
its steps at a few *stops* in time, between which the clock is moved. What does not matter is left to
a die that always falls the same. Making it so is `living`'s part.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum, auto

from contracts.booking import BookingStatus, LessonType
from deploy.demo.cast import Cast, CoursePlan, Person, Tutor, Words
from deploy.demo.diary import Diary
from deploy.demo.programme import Programme
from deploy.demo.wishes import (
    FIRST_WEEK,
    NEXT_DAYS,
    NEXT_WEEK,
    SECOND_WEEK,
    STOPS,
    THIRD_WEEK,
    Span,
    Wish,
    own_wishes,
)

DAY = timedelta(days=1)
LONGEST = 90  # minutes


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


def plan_lessons(cast: Cast, programme: Programme, today: datetime) -> list[Lesson]:
    """Every lesson of the demo, beside its programme; `today` is the last stop's instant. Raises `NoRoom`."""
    diary = Diary()
    programme.note_in(diary)
    wishes = [*own_wishes(cast), *usual_wishes(cast, _die("the usual"))]
    return [_Planner(cast, today, diary, _die(str(number))).place(wish) for number, wish in enumerate(wishes)]


def usual_wishes(cast: Cast, die: random.Random) -> Iterator[Wish]:
    """What an ordinary tutor's weeks look like."""
    for tutor in cast.listed:
        for span in (FIRST_WEEK, SECOND_WEEK, THIRD_WEEK):
            [status] = die.choices(list(USUAL_ENDS), weights=list(USUAL_ENDS.values()))
            yield Wish(tutor, None, span, status, reviewed=die.random() < 0.8)
        yield Wish(tutor, None, NEXT_DAYS, BookingStatus.CONFIRMED)
        asked = BookingStatus.PENDING if tutor.approves else BookingStatus.CONFIRMED
        yield Wish(tutor, None, NEXT_WEEK, asked)


class NoRoom(Exception):
    """A wish for which there is no time."""


@dataclass(frozen=True)
class _Planner:
    """Makes a lesson of one wish."""

    cast: Cast
    today: datetime
    diary: Diary
    die: random.Random

    def place(self, wish: Wish) -> Lesson:
        """The wish at a time of its own, with all its steps. Raises `NoRoom`."""
        draft = self._draft(wish)
        for student in [wish.student] if wish.student else self._students():
            lesson = replace(draft, student=student)
            if starts := self._starts(lesson, wish.span):
                # One throw, however many starts there are: what follows is the same on every day.
                start = starts[int(self.die.random() * len(starts))]
                return self._with_steps(self._at(lesson, start, wish), wish)
        raise NoRoom(f"{wish.tutor.person.name} has no time for {wish}")

    def _draft(self, wish: Wish) -> Lesson:
        """All of it but when and with whom."""
        subject, course, minutes = self._matter(wish.tutor)
        return Lesson(
            tutor=wish.tutor,
            student=self.cast.students[0],
            start=self.today,
            minutes=minutes,
            subject=subject,
            course=course,
            lesson_type=self.die.choices(list(LessonType), weights=(8, 1, 1))[0],
            notes=self.die.choice(self.cast.words.notes[subject]),
            becomes=wish.becomes,
        )

    def _matter(self, tutor: Tutor) -> tuple[str, CoursePlan | None, int]:
        courses = tutor.ordinary_courses
        if courses and self.die.random() < 0.3:
            course = self.die.choice(courses)
            return course.subject, course, course.minutes
        lengths = [minutes for minutes in tutor.terms.durations_minutes if minutes <= LONGEST]
        return self.die.choice(list(tutor.subjects)), None, self.die.choice(lengths)

    def _students(self) -> list[Person]:
        """Everybody but the demo's own student, in some order."""
        return self.die.sample(self.cast.students[1:], len(self.cast.students) - 1)

    def _starts(self, lesson: Lesson, span: Span) -> list[datetime]:
        since, until = self.today + span.since, self.today + span.until
        return self.diary.free_starts(lesson.tutor, lesson.student, lesson.minutes, since, until)

    def _at(self, lesson: Lesson, start: datetime, wish: Wish) -> Lesson:
        """Written into the diary at this start, and where it will be moved to. Raises `NoRoom`."""
        both = lesson.tutor.person, lesson.student
        self.diary.note(start, lesson.minutes, *both)
        if wish.moved_to is None:
            return replace(lesson, start=start)
        there = self._starts(lesson, wish.moved_to)
        if not there:
            raise NoRoom(f"{wish.tutor.person.name} can not move {wish}")
        self.diary.note(there[0], lesson.minutes, *both)
        return replace(lesson, start=start, moved_to=there[0])

    def _with_steps(self, lesson: Lesson, wish: Wish) -> Lesson:
        stops = [self.today + stop for stop in STOPS]
        over = next((i for i, stop in enumerate(stops) if stop >= lesson.end), len(stops) - 1)
        steps = [*_until_the_end(lesson, wish, over, self.cast.words)]
        if wish.becomes is BookingStatus.COMPLETED:
            by_itself = (lesson.moved_to or lesson.start) + DAY <= stops[over]
            steps += [] if by_itself else [Step(over, Act.COMPLETE)]
            steps += self._review(lesson, over) if wish.reviewed else []
        return replace(lesson, steps=tuple(steps))

    def _review(self, lesson: Lesson, over: int) -> list[Step]:
        """What the student says of it, and half of the tutors to that."""
        stars = max(2, min(5, round(self.die.gauss(lesson.tutor.rating, 0.8))))
        words = self.cast.words
        review = Step(over, Act.REVIEW, self.die.choice(words.reviews[str(stars)]), stars)
        reply = Step(over, Act.REPLY, self.die.choice(words.answers[str(stars)]))
        return [review, reply] if self.die.random() < 0.5 else [review]


def _until_the_end(lesson: Lesson, wish: Wish, over: int, words: Words) -> Iterator[Step]:
    """Booked, answered, moved, and ended where it does not end well."""
    booked = wish.span.stop
    yield Step(booked, Act.HOLD if wish.held else Act.BOOK)
    if lesson.tutor.approves and wish.becomes not in UNANSWERED:
        yield Step(booked, Act.CONFIRM, words.reasons["confirmed"])
    if wish.moved_to:
        yield Step(wish.moved_to.stop, Act.MOVE)
    if act := ENDS.get(wish.becomes):
        before = booked if wish.ends_at is None else wish.ends_at
        reason = words.reasons[wish.becomes.value.lower()]
        yield Step(over if act in AFTERWARDS else before, act, reason)


def _die(seed: str) -> random.Random:
    return random.Random(seed)  # noqa: S311 - nothing here is secret
