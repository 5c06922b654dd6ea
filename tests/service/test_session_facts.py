"""What the database itself keeps of sessions, whatever path a row comes by; and walks through the doors."""

from __future__ import annotations

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count

import psycopg
import pytest
from sqlalchemy.exc import IntegrityError

from chassis.context import Actor
from contracts.booking import (
    BookingStatus,
    CancelBooking,
    CancelSession,
    EntryStatus,
    GetBooking,
    GetSession,
    LeaveWaitlist,
    SessionView,
)
from contracts.errors import Refusal
from tests.groups import Groups
from tests.stack import Stack
from tests.subject import Subject, TestClock
from tests.teaching import copying
from tests.waiting import eventually

CAPACITY, ONE_A_SESSION, TUTOR_OVERLAP = "ck_sessions_seats", "uq_bookings_session_student", "ex_blocks_tutor"
DAY = 24 * 60
nobody = count(71_000_000).__next__


# --- seats ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["HELD", "PENDING", "CONFIRMED"])
def test_the_database_refuses_one_seat_too_many(booking: Subject, groups: Groups, status: str) -> None:
    session = groups.announce(capacity=3)
    view = groups.seat(session, seats=2)
    with pytest.raises(IntegrityError, match=CAPACITY):
        booking.sql(copying(booking, view, DAY, status, student_id=nobody()))
    booking.sql(copying(booking, view, DAY, status, student_id=nobody(), seats_reserved=1))
    with pytest.raises(IntegrityError, match=CAPACITY):
        booking.sql("UPDATE bookings SET seats_reserved = 3 WHERE id = :id", id=view.id)
    assert _seats(booking, session) == (3, 0)


def test_the_seats_in_the_row_follow_the_bookings_whoever_changes_them(
    booking: Subject, groups: Groups
) -> None:
    session, other = groups.announce(capacity=4), groups.announce(21)
    view = groups.seat(session, seats=2)
    for change, seats in (
        ("seats_reserved = 3", 3),
        ("status = 'COMPLETED'", 0),
        ("seats_reserved = 1", 0),
        ("status = 'CONFIRMED'", 1),
        (f"session_id = {other.id}", 0),
        (f"session_id = {session.id}", 1),
        ("status = 'CANCELLED_BY_TUTOR'", 0),
    ):
        booking.sql(f"UPDATE bookings SET {change} WHERE id = :id", id=view.id)
        assert _seats(booking, session) == (seats, 0)
    another = nobody()
    booking.sql(copying(booking, view, DAY, "CONFIRMED", student_id=another))
    assert _seats(booking, session) == (1, 0)
    booking.sql("DELETE FROM bookings WHERE student_id = :id", id=another)
    assert _seats(booking, session) == (0, 0)


def test_a_session_is_cancelled_while_a_timer_is_ending_a_booking_of_it(
    booking: Subject, groups: Groups, stack: Stack
) -> None:
    session = groups.announce()
    seat = groups.seat(session)
    with ThreadPoolExecutor(1) as pool, psycopg.connect(stack.servers.migration_url("booking")) as timer:
        timer.execute("SELECT FROM bookings WHERE id = %s FOR NO KEY UPDATE", [seat.id])
        timer.execute("UPDATE sessions SET version = version + 1 WHERE id = %s", [session.id])
        cancelling = pool.submit(booking.ask, CancelSession(session.id), groups.tutor)
        eventually(lambda: booking.waiting() > 0)
        timer.commit()
        assert cancelling.result(10).version > session.version + 1
    assert booking.ask(GetBooking(seat.id), groups.student).status is BookingStatus.CANCELLED_BY_TUTOR


def test_the_database_refuses_a_second_active_booking_in_a_session(booking: Subject, groups: Groups) -> None:
    view = groups.seat(groups.announce())
    with pytest.raises(IntegrityError, match=ONE_A_SESSION):
        booking.sql(copying(booking, view, DAY, "CONFIRMED"))
    booking.sql(copying(booking, view, DAY, "COMPLETED"))


def test_a_group_booking_has_its_session_and_another_has_none(booking: Subject, groups: Groups) -> None:
    seat, lesson = groups.seat(groups.announce()), groups.book()
    for statement, view in (
        ("UPDATE bookings SET session_id = NULL WHERE id = :id", seat),
        ("UPDATE bookings SET booking_type = 'one_on_one' WHERE id = :id", seat),
        ("UPDATE bookings SET booking_type = 'group_session' WHERE id = :id", lesson),
    ):
        with pytest.raises(IntegrityError, match="ck_bookings_session_id"):
            booking.sql(statement, id=view.id)


def test_a_held_seat_counts_like_a_taken_one(booking: Subject, groups: Groups) -> None:
    session = groups.announce(capacity=2)
    [(leaver, view), (_, stays)] = groups.fill(session)
    groups.queue(session, 2)
    groups.give_up(view, leaver)
    assert _seats(booking, session) == (1, 1)
    with pytest.raises(IntegrityError, match=CAPACITY):
        booking.sql(copying(booking, stays, DAY, "CONFIRMED", student_id=nobody()))
    with pytest.raises(IntegrityError, match=CAPACITY):
        booking.sql("UPDATE waitlist SET status = 'offered', offered_at = now() WHERE status = 'waiting'")
    booking.sql("DELETE FROM waitlist WHERE session_id = :id", id=session.id)
    assert _seats(booking, session) == (1, 0)


def test_nobody_stands_twice_in_a_line_or_two_in_one_place(booking: Subject, groups: Groups) -> None:
    session = groups.announce(capacity=1)
    groups.fill(session)
    groups.queue(session, 1)
    columns = "session_id, student_id, place, status, joined_at, expires_at, updated_at, version"
    for other, constraint in (("place + 1", "student_id"), ("place", "place")):
        student = "student_id" if constraint == "student_id" else str(nobody())
        selected = columns.replace("place", other).replace("student_id", student)
        with pytest.raises(IntegrityError, match=f"uq_waitlist_session_id_{constraint}"):
            booking.sql(
                f"INSERT INTO waitlist ({columns}) SELECT {selected} FROM waitlist WHERE session_id = :id",
                id=session.id,
            )


# --- the tutor's time ------------------------------------------------------------------------------------


def test_the_database_keeps_sessions_and_lessons_of_a_tutor_apart(booking: Subject, groups: Groups) -> None:
    session, lesson = groups.announce(11, 3), groups.book(15)
    with pytest.raises(IntegrityError, match=TUTOR_OVERLAP):
        booking.sql(copying(booking, lesson, -3 * 60, "CONFIRMED", student_id=nobody()))
    move = "blocked_from = start_at - interval '1 minute' * :early, blocked_to = end_at"
    with pytest.raises(IntegrityError, match=TUTOR_OVERLAP):
        booking.sql(f"UPDATE bookings SET {move} WHERE id = :id", id=lesson.id, early=151)
    booking.sql(f"UPDATE bookings SET {move} WHERE id = :id", id=lesson.id, early=150)
    booking.sql(f"UPDATE bookings SET {move} WHERE id = :id", id=lesson.id, early=0)
    booking.sql("UPDATE sessions SET status = 'completed' WHERE id = :id", id=session.id)
    booking.sql(copying(booking, lesson, -3 * 60, "CONFIRMED", student_id=nobody()))
    with pytest.raises(IntegrityError, match=TUTOR_OVERLAP):
        booking.sql("UPDATE sessions SET status = 'scheduled' WHERE id = :id", id=session.id)


# --- a long walk -------------------------------------------------------------------------------------------


@dataclass
class Line:
    """What a session and its waitlist should be, kept as plainly as can be: lists, and a count."""

    capacity: int
    start: datetime
    taken: dict[int, int] = field(default_factory=dict)
    offers: dict[int, datetime] = field(default_factory=dict)
    waiting: list[int] = field(default_factory=list)

    @property
    def seats(self) -> int:
        return sum(self.taken.values())

    @property
    def free(self) -> int:
        return self.capacity - self.seats - len(self.offers)

    def settle(self, now: datetime) -> None:
        for student in [student for student, until in self.offers.items() if until <= now]:
            del self.offers[student]
        while self.waiting and self.free:
            self.offers[self.waiting.pop(0)] = min(now + timedelta(hours=2), self.start)

    def book(self, student: int, seats: int) -> str:
        if student in self.taken:
            return "already_booked"
        if seats > self.free + (student in self.offers):
            return "session_full"
        self.offers.pop(student, None)
        self.taken[student] = seats
        return "done"

    def join(self, student: int) -> str:
        if student in self.taken:
            return "already_booked"
        if student in self.offers or student in self.waiting:
            return "already_waiting"
        if self.free:
            return "seats_available"
        self.waiting.append(student)
        return "done"

    def leave(self, student: int) -> str:
        if student in self.waiting:
            self.waiting.remove(student)
            return "done"
        return "done" if self.offers.pop(student, None) else "not_found"

    def accept(self, student: int) -> str:
        return self.book(student, 1) if student in self.offers else "wrong_status"

    def give_up(self, student: int) -> str:
        del self.taken[student]
        return "done"


@pytest.mark.parametrize("seed", range(2))
def test_on_any_walk_the_session_is_what_a_plain_list_says(
    booking: Subject, groups: Groups, clock: TestClock, seed: int
) -> None:
    chance = random.Random(seed)
    session = groups.announce(15, 5, capacity=3)
    line = Line(3, session.start_at)
    students = groups.students(7)
    for _ in range(80):
        line.settle(clock.now())
        act, expected = _chosen(chance, groups, session, line, students, clock)
        assert _outcome(act) == expected
        line.settle(clock.now())
        _agrees(booking, session, line)


def _chosen(
    chance: random.Random,
    groups: Groups,
    session: SessionView,
    line: Line,
    students: list[Actor],
    clock: TestClock,
) -> tuple[Callable[[], object], str]:
    """Something that somebody does, and what should come of it."""
    student, seats = chance.choice(students), chance.choice((1, 1, 2))
    ask, known = groups.booking.ask, _known(groups, session, student)
    match chance.choice(("book", "join", "join", "leave", "accept", "accept", "give up", "give up", "wait")):
        case "book":
            return lambda: groups.seat(session, student, seats), line.book(student.id, seats)
        case "join":
            return lambda: groups.wait(session, student), line.join(student.id)
        case "leave":
            return lambda: ask(LeaveWaitlist(session.id), student), line.leave(student.id)
        case "accept" if known:
            return lambda: groups.accept(session, student), line.accept(student.id)
        case "give up" if student.id in line.taken:
            booking_id = _booking_id(groups, session, student)
            return lambda: ask(CancelBooking(booking_id), student), line.give_up(student.id)
        case "wait" if chance.random() < 0.5:
            return lambda: clock.advance(minutes=chance.choice((45, 121))), "done"
    return lambda: None, "done"


def _agrees(booking: Subject, session: SessionView, line: Line) -> None:
    """Every place and every seat, as soon as time has passed the seats on."""
    live = "SELECT student_id, status FROM waitlist WHERE session_id = :id AND expires_at IS NOT NULL"

    def agrees() -> bool:
        rows = booking.sql(f"{live} ORDER BY place", id=session.id)
        offered = {row.student_id for row in rows if row.status == EntryStatus.OFFERED}
        waiting = [row.student_id for row in rows if row.status == EntryStatus.WAITING]
        now = booking.ask(GetSession(session.id))
        seats = (now.seats_taken, now.seats_left)
        return (offered, waiting, seats) == ({*line.offers}, line.waiting, (line.seats, line.free))

    eventually(agrees, within=12)


def _outcome(act: Callable[[], object]) -> str:
    try:
        act()
    except Refusal as refusal:
        return refusal.code
    return "done"


def _known(groups: Groups, session: SessionView, student: Actor) -> bool:
    ids = {"id": session.id, "student": student.id}
    return bool(
        groups.booking.sql("SELECT 1 FROM waitlist WHERE session_id = :id AND student_id = :student", **ids)
    )


def _booking_id(groups: Groups, session: SessionView, student: Actor) -> int:
    wanted = "session_id = :id AND student_id = :student AND status IN ('PENDING', 'CONFIRMED')"
    ids = {"id": session.id, "student": student.id}
    [row] = groups.booking.sql(f"SELECT id FROM bookings WHERE {wanted}", **ids)
    return int(row.id)


def _seats(booking: Subject, session: SessionView) -> tuple[int, int]:
    [row] = booking.sql("SELECT seats_taken, seats_held FROM sessions WHERE id = :id", id=session.id)
    return row.seats_taken, row.seats_held
