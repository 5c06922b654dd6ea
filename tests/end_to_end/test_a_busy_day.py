"""Many people do anything at any time; afterwards everything agrees with everything.

Students and tutors act at once and at random for a while, as people who look at old pages do: they book,
hold, move, cancel, confirm and decline what may be gone already. Whoever is refused is refused in order,
and what booking decided is what the ledger, the slot lists, the histories and the notifications say.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random
from zoneinfo import ZoneInfo

import pytest
from requests import Response

from contracts.formats import format_instant
from tests.end_to_end.people import (
    EVERY_DAY,
    Json,
    Person,
    Student,
    Tutor,
    a_student,
    a_tutor,
    done,
    ledger_of,
    start_of,
    the_admin,
    wanted,
)
from tests.end_to_end.timetable import Lesson, Timetable
from tests.end_to_end.world import World

SEED = 5
TUTORS, STUDENTS, ACTS_EACH = 2, 6, 40
ACTIVE = ("HELD", "PENDING", "CONFIRMED")
TERMS = {
    "durations_minutes": [30, 60, 90],
    "slot_step_minutes": 30,
    "buffer_before_minutes": 0,
    "buffer_after_minutes": 15,
    "min_notice_hours": 24,
    "booking_window_days": 4,
    "max_bookings_per_day": None,
}
HOURS: dict[int, list[tuple[str, str]]] = {day["weekday"]: [(day["start"], day["end"])] for day in EVERY_DAY}  # type: ignore[dict-item]


class Day:
    """The people of a busy day, and what they were answered."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.tutors = [a_tutor(world, "UTC", **TERMS) for _ in range(TUTORS)]
        self.students = [a_student(world) for _ in range(STUDENTS)]
        for person in (*self.tutors, *self.students):
            person.wants_no_letters()
        self.starts = self.tutors[0].starts(first=2, last=4)
        self.made: list[Json] = []
        self.answers: list[tuple[str, Response]] = []

    def live(self) -> None:
        """Everybody acts at once."""
        people: list[Person] = [*self.students, *self.tutors]
        for person in people:
            person.token()
        with ThreadPoolExecutor(len(people)) as threads:
            list(threads.map(self._act, people, range(len(people))))

    def _act(self, person: Person, number: int) -> None:
        random = Random(f"{SEED} {number}")
        for _ in range(ACTS_EACH):
            act = random.choice(STUDENTS_ACTS if isinstance(person, Student) else TUTORS_ACTS)
            response = act(self, person, random)
            if response is not None:
                self.answers.append((act.__name__, response))
                if response.status_code == 201:
                    self.made.append(response.json())

    def any_booking(self, person: Person, random: Random) -> int:
        """One's own as a rule, sometimes somebody else's."""
        own = [each for each in self.made if person.name in (each["student_name"], each["tutor_name"])]
        pool = own if random.random() < 0.9 else self.made
        return random.choice(pool)["id"] if pool else 1


def take(day: Day, student: Student, random: Random, hold: bool = False) -> Response:
    tutor, start = random.choice(day.tutors), random.choice(day.starts)
    body = wanted(tutor, start, duration_minutes=random.choice((30, 60, 90)), hold=hold)
    return student.post("/api/bookings", body)


def hold(day: Day, student: Student, random: Random) -> Response:
    return take(day, student, random, hold=True)


def check_out(day: Day, student: Student, random: Random) -> Response:
    return student.post(f"/api/bookings/{day.any_booking(student, random)}/checkout")


def move(day: Day, student: Student, random: Random) -> Response:
    body = {"new_start_at": format_instant(random.choice(day.starts))}
    return student.post(f"/api/bookings/{day.any_booking(student, random)}/reschedule", body)


def cancel(day: Day, person: Person, random: Random) -> Response:
    return person.post(f"/api/bookings/{day.any_booking(person, random)}/cancel")


def confirm(day: Day, tutor: Tutor, random: Random) -> Response:
    return tutor.post(f"/api/tutor/bookings/{day.any_booking(tutor, random)}/confirm")


def decline(day: Day, tutor: Tutor, random: Random) -> Response:
    return tutor.post(f"/api/tutor/bookings/{day.any_booking(tutor, random)}/decline")


STUDENTS_ACTS = (take, take, take, hold, check_out, move, cancel)
TUTORS_ACTS = (confirm, confirm, confirm, decline, cancel)


@pytest.fixture(scope="module")
def day(world: World) -> Day:
    made = Day(world)
    made.live()
    world.settle()
    return made


@pytest.fixture(scope="module")
def bookings(day: Day) -> list[Json]:
    """Every booking of the day, as an admin sees it."""
    admin = the_admin(day.world)
    return [admin.booking(made["id"]) for made in day.made]


def test_whoever_is_refused_is_refused_in_order(day: Day) -> None:
    ended = Counter((name, response.status_code) for name, response in day.answers)
    assert {status for _, status in ended} <= {200, 201, 400, 403, 404, 409, 422}, ended
    for name, good in (("take", 201), ("hold", 201), ("confirm", 200), ("cancel", 200), ("move", 200)):
        assert ended[name, good] > 0, ended


def test_nobody_is_booked_twice_at_a_time(bookings: list[Json]) -> None:
    active = sorted((each for each in bookings if each["status"] in ACTIVE), key=start_of)
    for who in ("student_id", "tutor_profile_id"):
        for person in {each[who] for each in active}:
            theirs = [each for each in active if each[who] == person]
            assert all(earlier["end_time"] <= later["start_time"] for earlier, later in pairwise(theirs))


def test_the_slot_lists_are_those_that_the_bookings_leave(day: Day, bookings: list[Json]) -> None:
    for tutor in day.tutors:
        lessons = [
            Lesson(start_of(each), each["duration_minutes"], 0, 15)
            for each in bookings
            if each["status"] in ACTIVE and each["tutor_profile_id"] == tutor.profile_id
        ]
        now = day.world.now()
        table = Timetable(ZoneInfo("UTC"), now, 7, HOURS, TERMS, lessons=lessons)
        for minutes in (30, 60, 90):
            assert tutor.starts(0, 7, minutes) == table.bookable(minutes, now, [])


def test_the_books_say_what_became_of_every_booking(day: Day, bookings: list[Json]) -> None:
    admin = the_admin(day.world)
    for booking in bookings:
        student = f"student:{booking['student_id']}"
        held = {student: booking["total_amount"], "escrow": -booking["total_amount"]}
        owed = held if booking["status"] in ("PENDING", "CONFIRMED") else {}
        assert ledger_of(admin, booking) == owed, booking


def test_both_sides_were_told_of_every_step_once(day: Day, bookings: list[Json]) -> None:
    accounts = {tutor.profile_id: tutor.id for tutor in day.tutors}
    expected: dict[int, Counter[tuple[int, str]]] = defaultdict(Counter)
    for booking in bookings:
        for side in (booking["student_id"], accounts[booking["tutor_profile_id"]]):
            expected[side].update((booking["id"], kind) for kind in told_of(day, booking))
    for person in (*day.students, *day.tutors):
        told = Counter((each["booking_id"], each["kind"]) for each in everything_told(person))
        assert told == expected[person.id]


def told_of(day: Day, booking: Json) -> list[str]:
    """What the history of a booking has to be told as; a hold is nobody's business."""
    path = f"/api/bookings/{booking['id']}/history"
    steps = done(the_admin(day.world).get(path, page_size=100))["items"]
    return [kind_of(step) for step in steps if not is_of_hold(step)]


def is_of_hold(step: Json) -> bool:
    ended = step["from_status"] == "HELD" and step["to_status"] not in ACTIVE
    return ended or step["to_status"] == "HELD"


def kind_of(step: Json) -> str:
    moved = step["from_start"] not in (None, step["to_start"])
    return "booking_rescheduled" if moved else KINDS[step["to_status"]]


KINDS = {
    "PENDING": "booking_requested",
    "CONFIRMED": "booking_confirmed",
    "DECLINED": "booking_declined",
    "CANCELLED_BY_STUDENT": "booking_cancelled",
    "CANCELLED_BY_TUTOR": "booking_cancelled",
}


def everything_told(person: Person) -> list[Json]:
    found: list[Json] = []
    while page := done(person.get("/api/notifications", page=len(found) // 100 + 1, page_size=100))["items"]:
        found += page
        if len(page) < 100:
            break
    return found


def test_a_day_later_all_holds_have_run_out(day: Day, bookings: list[Json]) -> None:
    day.world.pass_time(minutes=11)
    day.world.wait_until(day.world.now() + timedelta(seconds=10))
    admin = the_admin(day.world)
    assert all(admin.booking(each["id"])["status"] != "HELD" for each in bookings)
    assert datetime.fromisoformat(bookings[0]["created_at"]) < day.world.now()
