"""A tutor's and a student's time as it stands in the database, judged by the one rule.

The lock makes rivals wait for one another instead of colliding; that no two of them get the same
time is the database's constraints' word, which is the last.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from chassis.database import lock
from chassis.unit import Unit
from contracts.bookable import ALTERNATIVES, Block, Limits, Rule
from contracts.errors import Refusal, SlotTaken, StudentBusy
from contracts.scheduling import HORIZON_DAYS
from services.booking.offer import refused
from services.booking.service.steps import advance
from services.booking.store import Bookings, Calendars

_NEAR = timedelta(days=4)  # where alternatives are looked for first
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Times:
    """Where a lesson of so many minutes can be put; one that moves does not stand in its own way."""

    unit: Unit
    tutor_profile_id: int
    student_id: int
    limits: Limits
    minutes: int
    moving: int | None = None

    def lock(self) -> None:
        """Wait for whoever is changing the tutor's or the student's bookings, and have others wait."""
        lock(self.unit.connection, f"tutor:{self.tutor_profile_id}", f"student:{self.student_id}")

    def check(self, start: datetime, others: Iterable[type[Refusal]] = ()) -> str:
        """The tutor's zone, if nothing speaks against the start. Raises the refusal that section 3 names."""
        rule = self._rule(Block(start - _DAY, start + _DAY))
        if reasons := [*others, *rule.why_not(start, self.minutes)]:
            raise refused(reasons, lambda: self._nearest(start))
        return rule.calendar.zone

    @contextmanager
    def placing(self, start: datetime) -> Iterator[None]:
        """Write the start within; first what has run out makes room, at last the database may refuse."""
        bookings = Bookings(self.unit.connection)
        run_out = bookings.run_out_of(self.tutor_profile_id, self.student_id, self.unit.now)
        advance(self.unit, *(booking.expire(self.unit.now) for booking in run_out))
        try:
            yield
        except (SlotTaken, StudentBusy) as refusal:
            raise refused([type(refusal)], lambda: self._nearest(start)) from refusal

    def _nearest(self, start: datetime) -> list[datetime]:
        """What to offer instead; far from the start it is looked for only where there is little near by."""
        found = self._rule(Block(start - _NEAR, start + _NEAR)).nearest(start, self.minutes)
        if len(found) == ALTERNATIVES:
            return found
        days = HORIZON_DAYS if self.limits.window_days is None else self.limits.window_days
        window = Block(self.unit.now, self.unit.now + (days + 2) * _DAY)
        return self._rule(window).nearest(start, self.minutes)

    def _rule(self, period: Block) -> Rule:
        """The rule, exact for starts in the period."""
        whole = Block(period.start, period.end + timedelta(minutes=self.minutes))
        calendars = Calendars(self.unit.connection, self.unit.now)
        calendar = calendars.around(self.tutor_profile_id, self.student_id, whole, self.moving)
        return Rule(self.limits, calendar, self.unit.now)
