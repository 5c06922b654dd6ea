"""Taking seats in a session, one by one or from the waitlist: one way, whoever asks.

Rule by rule as a lesson is taken, but for what is the tutor's own choice in a session: open hours, the
grid, notice and window do not matter. It can be booked until it starts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from chassis.database import lock
from chassis.service import Service, answers
from chassis.unit import Unit
from contracts.booking import BookingView, BookSeats, EntryStatus
from contracts.errors import AlreadyBooked, TutorNotApproved
from services.booking import domain
from services.booking.domain import Booking, Entry, Lesson, Person, Place, Session
from services.booking.service.credits import paid_with
from services.booking.service.queue import move_up
from services.booking.service.slot import make_room
from services.booking.service.steps import asker, record, seen
from services.booking.sessions import entry_accepted
from services.booking.store import Bookings, Policies, Sessions, Tutors, Waitlist


class Seating(Service):
    @answers(BookSeats)
    def book_seats(self, request: BookSeats, unit: Unit) -> BookingView:
        seats = Seats(
            unit,
            request.session_id,
            asker(unit),
            count=request.seats_reserved,
            notes=request.notes_student,
            package_id=request.use_package_id,
        )
        seats.lock()
        return seen(unit, seats.take())


@dataclass(frozen=True)
class Seats:
    """So many seats that a student wants in a session, paid with money or with a package's credits."""

    unit: Unit
    session_id: int
    student: Person
    count: int = 1
    notes: str | None = None
    package_id: int | None = None
    place: Place | None = None

    @property
    def student_id(self) -> int:
        assert self.student.account_id is not None, "a student has an account"
        return self.student.account_id

    def lock(self) -> None:
        """Wait for whoever changes the session's seats or the student's bookings, and have others wait."""
        lock(self.unit.connection, f"session:{self.session_id}", f"student:{self.student_id}")

    def take(self) -> Booking:
        """Take them; a seat that is held for the student is one of them. Raises as `BookSeats` says."""
        unit = self.unit
        make_room(unit, student_id=self.student_id)
        queue = move_up(unit, self.session_id)
        session, entry = queue.session, queue.of(self.student_id)
        self.check_wanted(session)
        offered = entry if entry and entry.status is EntryStatus.OFFERED else None
        session.check_has(self.count, held=1 if offered else 0)
        lesson = paid_with(unit, self.package_id, self._lesson(session))
        booking_id = Bookings(unit.connection).next_id()
        if offered:
            self._accept(offered, booking_id)
        made = domain.take(booking_id, lesson, self.student, unit.now, session.plan.meeting.link)
        Bookings(unit.connection).add(made.booking)
        record(unit, made)
        return made.booking

    def check_wanted(self, session: Session) -> None:
        """Whether the student can have a seat or wait for one, were there any.

        Raises `WrongStatus`, `AlreadyStarted`, `TutorNotApproved`, `AlreadyBooked`.
        """
        session.check_takes_seats(self.unit.now)
        tutor = Tutors(self.unit.connection).find(session.plan.tutor_profile_id)
        if tutor is None or not tutor.is_approved:
            raise TutorNotApproved()
        if Bookings(self.unit.connection).has_seat(session.id, self.student_id):
            raise AlreadyBooked()

    def _lesson(self, session: Session) -> Lesson:
        """By the terms that are in force now for the session's course."""
        policies = Policies(self.unit.connection)
        terms = policies.terms_for(session.plan.tutor_profile_id, session.plan.course_id)
        return replace(session.lesson(self.student_id, self.count, terms, self.notes), place=self.place)

    def _accept(self, entry: Entry, booking_id: int) -> None:
        """The held seat is free for whom it was held for, and for nobody else."""
        accepted = entry.accept(self.unit.now)
        Waitlist(self.unit.connection).save(accepted)
        session = Sessions(self.unit.connection).get(self.session_id)
        self.unit.tell(entry_accepted(accepted, session, booking_id))
