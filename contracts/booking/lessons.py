"""The life of a booking: how it is taken, decided, moved and ended, and how its two sides see it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, ClassVar

from contracts.booking.policies import Percent, PolicyTerms, RefundTier
from contracts.catalog import RoleName
from contracts.fields import word
from contracts.message import SIGNED_IN, STUDENT, TUTOR, Command, Query, View
from contracts.values import (
    Amount,
    Count,
    Currency,
    Email,
    Flag,
    Id,
    Instant,
    Line,
    Minutes,
    Name,
    Page,
    PageSize,
    PeriodEnd,
    PeriodStart,
    Prose,
    Version,
    WebAddress,
)


class BookingStatus(StrEnum):
    HELD = "HELD"
    PENDING = "PENDING"
    CONFIRMED = "CONFIRMED"
    DECLINED = "DECLINED"
    CANCELLED_BY_STUDENT = "CANCELLED_BY_STUDENT"
    CANCELLED_BY_TUTOR = "CANCELLED_BY_TUTOR"
    CANCELLED_BY_ADMIN = "CANCELLED_BY_ADMIN"
    COMPLETED = "COMPLETED"
    NO_SHOW_STUDENT = "NO_SHOW_STUDENT"
    NO_SHOW_TUTOR = "NO_SHOW_TUTOR"
    EXPIRED = "EXPIRED"


ACTIVE = frozenset({BookingStatus.HELD, BookingStatus.PENDING, BookingStatus.CONFIRMED})


class BookingType(StrEnum):
    ONE_ON_ONE = "one_on_one"
    GROUP_SESSION = "group_session"


class LessonType(StrEnum):
    VIDEO_CALL = "video_call"
    PHONE_CALL = "phone_call"
    IN_PERSON = "in_person"


class Means(StrEnum):
    """How a lesson is paid: with a credit nothing is charged, its price is for the record."""

    MONEY = "money"
    CREDIT = "credit"


MeansName = Annotated[Means, word(Means)]
StatusName = Annotated[BookingStatus, word(BookingStatus)]
BookingTypeName = Annotated[BookingType, word(BookingType)]
LessonTypeName = Annotated[LessonType, word(LessonType)]


@dataclass(frozen=True)
class BookingView(View):
    """A booking as one of its two sides, or an admin, sees it."""

    id: Id
    student_id: Id
    student_name: Name
    tutor_profile_id: Id
    tutor_name: Name
    start_time: Instant
    end_time: Instant
    duration_minutes: Minutes
    lesson_type: LessonTypeName
    status: StatusName
    hourly_rate: Amount
    platform_fee: Amount
    total_amount: Amount
    currency: Currency
    created_at: Instant
    updated_at: Instant
    booking_type: BookingTypeName
    seats_reserved: Count
    in_progress: Flag
    policy: PolicyTerms
    version: Version
    paid_with: MeansName = Means.MONEY
    package_id: Id | None = None
    credit_returned: Flag = False
    student_email: Email | None = None
    tutor_email: Email | None = None
    subject_id: Id | None = None
    subject_name: Line | None = None
    course_id: Id | None = None
    notes_student: Prose | None = None
    notes_tutor: Prose | None = None
    join_url: WebAddress | None = None
    session_id: Id | None = None
    series_id: Id | None = None
    occurrence_index: Count | None = None
    expires_at: Instant | None = None
    decided_by: Id | None = None
    decision_at: Instant | None = None
    decision_reason: Prose | None = None
    cancelled_by: Id | None = None
    cancelled_at: Instant | None = None
    cancel_reason: Prose | None = None


@dataclass(frozen=True)
class BookingPage(View):
    items: list[BookingView]
    total: Count
    page: Page
    page_size: PageSize


@dataclass(frozen=True)
class CreateBooking(Command[BookingView]):
    """Take a time with a tutor, for a subject or a course; `hold` blocks it ten minutes for a checkout.

    Refuses in the order of section 3 of the rules: StartInPast, DurationNotOffered,
    SubjectNotTaught, TutorNotApproved, TooLittleNotice, TooFarAhead, NotOpen, OffGrid,
    DayFull, SlotTaken, StudentBusy; and with NoCredit, TooManyHolds.
    """

    asked_by: ClassVar = STUDENT
    tutor_profile_id: Id
    start_at: Instant
    duration_minutes: Minutes
    lesson_type: LessonTypeName = LessonType.VIDEO_CALL
    subject_id: Id | None = None
    course_id: Id | None = None
    notes_student: Prose | None = None
    use_package_id: Id | None = None
    hold: Flag = False


@dataclass(frozen=True)
class CheckOutBooking(Command[BookingView]):
    """Take a held time for good: HELD becomes PENDING or CONFIRMED. Refuses with WrongStatus."""

    asked_by: ClassVar = STUDENT
    booking_id: Id


@dataclass(frozen=True)
class ConfirmBooking(Command[BookingView]):
    """PENDING becomes CONFIRMED. Refuses with WrongStatus."""

    asked_by: ClassVar = TUTOR
    booking_id: Id
    notes_tutor: Prose | None = None


@dataclass(frozen=True)
class DeclineBooking(Command[BookingView]):
    """PENDING becomes DECLINED and everything is refunded. Refuses with WrongStatus."""

    asked_by: ClassVar = TUTOR
    booking_id: Id
    reason: Prose | None = None


@dataclass(frozen=True)
class CancelBooking(Command[BookingView]):
    """End an active booking from either side, with refund by the snapshot.

    Refuses with WrongStatus, AlreadyStarted.
    """

    asked_by: ClassVar = SIGNED_IN
    booking_id: Id
    reason: Prose | None = None


@dataclass(frozen=True)
class CancellationPreview(View):
    """What comes back: of money so many percent; a credit whole (100) or not at all (0), and no money."""

    refund_amount: Amount
    refund_percent: Percent
    credit_returned: Flag
    now: Instant
    currency: Currency
    tier: RefundTier | None = None


@dataclass(frozen=True)
class PreviewCancellation(Query[CancellationPreview]):
    """What a cancellation by the caller would give back now. Refuses as CancelBooking does."""

    asked_by: ClassVar = SIGNED_IN
    booking_id: Id


@dataclass(frozen=True)
class RescheduleBooking(Command[BookingView]):
    """Move to another start, same duration, price and status.

    Refuses with SeatNotMovable, WrongStatus, TooLateToReschedule, and as CreateBooking does.
    """

    asked_by: ClassVar = STUDENT
    booking_id: Id
    new_start_at: Instant


@dataclass(frozen=True)
class CompleteBooking(Command[BookingView]):
    """The lesson was held: CONFIRMED becomes COMPLETED. Refuses with WrongStatus, NotYetOver."""

    asked_by: ClassVar = TUTOR
    booking_id: Id


@dataclass(frozen=True)
class MarkNoShowStudent(Command[BookingView]):
    """The student did not come. Refuses with WrongStatus, TooEarlyForNoShow, TooLateForNoShow."""

    asked_by: ClassVar = TUTOR
    booking_id: Id
    notes: Prose | None = None


@dataclass(frozen=True)
class MarkNoShowTutor(Command[BookingView]):
    """The tutor did not come; everything is refunded. Refuses as MarkNoShowStudent."""

    asked_by: ClassVar = STUDENT
    booking_id: Id
    notes: Prose | None = None


@dataclass(frozen=True)
class GetBooking(Query[BookingView]):
    """One booking of the caller's; an admin sees any."""

    booking_id: Id


@dataclass(frozen=True)
class ListBookings(Query[BookingPage]):
    """The caller's bookings by start, latest first; an admin's list has all.

    `status` takes several; the period is of starts.
    """

    status: list[StatusName] | None = None
    role: RoleName | None = None
    from_: PeriodStart | None = field(default=None, metadata={"data_key": "from"})
    to: PeriodEnd | None = None
    tutor_profile_id: Id | None = None
    student_id: Id | None = None
    session_id: Id | None = None
    page: Page = 1
    page_size: PageSize = 20


@dataclass(frozen=True)
class HistoryItem(View):
    at: Instant
    by: Line
    to_status: StatusName
    from_status: StatusName | None = None
    reason: Prose | None = None
    from_start: Instant | None = None
    to_start: Instant | None = None


@dataclass(frozen=True)
class HistoryPage(View):
    items: list[HistoryItem]
    total: Count
    page: Page
    page_size: PageSize


@dataclass(frozen=True)
class GetHistory(Query[HistoryPage]):
    """Every step of a booking, oldest first."""

    booking_id: Id
    page: Page = 1
    page_size: PageSize = 20
