"""Living the planned lessons through: at each stop, everything that is done at that time.

What an earlier, interrupted making did is found and left as it is; a step for which the time has
meanwhile passed is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto
from functools import partial
from typing import Any

from chassis.context import Actor
from contracts.booking import (
    BookingStatus,
    BookingView,
    CancelBooking,
    CompleteBooking,
    ConfirmBooking,
    CreateBooking,
    DeclineBooking,
    GetBooking,
    ListBookings,
    MarkNoShowStudent,
    MarkNoShowTutor,
    RescheduleBooking,
)
from contracts.catalog import SearchTutors
from contracts.errors import (
    AlreadyReplied,
    AlreadyReviewed,
    AlreadyStarted,
    NotCompleted,
    NotFound,
    NotOpen,
    SubjectNotTaught,
    TooEarlyForNoShow,
    TooLateForNoShow,
    TutorNotApproved,
    WrongStatus,
)
from contracts.message import Command
from contracts.notifications import ListNotifications
from contracts.reviews import CreateReview, ListReviews, ReplyToReview
from deploy.demo.doors import Doors, together
from deploy.demo.opening import Company
from deploy.demo.plan import BOOKING, Act, Lesson, Step

# What booking says until it has learned of a tutor, a course, open hours.
NOT_LEARNED_YET = (NotFound, NotOpen, SubjectNotTaught, TutorNotApproved)

# What is said to a step that was taken before, or for which it is too late.
PASSED = (AlreadyReplied, AlreadyReviewed, AlreadyStarted, TooEarlyForNoShow, TooLateForNoShow, WrongStatus)


class Who(Enum):
    """Whose act it is."""

    STUDENT = auto()
    TUTOR = auto()
    ADMIN = auto()


@dataclass
class Life:
    """The lessons of a plan as they come to be; `bookings` knows those that are there already."""

    doors: Doors
    company: Company
    admin: Actor
    lessons: Sequence[Lesson]
    bookings: dict[Lesson, int] = field(default_factory=dict)

    def remember(self) -> None:
        """Find what an earlier making has booked."""
        there = {_place(view): view.id for view in self._all_bookings()}
        for lesson in self.lessons:
            for start in filter(None, (lesson.start, lesson.moved_to)):
                if booking := there.get((self._tutor(lesson).profile_id, self._student(lesson).id, start)):
                    self.bookings[lesson] = booking

    def live(self, stop: int) -> None:
        """Take every step of this stop, each lesson's in their order."""
        together(partial(self._live, lesson, stop) for lesson in self.lessons)

    def heard(self, stop: int) -> None:
        """Wait until people have been told of what was booked at this stop: it is told in its time."""
        booked = [lesson for lesson in self.lessons if Step(stop, Act.BOOK) in lesson.steps]
        for lesson in booked[-1:]:
            self.doors.wait_until(partial(self._has_heard, self._student(lesson), self.bookings[lesson]))

    def settled(self) -> list[Lesson]:
        """Wait until time has done its part; the lessons that have come out otherwise all the same."""
        self.doors.wait_until(lambda: not self._astray())
        return self._astray()

    def rated(self) -> None:
        """Wait until every review counts in its tutor's rating."""
        written = sum(step.act is Act.REVIEW for lesson in self.lessons for step in lesson.steps)
        self.doors.wait_until(lambda: self._counted() >= written)

    # --- steps ------------------------------------------------------------------------------------------

    def _live(self, lesson: Lesson, stop: int) -> None:
        for step in lesson.steps:
            if step.stop == stop:
                self._take(lesson, step)

    def _take(self, lesson: Lesson, step: Step) -> None:
        if step.act in BOOKING:
            if lesson not in self.bookings:
                self._book(lesson, step)
        elif step.act is Act.REVIEW:
            self._review(lesson, step)
        elif step.act is Act.REPLY:
            self._reply(lesson, step)
        else:
            who, request = _ACTS[step.act]
            with suppress(*PASSED):
                self.doors.ask(request(self.bookings[lesson], lesson, step), self._actor(lesson, who))

    def _book(self, lesson: Lesson, step: Step) -> None:
        tutor = self._tutor(lesson)
        course = self.company.course(lesson.tutor, lesson.course) if lesson.course else None
        wanted = CreateBooking(
            tutor_profile_id=tutor.profile_id,
            start_at=lesson.start,
            duration_minutes=lesson.minutes,
            lesson_type=lesson.lesson_type,
            subject_id=None if course else self.company.subjects[lesson.subject],
            course_id=course,
            notes_student=lesson.notes,
            hold=step.act is Act.HOLD,
        )
        booked = self.doors.ask_when_known(wanted, self._student(lesson), *NOT_LEARNED_YET)
        self.bookings[lesson] = booked.id

    def _review(self, lesson: Lesson, step: Step) -> None:
        """Once the lesson is completed, which time may have to do; reviews learn of it a moment later."""
        booking, student = self.bookings[lesson], self._student(lesson)
        self.doors.wait_until(
            lambda: self.doors.ask(GetBooking(booking), student).status is not BookingStatus.CONFIRMED
        )
        if self.doors.ask(GetBooking(booking), student).status is BookingStatus.COMPLETED:
            review = CreateReview(booking, step.stars, step.words)
            with suppress(AlreadyReviewed):
                self.doors.ask_when_known(review, student, NotCompleted, NotFound)

    def _reply(self, lesson: Lesson, step: Step) -> None:
        tutor = self._tutor(lesson)
        reviews = self.doors.ask(ListReviews(tutor.profile_id, page_size=100)).items
        for review in reviews:
            if review.booking_id == self.bookings[lesson]:
                self.doors.ask_once(ReplyToReview(review.id, step.words), tutor, AlreadyReplied)

    # --- looking ----------------------------------------------------------------------------------------

    def _astray(self) -> list[Lesson]:
        there = {view.id: view.status for view in self._all_bookings()}
        return [lesson for lesson in self.lessons if there[self.bookings[lesson]] is not lesson.becomes]

    def _all_bookings(self) -> Iterator[BookingView]:
        page, total = 1, 1
        while (page - 1) * 100 < total:
            view = self.doors.ask(ListBookings(page=page, page_size=100), self.admin)
            yield from view.items
            page, total = page + 1, view.total

    def _has_heard(self, student: Actor, booking: int) -> bool:
        told = self.doors.ask(ListNotifications(page_size=100), student).items
        return any(notification.booking_id == booking for notification in told)

    def _counted(self) -> int:
        return sum(tutor.total_reviews for tutor in self.doors.ask(SearchTutors(page_size=100)).items)

    # --- people -----------------------------------------------------------------------------------------

    def _tutor(self, lesson: Lesson) -> Actor:
        return self.company.of(lesson.tutor.person)

    def _student(self, lesson: Lesson) -> Actor:
        return self.company.of(lesson.student)

    def _actor(self, lesson: Lesson, who: Who) -> Actor:
        match who:
            case Who.STUDENT:
                return self._student(lesson)
            case Who.TUTOR:
                return self._tutor(lesson)
            case Who.ADMIN:
                return self.admin


def _place(view: BookingView) -> tuple[int, int, datetime]:
    return view.tutor_profile_id, view.student_id, view.start_time


def _cancel(booking: int, _: Lesson, step: Step) -> CancelBooking:
    return CancelBooking(booking, step.words)


def _move(booking: int, lesson: Lesson, _: Step) -> RescheduleBooking:
    assert lesson.moved_to is not None
    return RescheduleBooking(booking, lesson.moved_to)


_Asking = Callable[[int, Lesson, Step], Command[Any]]

# Who does it, and what is asked for it.
_ACTS: Mapping[Act, tuple[Who, _Asking]] = {
    Act.CONFIRM: (Who.TUTOR, lambda booking, _, step: ConfirmBooking(booking, step.words)),
    Act.DECLINE: (Who.TUTOR, lambda booking, _, step: DeclineBooking(booking, step.words)),
    Act.MOVE: (Who.STUDENT, _move),
    Act.CANCEL_AS_STUDENT: (Who.STUDENT, _cancel),
    Act.CANCEL_AS_TUTOR: (Who.TUTOR, _cancel),
    Act.CANCEL_AS_ADMIN: (Who.ADMIN, _cancel),
    Act.COMPLETE: (Who.TUTOR, lambda booking, _, __: CompleteBooking(booking)),
    Act.MISS_STUDENT: (Who.TUTOR, lambda booking, _, step: MarkNoShowStudent(booking, step.words)),
    Act.MISS_TUTOR: (Who.STUDENT, lambda booking, _, step: MarkNoShowTutor(booking, step.words)),
}
