"""Moving up: who is next gets what falls free, whatever made it so.

Whoever changes the seats of a session that has not started, or its waitlist, holds the session's lock
first, so that nobody passes the queue. After the start there is no queue any more.
"""

from __future__ import annotations

from collections.abc import Iterable

from chassis.database import lock
from chassis.unit import Unit
from services.booking.domain import Queue
from services.booking.sessions import entry_event, session_changed
from services.booking.store import Sessions, Waitlist


def lock_sessions(unit: Unit, *session_ids: int) -> None:
    """Wait for whoever is changing these sessions' seats, and have others wait."""
    lock(unit.connection, *(f"session:{session_id}" for session_id in session_ids))


def settle(unit: Unit, session_ids: Iterable[int]) -> None:
    """Tell how sessions stand whose seats have changed, and let others move up to what fell free."""
    for session_id in sorted(set(session_ids)):
        unit.tell(session_changed(Sessions(unit.connection).count_change(session_id, unit.now)))
        move_up(unit, session_id)


def move_up(unit: Unit, session_id: int) -> Queue:
    """The queue after what has run out and what is free have had their effect. Raises `NotFound`."""
    sessions, waitlist = Sessions(unit.connection), Waitlist(unit.connection)
    queue = Queue(sessions.get(session_id, to_change=True), waitlist.live(session_id))
    moved = list(queue.moves(unit.now))
    if not moved:
        return queue
    waitlist.save(*moved)
    session = sessions.count_change(session_id, unit.now)
    was = {entry.id: entry.status for entry in queue.entries}
    for entry in moved:
        unit.tell(entry_event(entry, session, was[entry.id]))
    unit.tell(session_changed(session))
    return Queue(session, waitlist.live(session_id))
