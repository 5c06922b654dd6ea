"""Payments: sums that a provider moves, from a student for a charge or back for a refund.

What was charged is in the books at once; a payment says how far the money has come. A provider's
`Outcome` moves it on, heard as an answer or as a notice, however often and in whatever order. The
rest follows from what it has become.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from contracts.booking import PaymentKind, PaymentStatus
from contracts.errors import NotByHand
from services.booking.domain.lesson import Lesson

PAY_WITHIN = timedelta(minutes=30)
SERIES_PAID_BEFORE = timedelta(days=1)  # its start: a series' lessons are made weeks ahead
TRIES_FOR = timedelta(hours=23)  # providers forget the key of an attempt after a day
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(seconds=10), timedelta(minutes=10)

BY_HAND = "offline"
_S = PaymentStatus

# What may become of it. What has failed or was called off can turn out to be paid, never the reverse.
NEXT: Mapping[PaymentKind, Mapping[PaymentStatus, frozenset[PaymentStatus]]] = {
    PaymentKind.PAYMENT: {
        _S.DUE: frozenset({_S.PENDING, _S.PAID, _S.FAILED, _S.CANCELLED}),
        _S.PENDING: frozenset({_S.PAID, _S.FAILED, _S.CANCELLED}),
        _S.PAID: frozenset(),
        _S.FAILED: frozenset({_S.PAID}),
        _S.CANCELLED: frozenset({_S.PAID}),
    },
    PaymentKind.REFUND: {
        _S.DUE: frozenset({_S.PENDING, _S.PAID, _S.FAILED}),
        _S.PENDING: frozenset({_S.PAID, _S.FAILED}),
        _S.PAID: frozenset({_S.FAILED}),  # the bank sent it back
        _S.FAILED: frozenset(),
        _S.CANCELLED: frozenset(),
    },
}


class Task(StrEnum):
    """What a provider is to do about it."""

    BEGIN = "begin"
    WITHDRAW = "withdraw"
    PAY_BACK = "pay_back"


@dataclass(frozen=True)
class Outcome:
    """What a provider says of a sum; `deadline` is false where nobody waits for it."""

    status: PaymentStatus
    reference: str | None = None
    client_secret: str | None = None
    deadline: bool = True


@dataclass(frozen=True)
class Payment:
    """A sum in minor units; `key` is its name with providers, for ever and everywhere its own."""

    id: int
    key: str
    kind: PaymentKind
    student_id: int
    amount: int
    currency: str
    created_at: datetime
    booking_id: int | None = None
    package_id: int | None = None
    refund_of: int | None = None
    status: PaymentStatus = PaymentStatus.DUE
    provider: str | None = None
    reference: str | None = None  # the provider's own name for it
    client_secret: str | None = None
    pay_by: datetime | None = None
    next_try_at: datetime | None = None  # when something is to be done about it
    attempts: int = 0
    version: int = 1

    @property
    def is_open(self) -> bool:
        """Whether it is still to be seen if the money comes."""
        return self.status in (PaymentStatus.DUE, PaymentStatus.PENDING)

    def is_wanted(self, now: datetime) -> bool:
        """Whether it still may be paid; afterwards it is withdrawn."""
        return self.is_open and (self.pay_by is None or now < self.pay_by)

    def task(self, now: datetime) -> Task:
        """What is to be done about it now; a provider that waits for nobody lifts the deadline at first."""
        if self.kind is PaymentKind.REFUND:
            return Task.PAY_BACK
        is_new = self.status is _S.DUE and self.attempts <= 1
        return Task.BEGIN if is_new or self.is_wanted(now) else Task.WITHDRAW

    def claimed(self, provider: str, now: datetime) -> Payment:
        """The provider is at it; if nothing is heard of that, it is tried again, each time later."""
        pause = min(_FIRST_PAUSE * 2 ** min(self.attempts, 10), _LONGEST_PAUSE)
        return self._next(provider=provider, attempts=self.attempts + 1, next_try_at=now + pause)

    def called_off(self, now: datetime) -> Payment:
        """Nothing is owed any more; only what a provider knows of is to be withdrawn there."""
        if self.provider is None:
            return self._next(status=_S.CANCELLED, pay_by=now, next_try_at=None)
        return self._next(pay_by=now, next_try_at=now)

    def after(self, outcome: Outcome) -> Payment:
        """What the outcome makes of it; itself where that is nothing new."""
        if outcome.status not in NEXT[self.kind][self.status] or not self._is_meant(outcome):
            return self
        pay_by = self.pay_by if outcome.deadline else None
        return self._next(
            status=outcome.status,
            reference=outcome.reference or self.reference,
            client_secret=outcome.client_secret or self.client_secret,
            pay_by=pay_by,
            next_try_at=pay_by if outcome.status is PaymentStatus.PENDING else None,
        )

    def settled_by_hand(self) -> Payment:
        """The money was moved outside. Raises `NotByHand`."""
        waits = self.provider == BY_HAND and self.is_open
        failed = self.kind is PaymentKind.REFUND and self.status is PaymentStatus.FAILED
        if not (waits or failed):
            raise NotByHand()
        return self._next(status=PaymentStatus.PAID, provider=BY_HAND, next_try_at=None)

    def _is_meant(self, outcome: Outcome) -> bool:
        """Whether the outcome names what was begun, so far as both names are known."""
        return None in (self.reference, outcome.reference) or self.reference == outcome.reference

    def _next(self, **changes: Any) -> Payment:
        return replace(self, version=self.version + 1, **changes)


def pay_by(lesson: Lesson, now: datetime) -> datetime:
    """Until when a lesson that is taken now can be paid: soon, and never after its start."""
    soon = now + PAY_WITHIN
    if lesson.place is not None:
        soon = max(soon, lesson.start_at - SERIES_PAID_BEFORE)
    return min(soon, lesson.start_at)
