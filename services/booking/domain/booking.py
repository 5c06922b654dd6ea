"""A booking's life: which steps it takes, when, and what becomes of it.

Section 4 of the rules of the trade. Every method returns a `Step` or raises a refusal; times, ids
and join addresses are given. Whether a start is bookable is judged by `contracts.bookable` before,
what a step moves in the books by `ledger`, what is told of it by `telling`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from contracts.booking import ACTIVE, BookingStatus, PolicyTerms
from contracts.errors import (
    AlreadyStarted,
    NotYetOver,
    SeatNotMovable,
    TooEarlyForNoShow,
    TooLateForNoShow,
    TooLateToReschedule,
)
from services.booking.domain.lesson import SYSTEM, Credit, Lesson, Mark, Person, Side
from services.booking.domain.steps import Act, check_outcome, outcome, wrong_status
from services.booking.money import Price
from services.booking.refunds import ALL, Refund, full_refund, refund_by_tiers, undivided

HOLD = timedelta(minutes=10)
NO_SHOW_FROM, NO_SHOW_UNTIL = timedelta(minutes=10), timedelta(hours=24)  # after the start, inclusive
COMPLETES_AFTER = timedelta(hours=24)  # after the start, by itself


@dataclass(frozen=True)
class Booking:
    """A lesson that somebody took, and how far it got. Each step makes the next version."""

    id: int
    lesson: Lesson
    status: BookingStatus
    created_at: datetime
    updated_at: datetime
    version: int = 1
    notes_tutor: str | None = None
    join_url: str | None = None  # from the confirmation on
    expires_at: datetime | None = None  # while held or pending
    decision: Mark | None = None
    cancellation: Mark | None = None
    refunded: int | None = None  # minor units of money, once it has ended unheld
    credit_returned: bool = False

    @property
    def start_at(self) -> datetime:
        return self.lesson.start_at

    @property
    def end_at(self) -> datetime:
        return self.lesson.end_at

    @property
    def session_id(self) -> int | None:
        return self.lesson.session_id

    @property
    def student_id(self) -> int:
        return self.lesson.student_id

    @property
    def tutor_profile_id(self) -> int:
        return self.lesson.tutor_profile_id

    @property
    def terms(self) -> PolicyTerms:
        return self.lesson.terms

    @property
    def price(self) -> Price:
        return self.lesson.price

    @property
    def credit(self) -> Credit | None:
        return self.lesson.credit

    @property
    def is_active(self) -> bool:
        return self.status in ACTIVE

    @property
    def is_charged(self) -> bool:
        """Whether its stake waits in escrow: a hold costs no money yet, but takes its credit.

        What has ended is settled.
        """
        return self.is_active and (self.status is not BookingStatus.HELD or self.credit is not None)

    @property
    def was_confirmed(self) -> bool:
        return self.join_url is not None

    @property
    def completes_at(self) -> datetime:
        """After this instant it counts as held, if nobody has said otherwise; no lesson before its end."""
        return max(self.start_at + COMPLETES_AFTER, self.end_at)

    def status_at(self, now: datetime) -> BookingStatus:
        """The status that holds now, even where nobody has yet recorded that the time has run out."""
        run_out = self.expires_at is not None and self.expires_at <= now
        return BookingStatus.EXPIRED if run_out else self.status

    def in_progress(self, now: datetime) -> bool:
        return self.status is BookingStatus.CONFIRMED and self.start_at <= now < self.end_at

    def check_out(self, by: Person, now: datetime, join_url: str) -> Step:
        """Take the held time for good. Raises `WrongStatus`."""
        taken = _taken(self.lesson, now, join_url)
        check_outcome(Act.CHECK_OUT, by.side, self.status_at(now), taken["status"])
        return Step(self, self._next(now, **taken), by)

    def confirm(self, by: Person, now: datetime, join_url: str, notes: str | None) -> Step:
        """The tutor says yes. Raises `WrongStatus`."""
        self._outcome(Act.CONFIRM, by, now)
        notes = self.notes_tutor if notes is None else notes
        confirmed = _confirmed(Mark(by.account_id, now), join_url)
        return Step(self, self._next(now, **confirmed, notes_tutor=notes), by)

    def decline(self, by: Person, now: datetime, reason: str | None) -> Step:
        """The tutor says no; everything comes back. Raises `WrongStatus`."""
        status = self._outcome(Act.DECLINE, by, now)
        after = self._next(now, status=status, decision=Mark(by.account_id, now, reason))
        return self._unheld(after, by, full_refund(self._paid), reason)

    def cancel(self, by: Person, now: datetime, reason: str | None) -> Step:
        """End it unheld; the student only before the start. Raises `WrongStatus`, `AlreadyStarted`."""
        status = self._outcome(Act.CANCEL, by, now)
        if by.side is Side.STUDENT and self.start_at <= now:
            raise AlreadyStarted()
        after = self._next(now, status=status, cancellation=Mark(by.account_id, now, reason))
        return self._unheld(after, by, self._refund_for(by, now), reason)

    def check_move(self, by: Person, now: datetime) -> None:
        """Whether it may be moved at all. Raises `SeatNotMovable`, `WrongStatus`, `TooLateToReschedule`."""
        if self.session_id is not None:
            raise SeatNotMovable()
        self._outcome(Act.MOVE, by, now)
        if self.start_at - now < timedelta(hours=self.terms.reschedule_notice_hours):
            raise TooLateToReschedule()

    def move(self, by: Person, now: datetime, start_at: datetime, timezone: str) -> Step:
        """Give it another start, in what is now the tutor's zone. Raises as `check_move` does."""
        self.check_move(by, now)
        lesson = replace(self.lesson, start_at=start_at, tutor_timezone=timezone)
        expires_at = start_at if self.status is BookingStatus.PENDING else None
        return Step(self, self._next(now, lesson=lesson, expires_at=expires_at), by)

    def complete(self, by: Person, now: datetime) -> Step:
        """It was held: the tutor says so, or a day has passed. Raises `WrongStatus`, `NotYetOver`."""
        status = self._outcome(Act.COMPLETE, by, now)
        is_over = self.completes_at < now if by.side is Side.SYSTEM else self.end_at <= now
        if not is_over:
            raise NotYetOver()
        return Step(self, self._next(now, status=status), by)

    def mark_no_show(self, by: Person, now: datetime, notes: str | None) -> Step:
        """The other side did not come. Raises `WrongStatus`, `TooEarlyForNoShow`, `TooLateForNoShow`."""
        status = self._outcome(Act.REPORT_NO_SHOW, by, now)
        if now < self.start_at + NO_SHOW_FROM:
            raise TooEarlyForNoShow()
        if now > self.start_at + NO_SHOW_UNTIL:
            raise TooLateForNoShow()
        after = self._next(now, status=status)
        if by.side is Side.STUDENT:
            return self._unheld(after, by, full_refund(self._paid), notes)
        return Step(self, replace(after, notes_tutor=notes or self.notes_tutor), by, notes)

    def expire(self, now: datetime) -> Step:
        """Its time has run out. Raises `WrongStatus`."""
        status = self._outcome(Act.EXPIRE, SYSTEM, now)
        if self.status_at(now) is not BookingStatus.EXPIRED:
            raise wrong_status(self.status)
        return self._unheld(self._next(now, status=status), SYSTEM, full_refund(self._paid))

    @property
    def _paid(self) -> int:
        return self.lesson.stake.total if self.is_charged else 0

    def _refund_for(self, by: Person, now: datetime) -> Refund:
        if by.side is not Side.STUDENT or self.status is BookingStatus.HELD:
            return full_refund(self._paid)
        refund = refund_by_tiers(self.terms.refund_tiers, self.start_at - now, self._paid)
        return undivided(refund) if self.credit else refund

    def _outcome(self, act: Act, by: Person, now: datetime) -> BookingStatus:
        """Raises `WrongStatus`. Only time itself still meets what has run out as what it was."""
        return outcome(act, by.side, self.status if by.side is Side.SYSTEM else self.status_at(now))

    def _next(self, now: datetime, **changes: Any) -> Booking:
        return replace(self, updated_at=now, version=self.version + 1, **changes)

    def _unheld(self, after: Booking, by: Person, refund: Refund, reason: str | None = None) -> Step:
        back: dict[str, Any] = {"refunded": refund.amount}
        if self.credit is not None:
            back = {"refunded": 0, "credit_returned": refund.percent == ALL}
        return Step(self, replace(after, expires_at=None, **back), by, reason, refund)


@dataclass(frozen=True)
class Step:
    """One step of a booking: from what to what, who made it and why, and what came back."""

    before: Booking | None
    booking: Booking
    by: Person
    reason: str | None = None
    refund: Refund | None = None


def hold(booking_id: int, lesson: Lesson, by: Person, now: datetime) -> Step:
    """Block the time for a checkout; at the start at the latest it is over."""
    expires_at = min(now + HOLD, lesson.start_at)
    held = Booking(booking_id, lesson, BookingStatus.HELD, now, now, expires_at=expires_at)
    return _begin(held, by)


def take(booking_id: int, lesson: Lesson, by: Person, now: datetime, join_url: str) -> Step:
    """Take the time for good: requested where the terms ask the tutor's approval, else confirmed."""
    taken = _taken(lesson, now, join_url)
    return _begin(Booking(booking_id, lesson, created_at=now, updated_at=now, **taken), by)


def _begin(booking: Booking, by: Person) -> Step:
    check_outcome(Act.TAKE, by.side, None, booking.status)
    return Step(None, booking, by)


def _taken(lesson: Lesson, now: datetime, join_url: str) -> dict[str, Any]:
    """What becomes of a lesson that a student takes for good."""
    if lesson.needs_approval:
        return {"status": BookingStatus.PENDING, "expires_at": lesson.start_at}
    return _confirmed(Mark(None, now), join_url)


def _confirmed(decision: Mark, join_url: str) -> dict[str, Any]:
    return {"status": BookingStatus.CONFIRMED, "expires_at": None, "decision": decision, "join_url": join_url}
