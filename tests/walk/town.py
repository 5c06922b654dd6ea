"""A small town on all five services: tutors and students who do one thing after another, by the front doors.

What they ask for may be refused, but only as its contract declares; no door may fail. The town counts
what became of everything, and remembers the last steps to tell them when something is wrong.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from chassis.context import Actor
from contracts.booking import ReplacePolicy
from contracts.catalog import CourseKind, CreateCourse, OfferPackage
from contracts.errors import Denied, NotFound, Refusal
from contracts.message import Request, owner_of
from contracts.notifications import Channels, NotificationKind, ReplacePreferences
from contracts.scheduling import ListSlots, ReplaceAvailability, WeeklyWindow
from gateway.openapi import named_refusals
from tests.service.people import ADMIN, a_listed_tutor, a_person, a_profile, a_subject
from tests.subject import Subject
from tests.walk.aims import STUDENTS, TUTORS
from tests.walk.copies import COPIES
from tests.walk.truths import CONTRADICTIONS
from tests.watching import Grapevine, Logs

ACTIVE = "status IN ('HELD', 'PENDING', 'CONFIRMED')"
EVERY_DAY = [WeeklyWindow(day, "08:00", "20:00") for day in range(1, 8)]
LONGEST_SLEEP = timedelta(days=10)
MISSES = 8  # one aim in so many is at anything
NO_LETTERS = ReplacePreferences({kind: Channels(email=False) for kind in NotificationKind})

Time = tuple[int, int]


@dataclass(frozen=True)
class Teacher:
    """A tutor, what is taught, and a course of each kind."""

    actor: Actor
    subject_id: int
    course_id: int
    group_id: int

    @property
    def profile_id(self) -> int:
        return self.actor.profile_id


class Nothing(NamedTuple):
    """What stands for a thing where there is none."""

    student_id: int
    tutor_profile_id: int
    id: int = 10**9
    session_id: int = 10**9


class Town:
    def __init__(self, services: Mapping[str, Subject]) -> None:
        self._services, self._clock = services, services["booking"].clock
        stack = services["booking"].stack
        self._grapevine, self._logs = Grapevine(stack), Logs(stack)
        self.steps = self.checked_at = self.compared_at = 0
        self.outcomes: Counter[tuple[type[Request[Any]], str]] = Counter()
        self.wrong: AssertionError | None = None
        self._story: deque[str] = deque(maxlen=25)
        self.teachers = [self._a_teacher() for _ in range(TUTORS)]
        self.students = [a_person(services["catalog"]) for _ in range(STUDENTS)]
        for person in [*self.students, *(teacher.actor for teacher in self.teachers)]:
            self._asked(NO_LETTERS, person)
        self.settle()

    def close(self) -> None:
        self._grapevine.close()

    # --- what is done ----------------------------------------------------------------------------------

    def ask(self, request: Request[Any], by: Actor) -> str:
        """Have somebody ask for something; returns `done`, or why not, which is to be declared."""
        self.steps += 1
        refused, outcome = None, "done"
        try:
            self._asked(request, by)
        except Refusal as refusal:
            refused, outcome = type(refusal), refusal.code
        self.outcomes[type(request), outcome] += 1
        self._story.append(f"{self.now():%d %H:%M} {by.role} {by.id}: {request}: {outcome}")
        if refused and refused not in {*named_refusals(type(request)), Denied, NotFound}:
            self._complain(f"{outcome} is not declared")
        return outcome

    def sleep_until(self, moment: str, instant: datetime | None) -> None:
        """Let time pass, once everything that was told has been heard."""
        self.steps += 1
        self.settle()
        now = self.now()
        until = instant if instant and instant > now else now + timedelta(hours=1)
        self._clock.set(min(until, now + LONGEST_SLEEP))
        self._story.append(f"{moment}: it is {self.now():%d %H:%M}")

    # --- who and what is meant ---------------------------------------------------------------------------

    def one(self, table: str, aim: int, fits: str, *values: Any) -> Any:
        """Of the newest that fit one; where none does, or now and then, of all; at last nothing."""
        for condition, given in ((fits, values), ("true", ()))[aim % MISSES == MISSES - 1 :]:
            newest = f"SELECT * FROM {table} WHERE {condition} ORDER BY id DESC LIMIT 12"
            if found := self.look("booking", newest, *given):
                return found[aim % len(found)]
        return Nothing(self.students[0].id, self.teachers[0].profile_id)

    def package(self, student: Actor, teacher: Teacher) -> int | None:
        """The package that the student would use with the tutor, where there is one."""
        usable = "student_id = %s AND tutor_profile_id = %s AND status = 'active'"
        newest = f"SELECT id FROM packages WHERE {usable} ORDER BY id DESC LIMIT 1"
        found = self.look("booking", newest, student.id, teacher.profile_id)
        return found[0].id if found else None

    def listed(self, teacher: Teacher, student: Actor, aim: int) -> datetime:
        """A start that the student finds in the tutor's list of the coming days, or midnight."""
        today = self.now().date()
        asked = ListSlots(teacher.profile_id, today, today + timedelta(days=2), 60)
        starts = [slot.start_at for day in self._asked(asked, student).days for slot in day.slots]
        return starts[aim % len(starts)] if starts else self.at((1, 0))

    def student(self, of: Any) -> Actor:
        """The student of a booking, a package, an entry, a series."""
        return next(student for student in self.students if student.id == of.student_id)

    def teacher(self, of: Any) -> Teacher:
        """The tutor of a booking, a package, a session, a series, and what is taught."""
        return next(teacher for teacher in self.teachers if teacher.profile_id == of.tutor_profile_id)

    def tutor(self, of: Any) -> Actor:
        return self.teacher(of).actor

    def on(self, side: str, of: Any) -> Actor:
        """Whoever is on that side of it."""
        if side == "admin":
            return ADMIN
        return self.student(of) if side == "student" else self.tutor(of)

    # --- how things are ----------------------------------------------------------------------------------

    def now(self) -> datetime:
        return self._clock.now()

    def at(self, when: Time) -> datetime:
        """So many days ahead, so many half hours after midnight."""
        days, half_hours = when
        midnight = datetime.combine(self.now().date(), time(), UTC)
        return midnight + timedelta(days=days, minutes=30 * half_hours)

    def look(self, service: str, statement: str, *values: Any) -> list[Any]:
        """Look into a service's tables from a connection of one's own."""
        return self._grapevine.sql(service, statement, *values)

    def settle(self) -> None:
        """Wait until queues and outboxes are empty."""
        self._grapevine.settle()

    def check(self) -> None:
        """Nothing contradicts what always holds, and no process has logged an error."""
        self.checked_at = self.steps
        for truth, query in CONTRADICTIONS.items():
            if found := self.look("booking", query):
                self._complain(f"{truth}: {found}")
        if complaints := self._logs.complaints():
            self._complain("\n".join(complaints))

    def check_copies(self) -> None:
        """Everybody knows of others' things what their owners say."""
        self.compared_at = self.steps
        self.settle()
        for each in COPIES:
            truth = set(self.look(each.owner, each.truth))
            copy = set(self.look(each.keeper, each.copy))
            if truth != copy:
                self._complain(f"{each}: {truth - copy} is {copy - truth}")

    def _complain(self, complaint: str) -> None:
        """Raises the complaint, after what was done before it; the first is the one that matters."""
        said = AssertionError("\n".join([*self._story, f"step {self.steps}: {complaint}"]))
        self.wrong = self.wrong or said
        raise said

    # --- how it begins -----------------------------------------------------------------------------------

    def _asked(self, request: Request[Any], by: Actor) -> Any:
        return self._services[owner_of(type(request))].ask(request, by)

    def _a_teacher(self) -> Teacher:
        catalog = self._services["catalog"]
        subject_id = a_subject(catalog)
        actor = a_listed_tutor(catalog, a_profile(subject_id, currency="EUR"))
        self._asked(ReplaceAvailability("UTC", EVERY_DAY), actor)
        self._asked(ReplacePolicy(min_notice_hours=0), actor)
        alone, group = (self._a_course(actor, subject_id, kind) for kind in CourseKind)
        self._asked(OfferPackage("Three lessons", 3, Decimal(100), valid_days=9), actor)
        self._asked(OfferPackage("Ten seats", 10, Decimal(270), valid_days=20, course_id=group), actor)
        return Teacher(actor, subject_id, alone, group)

    def _a_course(self, tutor: Actor, subject_id: int, kind: CourseKind) -> int:
        course = CreateCourse(subject_id, f"A course {kind}", 60, kind=kind, price=Decimal(30))
        course_id: int = self._asked(course, tutor).id
        return course_id
