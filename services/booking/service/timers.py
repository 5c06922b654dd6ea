"""What time itself does to bookings.

Each run takes a batch and leaves what other transactions are at; after a long pause, or a jump of
the clock, the next runs take the rest. Until then nobody can do what the time no longer allows:
the domain judges by the time as well.
"""

from __future__ import annotations

from chassis.service import Service, every
from chassis.unit import Unit
from services.booking.domain import SYSTEM
from services.booking.service.queue import lock_sessions, move_up
from services.booking.service.steps import advance
from services.booking.sessions import session_changed
from services.booking.store import Bookings, Sessions, Waitlist

BATCH = 200


class Timers(Service):
    @every(seconds=5)
    def expire_run_out(self, unit: Unit) -> None:
        """Holds whose ten minutes are over, and requests that nobody answered before the start."""
        run_out = Bookings(unit.connection).run_out(unit.now, BATCH)
        advance(unit, *(booking.expire(unit.now) for booking in run_out))

    @every(seconds=5)
    def complete_over(self, unit: Unit) -> None:
        """Confirmed lessons of which nobody has said within a day how they went."""
        over = Bookings(unit.connection).to_complete(unit.now, BATCH)
        advance(unit, *(booking.complete(SYSTEM, unit.now) for booking in over))

    @every(seconds=5)
    def pass_seats_on(self, unit: Unit) -> None:
        """Offers that were not taken, and waitlists of sessions that have started."""
        due = Waitlist(unit.connection).sessions_run_out(unit.now, BATCH)
        lock_sessions(unit, *due)
        for session_id in due:
            move_up(unit, session_id)

    @every(seconds=5)
    def close_over(self, unit: Unit) -> None:
        """Sessions whose end has passed; each booking of theirs ends by itself."""
        sessions = Sessions(unit.connection)
        over = [session.complete(unit.now) for session in sessions.over(unit.now, BATCH)]
        sessions.save(*over)
        for session in over:
            unit.tell(session_changed(session))
