"""What people do about sessions, their seats and their waitlists."""

from __future__ import annotations

from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import rule

from contracts.booking import (
    AcceptOffer,
    BookSeats,
    CancelBooking,
    CancelSession,
    CreateSession,
    JoinWaitlist,
    LeaveWaitlist,
)
from tests.walk.aims import aims, evenings, sides, students, tutors
from tests.walk.town import ACTIVE, Time, Town

_OPEN = "status = 'scheduled' AND start_at > %s"
_LEFT = "capacity > seats_taken + seats_held"


class Groups:
    town: ClassVar[Town]

    @rule(whom=tutors, when=evenings, capacity=st.integers(1, 3))
    def announce(self, whom: int, when: Time, capacity: int) -> None:
        teacher = self.town.teachers[whom]
        session = CreateSession(teacher.group_id, self.town.at(when), capacity)
        self.town.ask(session, teacher.actor)

    @rule(aim=aims)
    def come_all(self, aim: int) -> None:
        session = self.town.one("sessions", aim, _OPEN, self.town.now())
        for student in self.town.students:
            match self.town.ask(BookSeats(session.id), student):
                case "session_full":
                    self.town.ask(JoinWaitlist(session.id), student)
                case "not_found" | "wrong_status":
                    return  # who comes first tells all others

    @rule(aim=aims)
    def pass_a_seat_on(self, aim: int) -> None:
        waiting = "SELECT 1 FROM waitlist WHERE session_id = bookings.session_id AND status = 'waiting'"
        seat = self.town.one("bookings", aim, f"{ACTIVE} AND EXISTS ({waiting})")
        self.town.ask(CancelBooking(seat.id), self.town.student(seat))
        self.accept(0)

    @rule(who=students, aim=aims, seats=st.integers(1, 2))
    def sit(self, who: int, aim: int, seats: int) -> None:
        session = self.town.one("sessions", aim, f"{_OPEN} AND {_LEFT}", self.town.now())
        self.town.ask(BookSeats(session.id, seats), self.town.students[who])

    @rule(aim=aims)
    def spend_a_credit_on_a_seat(self, aim: int) -> None:
        session = self.town.one("sessions", aim, f"{_OPEN} AND {_LEFT}", self.town.now())
        usable = "status = 'active' AND tutor_profile_id = %s AND credits_left > 0"
        package = self.town.one("packages", aim, usable, session.tutor_profile_id)
        wanted = BookSeats(session.id, use_package_id=package.id)
        self.town.ask(wanted, self.town.student(package))

    @rule(aim=aims, side=sides)
    def give_a_seat_back(self, aim: int, side: str) -> None:
        seat = self.town.one("bookings", aim, f"session_id IS NOT NULL AND {ACTIVE}")
        self.town.ask(CancelBooking(seat.id), self.town.on(side, seat))

    @rule(aim=aims)
    def leave(self, aim: int) -> None:
        entry = self.town.one("waitlist", aim, "status IN ('waiting', 'offered')")
        self.town.ask(LeaveWaitlist(entry.session_id), self.town.student(entry))

    @rule(aim=aims)
    def accept(self, aim: int) -> None:
        entry = self.town.one("waitlist", aim, "status = 'offered'")
        self.town.ask(AcceptOffer(entry.id), self.town.student(entry))

    @rule(aim=aims, side=st.sampled_from(("tutor", "admin")))
    def call_off(self, aim: int, side: str) -> None:
        session = self.town.one("sessions", aim, _OPEN, self.town.now())
        self.town.ask(CancelSession(session.id), self.town.on(side, session))
