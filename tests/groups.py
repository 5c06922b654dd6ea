"""A tutor who teaches a course in groups, and students who take seats, in a running booking service."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from itertools import count
from typing import Any

from chassis.context import Actor
from contracts.booking import (
    AcceptOffer,
    BookingStatus,
    BookingView,
    BookSeats,
    CancelBooking,
    CreateSession,
    GetBooking,
    JoinWaitlist,
    ListWaitlist,
    PackageView,
    PurchasePackage,
    SessionChanged,
    SessionView,
    WaitlistEntryView,
)
from contracts.catalog import CourseKind
from tests.builders import a_course_change, a_package_offer_change
from tests.subject import Subject
from tests.teaching import ADMIN, Teaching

_courses = count(500_000)
_offers = count(600_000)


@dataclass
class Groups(Teaching):
    """A tutor as in `Teaching`, with a group course of ninety minutes for 20.00 a seat."""

    course_id: int = field(default_factory=lambda: next(_courses))

    def __post_init__(self) -> None:
        super().__post_init__()
        self.learn_course()

    def learn_course(self, **changes: Any) -> None:
        course = {
            "course_id": self.course_id,
            "tutor_profile_id": self.profile_id,
            "kind": CourseKind.GROUP,
            "duration_minutes": 90,
            "price": Decimal("20.00"),
            "title": "Geometry together",
        }
        self.booking.hear(a_course_change(**{**course, **changes}))

    def announce(self, hour: float = 18, day: int = 5, capacity: int = 5, **changes: Any) -> SessionView:
        """A session on a coming day, after the open hours unless another hour is given."""
        fields: dict[str, Any] = {"start_at": self.at(hour, day), "capacity": capacity, **changes}
        return self.booking.ask(CreateSession(**{"course_id": self.course_id, **fields}), self.tutor)

    def seat(self, session: SessionView, by: Actor | None = None, seats: int = 1, **more: Any) -> BookingView:
        return self.booking.ask(BookSeats(session.id, seats, **more), by or self.student)

    def an_offer(self, credits_: int = 3) -> int:
        """A package that the tutor offers from now on."""
        offer = a_package_offer_change(
            offer_id=next(_offers), tutor_profile_id=self.profile_id, credits=credits_
        )
        self.booking.hear(offer)
        return offer.offer_id

    def a_package(self, by: Actor, credits_: int = 3) -> PackageView:
        """Credits for the tutor's lessons that somebody has just bought."""
        return self.booking.ask(PurchasePackage(self.an_offer(credits_)), by)

    def students(self, number: int) -> list[Actor]:
        return [self.another_student() for _ in range(number)]

    def fill(self, session: SessionView) -> list[tuple[Actor, BookingView]]:
        """Take every seat that is left, each by a student of its own."""
        takers = self.students(session.seats_left)
        return [(student, self.seat(session, student)) for student in takers]

    def queue(self, session: SessionView, number: int) -> list[Actor]:
        """So many students who wait, in order."""
        waiting = self.students(number)
        for student in waiting:
            self.wait(session, student)
        return waiting

    def wait(self, session: SessionView, by: Actor) -> WaitlistEntryView:
        return self.booking.ask(JoinWaitlist(session.id), by)

    def place(self, session: SessionView, of: Actor) -> WaitlistEntryView:
        """How it stands with somebody in the waitlist."""
        entries = self.booking.ask(ListWaitlist(), of).items
        return next(entry for entry in entries if entry.session_id == session.id)

    def accept(self, session: SessionView, by: Actor, **more: Any) -> BookingView:
        return self.booking.ask(AcceptOffer(self.place(session, by).id, **more), by)

    def give_up(self, view: BookingView, by: Actor) -> BookingView:
        return self.booking.ask(CancelBooking(view.id), by)


def status_of(booking: Subject, booking_id: int) -> BookingStatus:
    return booking.ask(GetBooking(booking_id), ADMIN).status


def last_told(booking: Subject, session: SessionView) -> Any:
    return [event for event in booking.told(SessionChanged) if event.session.id == session.id][-1].session


def balance(booking: Subject, booking_id: int, kind: str) -> int:
    """What the booking has moved on accounts of that kind."""
    rows = booking.sql(
        "SELECT coalesce(sum(amount), 0) AS sum FROM ledger WHERE booking_id = :id AND account LIKE :kind",
        id=booking_id,
        kind=f"{kind}%",
    )
    return int(rows[0].sum)
