"""How reliable tutors and students are: the share of their finished lessons that they kept.

Kept is a lesson that was held, or that the other side missed. Not kept: they did not come, or
cancelled a confirmed lesson later than its own terms let a student cancel for free.
Everything else says nothing of them.
"""

from __future__ import annotations

from dataclasses import dataclass

from contracts.booking import BookingStatus
from services.booking.domain import Side, Step
from services.booking.money import half_up
from services.booking.refunds import is_late

_S = BookingStatus
_HELD_OR_MISSED = frozenset({_S.COMPLETED, _S.NO_SHOW_STUDENT, _S.NO_SHOW_TUTOR})
_OWN_NO_SHOW = {Side.TUTOR: _S.NO_SHOW_TUTOR, Side.STUDENT: _S.NO_SHOW_STUDENT}
_OWN_CANCELLATION = {Side.TUTOR: _S.CANCELLED_BY_TUTOR, Side.STUDENT: _S.CANCELLED_BY_STUDENT}


@dataclass(frozen=True)
class Reliability:
    """A tutor's record by the profile, or a student's by the account; each finished lesson makes the next."""

    person_id: int
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


def was_kept(step: Step, side: Side = Side.TUTOR) -> bool | None:
    """Whether that side kept the lesson that this step finishes; None where it says nothing of that."""
    status = step.booking.status
    if status in _HELD_OR_MISSED:
        return status is not _OWN_NO_SHOW[side]
    return False if status is _OWN_CANCELLATION[side] and _let_down(step) else None


def _let_down(step: Step) -> bool:
    """Whether the other side had relied on the lesson, and it was late to cancel it."""
    booking = step.booking
    relied = step.before is not None and step.before.status is BookingStatus.CONFIRMED
    return relied and is_late(booking.terms.refund_tiers, booking.start_at - booking.updated_at)


def _share(kept: int, finished: int) -> float:
    """With four places, rounded half-up."""
    return half_up(10_000 * kept, finished) / 10_000
