"""A review's life, and a tutor's rating.

Pure: the instant comes from outside. Whether a booking was reviewed before is the
database's to say.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from contracts.booking import BookingStatus
from contracts.errors import AlreadyReplied, Denied, NotCompleted, NotFound, ReviewClosed, Stale

EDITABLE_FOR = timedelta(days=14)


@dataclass(frozen=True)
class Lesson:
    """What is known here of a booking."""

    booking_id: int
    student_id: int
    tutor_profile_id: int
    tutor_account_id: int
    status: BookingStatus


@dataclass(frozen=True)
class Opinion:
    """What the student says."""

    rating: int
    comment: str


@dataclass(frozen=True)
class Review:
    """One student's word on one lesson. `hidden_reason` stands while an admin keeps it out of sight."""

    id: int
    booking_id: int
    student_id: int
    tutor_profile_id: int
    tutor_account_id: int
    opinion: Opinion
    created_at: datetime
    updated_at: datetime
    version: int = 1
    reply: str | None = None
    replied_at: datetime | None = None
    hidden_reason: str | None = None

    @property
    def visible(self) -> bool:
        return self.hidden_reason is None

    def edited(
        self, rating: int | None, comment: str | None, expected_version: int | None, now: datetime
    ) -> Review:
        """Say it differently; what is None stays. Raises `Stale`, `ReviewClosed`."""
        if expected_version not in (None, self.version):
            raise Stale()
        if now - self.created_at > EDITABLE_FOR:
            raise ReviewClosed()
        opinion = Opinion(
            self.opinion.rating if rating is None else rating,
            self.opinion.comment if comment is None else comment,
        )
        return self._next(now, opinion=opinion)

    def answered(self, reply: str, now: datetime) -> Review:
        """Let the tutor reply. Raises `AlreadyReplied`."""
        if self.reply is not None:
            raise AlreadyReplied()
        return self._next(now, reply=reply, replied_at=now)

    def hidden(self, reason: str, now: datetime) -> Review:
        """Take it out of sight."""
        return self._next(now, hidden_reason=reason)

    def shown(self, now: datetime) -> Review:
        """Let it be seen again."""
        return self._next(now, hidden_reason=None)

    def _next(self, now: datetime, **changes: object) -> Review:
        return replace(self, version=self.version + 1, updated_at=now, **changes)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Rating:
    """The stars of a tutor's visible reviews, counted exactly."""

    reviews: int = 0
    stars: int = 0

    @property
    def average(self) -> Decimal:
        """The exact mean, rounded half-up to two places; 0 where there is no review."""
        if not self.reviews:
            return Decimal("0.00")
        return (Decimal(self.stars) / self.reviews).quantize(Decimal("0.01"), ROUND_HALF_UP)


def reviewable(lesson: Lesson | None, student_id: int) -> Lesson:
    """The lesson, if this student may review it. Raises `NotFound`, `Denied`, `NotCompleted`."""
    if lesson is None:
        raise NotFound()
    if lesson.student_id != student_id:
        raise Denied()
    if lesson.status is not BookingStatus.COMPLETED:
        raise NotCompleted()
    return lesson
