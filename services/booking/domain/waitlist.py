"""The waitlist of a session: strictly first come, first served.

An entry waits for one seat. A seat that falls free is held for the first who waits, who has two hours
to take it, or until the start; then it is held for the next. At the start all of it ends.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from contracts.booking import EntryStatus
from contracts.errors import WrongStatus
from services.booking.domain.session import Session

OFFER = timedelta(hours=2)
LIVE = frozenset({EntryStatus.WAITING, EntryStatus.OFFERED})


@dataclass(frozen=True)
class Entry:
    """A student's place in the waitlist of a session. Each change makes the next version.

    `place` counts all who ever came to this session; who comes again gets a new one.
    """

    id: int
    session_id: int
    student_id: int
    place: int
    joined_at: datetime
    updated_at: datetime
    expires_at: datetime | None  # while waiting or offered
    status: EntryStatus = EntryStatus.WAITING
    offered_at: datetime | None = None
    version: int = 1

    @property
    def is_live(self) -> bool:
        return self.status in LIVE

    def status_at(self, now: datetime) -> EntryStatus:
        """The status that holds now, even where nobody has yet recorded that the time has run out."""
        run_out = self.expires_at is not None and self.expires_at <= now
        return EntryStatus.EXPIRED if run_out else self.status

    def offer(self, now: datetime, start_at: datetime) -> Entry:
        """Hold a seat for whoever waits here."""
        until = min(now + OFFER, start_at)
        return self._next(now, status=EntryStatus.OFFERED, offered_at=now, expires_at=until)

    def check_offered(self, now: datetime) -> None:
        """Whether a seat is held here now. Raises `WrongStatus`."""
        status = self.status_at(now)
        if status is not EntryStatus.OFFERED:
            raise WrongStatus(f"The place in the waitlist is {status}, which does not allow this.")

    def accept(self, now: datetime) -> Entry:
        """The held seat is taken. Raises `WrongStatus`."""
        self.check_offered(now)
        return self._next(now, status=EntryStatus.ACCEPTED, expires_at=None)

    def leave(self, now: datetime) -> Entry:
        return self._next(now, status=EntryStatus.LEFT, expires_at=None)

    def expire(self, now: datetime) -> Entry:
        return self._next(now, status=EntryStatus.EXPIRED, expires_at=None)

    def come_again(self, now: datetime, place: int, until: datetime) -> Entry:
        """Wait anew, behind everybody else."""
        anew: dict[str, Any] = {"status": EntryStatus.WAITING, "joined_at": now, "offered_at": None}
        return self._next(now, place=place, expires_at=until, **anew)

    def _next(self, now: datetime, **changes: Any) -> Entry:
        return replace(self, updated_at=now, version=self.version + 1, **changes)


@dataclass(frozen=True)
class Queue:
    """The live entries of a session, first come first."""

    session: Session
    entries: Sequence[Entry]

    def of(self, student_id: int) -> Entry | None:
        """The student's own entry."""
        return next((entry for entry in self.entries if entry.student_id == student_id), None)

    def moves(self, now: datetime) -> Iterator[Entry]:
        """The next versions of entries: what has run out ends, and what is free is offered in turn."""
        ended = [entry for entry in self.entries if self._is_over(entry, now)]
        yield from (entry.expire(now) for entry in ended)
        given_back = sum(entry.status is EntryStatus.OFFERED for entry in ended)
        staying = [entry for entry in self.entries if entry not in ended]
        waiting = [entry for entry in staying if entry.status is EntryStatus.WAITING]
        for entry in waiting[: self.session.seats_left + given_back]:
            yield entry.offer(now, self.session.start_at)

    def _is_over(self, entry: Entry, now: datetime) -> bool:
        return not self.session.takes_seats(now) or entry.status_at(now) is EntryStatus.EXPIRED
