"""How reliable a tutor is: the share of the finished lessons that the tutor kept.

Kept is a lesson that was held, or that the student missed. Not kept: the tutor did not come, or
cancelled a confirmed lesson later than its own terms let a student cancel for free.
Everything else says nothing of the tutor.
"""

from __future__ import annotations

from dataclasses import dataclass

from contracts.booking import BookingStatus
from services.booking.domain import Step
from services.booking.money import half_up
from services.booking.refunds import is_late


@dataclass(frozen=True)
class Reliability:
    """A tutor's record; each finished lesson makes the next version of it."""

    tutor_profile_id: int
    finished: int
    kept: int

    @property
    def share(self) -> float:
        return _share(self.kept, self.finished)

    @property
    def version(self) -> int:
        return self.finished

    def is_news_since(self, kept: bool) -> bool:
        """Whether the last lesson, kept or not, changed the share."""
        before = self.finished - 1
        return before == 0 or self.share != _share(self.kept - kept, before)


def was_kept(step: Step) -> bool | None:
    """Whether the tutor kept the lesson that this step finishes; None where it says nothing of that."""
    match step.booking.status:
        case BookingStatus.COMPLETED | BookingStatus.NO_SHOW_STUDENT:
            return True
        case BookingStatus.NO_SHOW_TUTOR:
            return False
        case BookingStatus.CANCELLED_BY_TUTOR if _let_down(step):
            return False
    return None


def _let_down(step: Step) -> bool:
    """Whether the student had relied on the lesson, and it was late to cancel it."""
    booking = step.booking
    relied = step.before is not None and step.before.status is BookingStatus.CONFIRMED
    return relied and is_late(booking.terms.refund_tiers, booking.start_at - booking.updated_at)


def _share(kept: int, finished: int) -> float:
    """With four places, rounded half-up."""
    return half_up(10_000 * kept, finished) / 10_000
