"""A series' life: agreed on, made into bookings some weeks ahead, paused, cut short, ended.

Section 6 of the rules of the trade. When its occurrences are is said by `recurrence`; each that was
made is an `Item`: booked, or skipped with the reason. They are made in their order, so that the
number of the last one tells which are still to come. What becomes of a booking afterwards is
its own life.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum, auto
from typing import Any

from contracts.booking import OccurrenceStatus, SeriesStatus, SeriesTerms
from contracts.errors import (
    AlreadyStarted,
    Invalid,
    NoSession,
    NotOpen,
    OffGrid,
    StartInPast,
    TutorNotApproved,
    WrongStatus,
    code_of,
)
from services.booking.recurrence import MOST_IN_ALL, Occurrence, Recurrence, said_in

PAUSED = "paused"  # the reason where the series itself did not want it


class SeriesAct(StrEnum):
    PAUSE = auto()
    RESUME = auto()
    CANCEL = auto()
    COMPLETE = auto()


_S = SeriesStatus

# Every step there is: what is done, from what, to what.
_STEPS = {
    (SeriesAct.PAUSE, _S.ACTIVE): _S.PAUSED,
    (SeriesAct.RESUME, _S.PAUSED): _S.ACTIVE,
    (SeriesAct.CANCEL, _S.ACTIVE): _S.CANCELLED,
    (SeriesAct.CANCEL, _S.PAUSED): _S.CANCELLED,
    (SeriesAct.CANCEL, _S.CANCELLED): _S.CANCELLED,  # bookings that were left may go as well
    (SeriesAct.COMPLETE, _S.ACTIVE): _S.COMPLETED,
    (SeriesAct.COMPLETE, _S.PAUSED): _S.COMPLETED,
}
# What says that an occurrence can not be had at all, rather than that somebody else has it.
_CLOSED = frozenset(
    code_of(reason) for reason in (NotOpen, OffGrid, NoSession, StartInPast, AlreadyStarted, TutorNotApproved)
)


@dataclass(frozen=True)
class Item:
    """What became of an occurrence: the booking that was made of it, or why there is none."""

    occurrence: Occurrence
    booking_id: int | None = None
    reason: str | None = None

    @property
    def status(self) -> OccurrenceStatus:
        return OccurrenceStatus.SKIPPED if self.booking_id is None else OccurrenceStatus.BOOKED

    @property
    def expected(self) -> OccurrenceStatus:
        """What a preview says of it."""
        if self.reason is None:
            return OccurrenceStatus.FREE
        return OccurrenceStatus.CLOSED if self.reason in _CLOSED else OccurrenceStatus.CONFLICT


@dataclass(frozen=True)
class Series:
    """What a student and a tutor have agreed on again and again, and how far it was made.

    `made` is the number of the last occurrence that was made, `made_until` the instant before which
    all are. `ends_at` is the end of the last, once none is left to be made.
    """

    id: int
    student_id: int
    tutor_account_id: int
    subject_name: str
    terms: SeriesTerms
    created_at: datetime
    updated_at: datetime
    made_until: datetime
    status: SeriesStatus = SeriesStatus.ACTIVE
    made: int = 0
    ends_at: datetime | None = None
    version: int = 1

    @property
    def recurrence(self) -> Recurrence:
        return said_in(self.terms)

    @property
    def tutor_profile_id(self) -> int:
        return self.terms.tutor_profile_id

    @property
    def duration(self) -> timedelta:
        return timedelta(minutes=self.terms.duration_minutes)

    def to_make(self, before: datetime) -> Iterator[Occurrence]:
        """The occurrences that start before the instant and were not made yet, in order."""
        return self.recurrence.occurrences(before, self.made)

    def made_up_to(self, items: list[Item], until: datetime) -> Series:
        """The same with these items made: all that start before the instant."""
        made = items[-1].occurrence.index if items else self.made
        until = max(self.made_until, until)
        return replace(self, made=made, made_until=until, ends_at=self._end_after(made))

    def pause(self, now: datetime) -> Series:
        """Nothing is made for now. Raises `WrongStatus`."""
        return self._next(now, status=self._after(SeriesAct.PAUSE))

    def resume(self, now: datetime) -> Series:
        """It goes on. Raises `WrongStatus`."""
        return self._next(now, status=self._after(SeriesAct.RESUME))

    def missed(self, now: datetime) -> list[Item]:
        """What would have taken place by now and was not made."""
        return [Item(occurrence, reason=PAUSED) for occurrence in self.to_make(now)]

    def cancel(self, now: datetime, first: int | None) -> Series:
        """Nothing more is made, from the n-th occurrence on; what comes before it goes on.

        Raises `WrongStatus`, `Invalid` where there is no such occurrence.
        """
        status = self._after(SeriesAct.CANCEL)
        if first is not None and not self._has(first):
            detail = "There is no such occurrence."
            raise Invalid(errors=[{"pointer": "/from_occurrence", "detail": detail}])
        if first is None or first <= self.made + 1 or self.status is status:
            return self._next(now, status=status)
        return self._next(now, terms=replace(self.terms, occurrence_count=first - 1))

    def complete(self, now: datetime) -> Series:
        """All has been made and is over. Raises `WrongStatus`."""
        return self._next(now, status=self._after(SeriesAct.COMPLETE))

    def _after(self, act: SeriesAct) -> SeriesStatus:
        """The one reader of the table. Raises `WrongStatus`."""
        if (act, self.status) not in _STEPS:
            raise WrongStatus(f"The series is {self.status}, which does not allow this.")
        return _STEPS[act, self.status]

    def _has(self, index: int) -> bool:
        """Whether it has an n-th occurrence; without an end it has none that would take long to count to."""
        return index <= self.made + MOST_IN_ALL and self.recurrence.at(index) is not None

    def _end_after(self, made: int) -> datetime | None:
        """When the last occurrence is over, if it is the n-th."""
        last = self.recurrence.at(made) if made else None
        if last is None or self.recurrence.at(made + 1) is not None:
            return None
        return last.start_at + self.duration

    def _next(self, now: datetime, **changes: Any) -> Series:
        return replace(self, updated_at=now, version=self.version + 1, **changes)
