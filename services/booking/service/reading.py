"""Looking at bookings, their history and the ledger."""

from __future__ import annotations

from chassis.context import Actor
from chassis.service import Service, answers
from chassis.unit import Unit
from contracts.booking import (
    BookingPage,
    BookingView,
    GetBooking,
    GetHistory,
    HistoryPage,
    LedgerPage,
    ListBookings,
    ListLedger,
)
from contracts.catalog import Role
from services.booking.service.steps import all_seen, seen
from services.booking.store import Bookings, History, Ledger, Wanted


class Reading(Service):
    @answers(GetBooking)
    def get(self, request: GetBooking, unit: Unit) -> BookingView:
        return seen(unit, Bookings(unit.connection).get(request.booking_id, unit.actor))

    @answers(ListBookings)
    def list_bookings(self, request: ListBookings, unit: Unit) -> BookingPage:
        if not _is_on(request.role, unit.actor):
            return BookingPage([], 0, request.page, request.page_size)
        wanted = Wanted(
            statuses=request.status,
            since=request.from_,
            until=request.to,
            tutor_profile_id=request.tutor_profile_id,
            student_id=request.student_id,
            session_id=request.session_id,
            page=request.page,
            page_size=request.page_size,
        )
        bookings, total = Bookings(unit.connection).page(wanted, unit.actor, unit.now)
        return BookingPage(all_seen(unit, bookings), total, request.page, request.page_size)

    @answers(GetHistory)
    def history(self, request: GetHistory, unit: Unit) -> HistoryPage:
        booking = Bookings(unit.connection).get(request.booking_id, unit.actor)
        items, total = History(unit.connection).page(booking.id, request.page, request.page_size)
        return HistoryPage(items, total, request.page, request.page_size)

    @answers(ListLedger)
    def list_ledger(self, request: ListLedger, unit: Unit) -> LedgerPage:
        items, total = Ledger(unit.connection).page(request)
        return LedgerPage(items, total, request.page, request.page_size)


def _is_on(side: Role | None, actor: Actor) -> bool:
    """Whether the actor can have bookings on that side; an account has one role, an admin sees all."""
    return side is None or actor.is_admin or side == actor.role
