"""What is told of bookings: one event for each step, each with the whole booking."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, ClassVar

from contracts.booking.lessons import BookingStatus, BookingTypeName, LessonTypeName, StatusName
from contracts.catalog import Role, RoleName
from contracts.fields import number
from contracts.message import Event, View
from contracts.values import (
    Amount,
    Count,
    Currency,
    Flag,
    Id,
    Instant,
    Line,
    Minutes,
    Version,
    WebAddress,
    Zone,
)


@dataclass(frozen=True)
class BookingState(View):
    """The whole booking as the bus carries it: ids, times, money; no name, address or note."""

    id: Id
    student_id: Id
    tutor_profile_id: Id
    tutor_account_id: Id
    start_at: Instant
    end_at: Instant
    blocked_from: Instant
    blocked_to: Instant
    tutor_timezone: Zone
    duration_minutes: Minutes
    lesson_type: LessonTypeName
    booking_type: BookingTypeName
    status: StatusName
    total_amount: Amount
    currency: Currency
    seats_reserved: Count
    version: Version
    subject_id: Id | None = None
    subject_name: Line | None = None
    course_id: Id | None = None
    join_url: WebAddress | None = None
    session_id: Id | None = None
    series_id: Id | None = None
    occurrence_index: Count | None = None
    expires_at: Instant | None = None
    package_id: Id | None = None


@dataclass(frozen=True)
class BookingEvent(Event):
    """A step in a booking's life; any one of them can be taken alone, the highest version last.

    `from_status` is null where the booking is new, and where its present state is told again;
    the end of a hold concerns nobody but who held it.
    """

    concerns: ClassVar = ("booking.student_id", "booking.tutor_account_id")
    booking: BookingState
    from_status: StatusName | None = None

    @property
    def subject(self) -> str:
        return str(self.booking.id)

    @property
    def sequence(self) -> int:
        return self.booking.version

    @property
    def is_of_hold(self) -> bool:
        """It is about a hold, or about the end of one that has not become a booking."""
        became = self.booking.status in (BookingStatus.PENDING, BookingStatus.CONFIRMED)
        was_held = self.from_status is BookingStatus.HELD
        return self.booking.status is BookingStatus.HELD or (was_held and not became)

    @property
    def concerned(self) -> frozenset[int]:
        return frozenset({self.booking.student_id}) if self.is_of_hold else super().concerned


@dataclass(frozen=True)
class BookingHeld(BookingEvent):
    """A student holds a time for a checkout."""


@dataclass(frozen=True)
class BookingRequested(BookingEvent):
    """A student asks for a time that the tutor has to approve."""


@dataclass(frozen=True)
class BookingConfirmed(BookingEvent):
    """The lesson will be held."""


@dataclass(frozen=True)
class BookingDeclined(BookingEvent):
    """The tutor said no."""


@dataclass(frozen=True)
class BookingCancelled(BookingEvent):
    """One side, or an admin, ended an active booking; the refund is the money that the student gets back."""

    cancelled_by: RoleName = Role.ADMIN
    refund_amount: Amount = Decimal(0)
    credit_returned: Flag = False


@dataclass(frozen=True)
class BookingRescheduled(BookingEvent):
    """The lesson moved."""

    previous_start_at: Instant | None = None


@dataclass(frozen=True)
class BookingCompleted(BookingEvent):
    """The lesson was held."""


@dataclass(frozen=True)
class BookingNoShow(BookingEvent):
    """One side did not come; the status says which."""


@dataclass(frozen=True)
class BookingExpired(BookingEvent):
    """A hold or a request ran out."""


BOOKING_STEPS: tuple[type[BookingEvent], ...] = (
    BookingHeld,
    BookingRequested,
    BookingConfirmed,
    BookingDeclined,
    BookingCancelled,
    BookingRescheduled,
    BookingCompleted,
    BookingNoShow,
    BookingExpired,
)


@dataclass(frozen=True)
class ReliabilityChanged(Event):
    """The share of a tutor's finished lessons that were kept."""

    concerns_tutors: ClassVar = ("tutor_profile_id",)
    subject_field: ClassVar = "tutor_profile_id"
    tutor_profile_id: Id
    reliability: Annotated[float, number(0, 1)]
    version: Version
