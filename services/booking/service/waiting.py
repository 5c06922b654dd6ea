"""Waiting for a seat: joining, leaving, taking what was offered."""

from __future__ import annotations

from chassis.service import Service, answers
from chassis.unit import Unit
from contracts.booking import (
    AcceptOffer,
    BookingView,
    EntryStatus,
    JoinWaitlist,
    LeaveWaitlist,
    ListWaitlist,
    WaitlistEntryView,
    WaitlistPage,
)
from contracts.catalog import DoneView
from contracts.errors import AlreadyWaiting, NotFound, SeatsAvailable
from services.booking.domain import Entry, Queue
from services.booking.service.queue import lock_sessions, move_up, settle
from services.booking.service.seats import Seats
from services.booking.service.steps import asker, seen
from services.booking.sessions import entry_view
from services.booking.store import Sessions, Waitlist


class Waiting(Service):
    @answers(JoinWaitlist)
    def join_waitlist(self, request: JoinWaitlist, unit: Unit) -> WaitlistEntryView:
        seats = Seats(unit, request.session_id, asker(unit))
        seats.lock()
        queue = move_up(unit, request.session_id)
        seats.check_wanted(queue.session)
        _check_full(queue, unit)
        return _shown(unit, [_joined(queue, unit)])[0]

    @answers(LeaveWaitlist)
    def leave_waitlist(self, request: LeaveWaitlist, unit: Unit) -> DoneView:
        lock_sessions(unit, request.session_id)
        if not leave(unit, request.session_id, unit.actor.id):
            raise NotFound("You are not on the waitlist of this session.")
        return DoneView()

    @answers(ListWaitlist)
    def list_waitlist(self, request: ListWaitlist, unit: Unit) -> WaitlistPage:
        entries, total = Waitlist(unit.connection).page(unit.actor.id, request.page, request.page_size)
        return WaitlistPage(_shown(unit, entries), total, request.page, request.page_size)

    @answers(AcceptOffer)
    def accept_offer(self, request: AcceptOffer, unit: Unit) -> BookingView:
        waitlist = Waitlist(unit.connection)
        session_id = waitlist.get(request.entry_id, unit.actor.id).session_id
        seats = Seats(
            unit, session_id, asker(unit), notes=request.notes_student, package_id=request.use_package_id
        )
        seats.lock()
        waitlist.get(request.entry_id, unit.actor.id).check_offered(unit.now)
        return seen(unit, seats.take())


def leave(unit: Unit, session_id: int, student_id: int) -> bool:
    """Give up the student's place in the waitlist of a session whose lock is held, if there is one."""
    entry = move_up(unit, session_id).of(student_id)
    if entry is None:
        return False
    Waitlist(unit.connection).save(entry.leave(unit.now))
    if entry.status is EntryStatus.OFFERED:
        settle(unit, [session_id])
    return True


def _check_full(queue: Queue, unit: Unit) -> None:
    """Raises `AlreadyWaiting`, `SeatsAvailable`."""
    if queue.of(unit.actor.id) is not None:
        raise AlreadyWaiting()
    if queue.session.seats_left:
        raise SeatsAvailable(seats_left=queue.session.seats_left)


def _joined(queue: Queue, unit: Unit) -> Entry:
    """A place behind everybody else, of somebody new or of somebody who was here before."""
    waitlist, session, now = Waitlist(unit.connection), queue.session, unit.now
    place = waitlist.next_place(session.id)
    if before := waitlist.find(session.id, unit.actor.id):
        entry = before.come_again(now, place, session.start_at)
        waitlist.save(entry)
        return entry
    entry = Entry(waitlist.next_id(), session.id, unit.actor.id, place, now, now, session.start_at)
    waitlist.add(entry)
    return entry


def _shown(unit: Unit, entries: list[Entry]) -> list[WaitlistEntryView]:
    sessions = Sessions(unit.connection).of(entry.session_id for entry in entries)
    positions = Waitlist(unit.connection).positions(entries, unit.now)
    return [
        entry_view(entry, sessions[entry.session_id], positions.get(entry.id), unit.now) for entry in entries
    ]
