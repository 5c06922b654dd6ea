"""Every way of booking, each booked, moved and cancelled, with money, credits and seats looked at in between.

Alone or in a group, once or in a series, for money or a package's credits, with the tutor's approval or
without: all sixteen work, and none differs from the others but in what its words say. A lesson alone is
moved; a seat is not, it is taken in another session and the first is given back
(`docs/decisions/a-session-is-the-tutors-own-choice.md`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product
from typing import Any, NamedTuple

import pytest

from contracts.booking import (
    BookingStatus,
    BookingType,
    BookingView,
    CancelBooking,
    CancelSeries,
    ConfirmBooking,
    GetBooking,
    GetSession,
    ListPackages,
    Means,
    RescheduleBooking,
    SessionView,
)
from contracts.errors import SeatNotMovable
from tests.recurring import WEEK, Recurring
from tests.subject import Subject

S = BookingStatus
CREDITS = 5
CREDIT = 2300  # a fifth of 100.00 and the fee
ALONE, SEAT = 5175, 2300  # an hour of 45.00, a seat of 20.00, and the fee


class Way(NamedTuple):
    """How somebody books."""

    group: bool
    series: bool
    package: bool
    approval: bool

    def __str__(self) -> str:
        words = (("alone", "group"), ("once", "series"), ("money", "package"), ("at once", "approval"))
        return ", ".join(pair[chosen] for pair, chosen in zip(words, self, strict=True))


class Books(NamedTuple):
    """In minor units, what the student's bookings have on each account; credits left; seats taken."""

    student: int
    prepaid: int
    escrow: int
    credits: int
    seats: int


@dataclass
class Case:
    """A student who books with a tutor in this way."""

    recurring: Recurring
    way: Way
    sessions: list[SessionView] = field(init=False)

    def __post_init__(self) -> None:
        to_approve = {"requires_approval_for_one_on_one": self.way.approval}
        self.recurring.terms(**to_approve, requires_approval_for_group=self.way.approval)
        days = (2, 9, 4) if self.way.group else ()  # one a week, and another to go to instead
        self.sessions = [self.recurring.announce(18, day) for day in days]
        self.package = self.recurring.package(CREDITS) if self.way.package else None

    @property
    def payment(self) -> dict[str, Any]:
        return {"use_package_id": self.package.id if self.package else None}

    def book(self) -> list[BookingView]:
        """One lesson or seat, or both of a series."""
        recurring, way = self.recurring, self.way
        if way.series:
            terms = recurring.group_terms if way.group else recurring.series_terms
            return recurring.agree(**terms(occurrence_count=2), **self.payment).upcoming
        if way.group:
            return [recurring.seat(self.sessions[0], **self.payment)]
        return [recurring.book(10, 2, **self.payment)]

    def confirmed(self, view: BookingView) -> BookingView:
        assert view.status is (S.PENDING if self.way.approval else S.CONFIRMED)
        assert view.paid_with is (Means.CREDIT if self.way.package else Means.MONEY)
        return self.ask(ConfirmBooking(view.id), self.recurring.tutor) if self.way.approval else view

    def move(self, view: BookingView) -> BookingView:
        """Three hours later, or in the other session."""
        if self.way.group:
            return self._changed_seat(view)
        later = view.start_time.replace(hour=13)
        moved: BookingView = self.ask(RescheduleBooking(view.id, later))
        kept = (view.id, view.status, view.total_amount, view.series_id, view.occurrence_index)
        assert moved.start_time == later
        assert (moved.id, moved.status, moved.total_amount, moved.series_id, moved.occurrence_index) == kept
        return moved

    def cancel(self, view: BookingView) -> None:
        assert self.ask(CancelBooking(view.id)).status is S.CANCELLED_BY_STUDENT

    def cancel_series_of(self, view: BookingView) -> None:
        assert view.series_id is not None
        self.ask(CancelSeries(view.series_id))

    def books(self) -> Books:
        """As they stand."""
        left = self.ask(ListPackages()).items[0].credits_left if self.package else 0
        seats = sum(self.ask(GetSession(session.id)).seats_taken for session in self.sessions)
        return Books(self._on("student:"), self._on("prepaid:"), self._on("escrow"), left, seats)

    def books_with(self, bookings: int) -> Books:
        """As they have to stand with so many bookings to come."""
        stake = CREDIT if self.way.package else SEAT if self.way.group else ALONE
        money, credit = (0, bookings) if self.way.package else (bookings, 0)
        left = CREDITS - credit if self.way.package else 0
        seats = bookings if self.way.group else 0
        return Books(money * stake, credit * stake, -bookings * stake, left, seats)

    def ask(self, request: Any, by: Any = None) -> Any:
        return self.recurring.booking.ask(request, by or self.recurring.student)

    def _changed_seat(self, view: BookingView) -> BookingView:
        """Refused as a move; done by taking another seat and giving the first back."""
        before = self.books()
        with pytest.raises(SeatNotMovable):
            self.ask(RescheduleBooking(view.id, self.recurring.at(10, 4)))
        assert self.books() == before
        other = self.confirmed(self.recurring.seat(self.sessions[-1], **self.payment))
        self.cancel(view)
        return other

    def _on(self, accounts: str) -> int:
        rows = self.recurring.booking.sql(
            "SELECT amount FROM ledger JOIN bookings ON bookings.id = booking_id"
            " WHERE student_id = :student AND starts_with(account, :accounts)",
            student=self.recurring.student.id,
            accounts=accounts,
        )
        return sum(row.amount for row in rows)


@pytest.mark.parametrize("way", [Way(*each) for each in product((False, True), repeat=4)], ids=str)
def test_every_way_of_booking_is_booked_moved_and_cancelled(booking: Subject, way: Way) -> None:
    case = Case(Recurring(booking), way)
    assert case.books() == case.books_with(0)

    asked = case.book()
    assert case.books() == case.books_with(len(asked))

    first, *others = booked = [case.confirmed(view) for view in asked]
    kind = BookingType.GROUP_SESSION if way.group else BookingType.ONE_ON_ONE
    assert [view.booking_type for view in booked] == [kind] * (2 if way.series else 1)
    assert case.books() == case.books_with(len(booked))

    moved = case.move(first)
    assert case.books() == case.books_with(len(booked))
    for other in others:
        assert case.ask(GetBooking(other.id)).start_time == first.start_time + WEEK

    case.cancel(moved)
    assert case.books() == case.books_with(len(others))
    for other in others:
        case.cancel_series_of(other)
    assert case.books() == case.books_with(0)
