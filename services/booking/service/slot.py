"""A wanted time, judged by the one rule against what stands in the database.

The lock makes rivals wait for one another instead of colliding; that no two of them get the same
time is the database's constraints' word, which is the last.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from chassis.database import lock
from chassis.unit import Unit
from contracts.bookable import ALTERNATIVES, Block, Limits, Rule
from contracts.errors import Refusal, SlotTaken, StudentBusy
from contracts.scheduling import HORIZON_DAYS
from services.booking.offer import refused
from services.booking.service.steps import advance
from services.booking.store import Bookings, Calendars

_NEAR = timedelta(days=4)  # where alternatives are looked for first, and more than the rule itself looks at
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Slot:
    """A time that a student wants with a tutor; a booking that moves does not stand in its own way.

    Where the time is part of a series nobody is there to choose another.
    """

    unit: Unit
    tutor_profile_id: int
    student_id: int
    limits: Limits
    start: datetime
    minutes: int
    moving: int | None = None
    offers_others: bool = True

    def check(self, others: Iterable[type[Refusal]]) -> str:
        """The tutor's zone, if nothing speaks against it. Raises the refusal that section 3 names."""
        rule = self._near()
        if reasons := [*others, *rule.why_not(self.start, self.minutes)]:
            raise self._refused(reasons, rule)
        return rule.calendar.zone

    @contextmanager
    def taking(self) -> Iterator[None]:
        """Write it within; first what has run out makes room, at last the database may refuse."""
        make_room(self.unit, tutor_profile_id=self.tutor_profile_id, student_id=self.student_id)
        try:
            yield
        except (SlotTaken, StudentBusy) as refusal:
            raise self._refused([type(refusal)], self._near()) from refusal

    def _refused(self, reasons: Iterable[type[Refusal]], near: Rule) -> Refusal:
        nearest = partial(self._nearest, near) if self.offers_others else tuple
        return refused(reasons, "new_start_at" if self.moving else "start_at", nearest)

    def _nearest(self, near: Rule) -> list[datetime]:
        """What to offer instead; far from the start it is looked for only where there is little near by."""
        found = near.nearest(self.start, self.minutes)
        if len(found) == ALTERNATIVES:
            return found
        days = HORIZON_DAYS if self.limits.window_days is None else self.limits.window_days
        window = Block(self.unit.now, self.unit.now + (days + 2) * _DAY)
        return self._rule(window).nearest(self.start, self.minutes)

    def _near(self) -> Rule:
        return self._rule(Block(self.start - _NEAR, self.start + _NEAR))

    def _rule(self, period: Block) -> Rule:
        """The rule, exact for starts in the period."""
        whole = Block(period.start, period.end + timedelta(minutes=self.minutes))
        calendars = Calendars(self.unit.connection, self.unit.now)
        calendar = calendars.around(self.tutor_profile_id, self.student_id, whole, self.moving)
        return Rule(self.limits, calendar, self.unit.now)


def lock_people(unit: Unit, tutor_profile_id: int, student_id: int) -> None:
    """Wait for whoever is changing the tutor's or the student's bookings, and have others wait.

    Whether the tutor may be booked is read afterwards: the one waited for may have been the tutor's erasure.
    """
    lock(unit.connection, f"tutor:{tutor_profile_id}", f"student:{student_id}")


def make_room(unit: Unit, **whose: int) -> None:
    """Record what has run out of a tutor's or a student's bookings, before something takes its place."""
    run_out = Bookings(unit.connection).run_out_of(unit.now, **whose)
    advance(unit, *(booking.expire(unit.now) for booking in run_out))
