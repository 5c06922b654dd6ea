"""When a coming lesson is brought to mind, and when it is not.

Pure. A reminder is set when the lesson is confirmed or moved and judged again when it is due:
meanwhile the lesson may have been cancelled or moved, or the clock may have passed it by.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from contracts.booking import BookingState, BookingStatus
from contracts.formats import format_instant
from contracts.notifications import NotificationKind
from services.notifications.audience import note_of_lesson
from services.notifications.domain import BOTH, Note

LEADS = (timedelta(hours=24), timedelta(hours=1))  # the longest first


@dataclass(frozen=True)
class Reminder:
    """To be given `lead` before a start."""

    booking_id: int
    start_at: datetime
    lead: timedelta

    @property
    def due_at(self) -> datetime:
        return self.start_at - self.lead


def reminders_of(booking: BookingState, now: datetime) -> list[Reminder]:
    """Those that are still to come; what is confirmed too late for one does without it."""
    if booking.status is not BookingStatus.CONFIRMED:
        return []
    reminders = [Reminder(booking.id, booking.start_at, lead) for lead in LEADS]
    return [reminder for reminder in reminders if reminder.due_at >= now]


def notes_of_reminder(reminder: Reminder, booking: BookingState, now: datetime) -> Iterator[Note]:
    """What both sides are to be told now that the reminder is due; nothing where it no longer fits."""
    stands = booking.status is BookingStatus.CONFIRMED and booking.start_at == reminder.start_at
    if not stands or lead_at(reminder.start_at, now) != reminder.lead:
        return
    hours = reminder.lead // timedelta(hours=1)
    occasion = f"booking {booking.id} in {hours} h at {format_instant(booking.start_at)}"
    for side in BOTH:
        yield note_of_lesson(NotificationKind.LESSON_REMINDER, side, occasion, booking)


def still_fits(note: Note, lesson: BookingState | None, now: datetime) -> bool:
    """Whether a reminder that was put off is one yet: its lesson stands where it stood, and has not begun."""
    stood = note.facts.lesson
    if stood is None or lesson is None or lesson.status is not BookingStatus.CONFIRMED:
        return False
    return lesson.start_at == stood.start_at > now


def lead_at(start_at: datetime, now: datetime) -> timedelta | None:
    """The one reminder that fits at this time: of those that are due the last, until the start."""
    if now >= start_at:
        return None
    return min((lead for lead in LEADS if start_at - lead <= now), default=None)
