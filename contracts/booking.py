"""Policies and the life of a booking: what booking answers and tells."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, ClassVar

from contracts.catalog import DoneView, Role, RoleName
from contracts.message import ADMIN, SIGNED_IN, STUDENT, TUTOR, Command, Event, Query, View
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
    SignedMoney,
    Version,
    WebAddress,
    Zone,
    integer,
    number,
    word,
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


StatusName = Annotated[BookingStatus, word(BookingStatus)]
BookingTypeName = Annotated[BookingType, word(BookingType)]
LessonTypeName = Annotated[LessonType, word(LessonType)]
Hours = Annotated[float, number(0, 2160)]
Percent = Annotated[int, integer(0, 100)]
Buffer = Annotated[int, integer(0, 240)]


# --- policy ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class RefundTier(View):
    """A student who cancels at least `hours_before` the start gets `percent` back."""

    hours_before: Hours
    percent: Percent


@dataclass(frozen=True)
class PolicyTerms(View):
    """What a tutor asks of bookings; the defaults are those of the sources."""

    requires_approval_for_one_on_one: Flag = True
    requires_approval_for_group: Flag = False
    min_notice_hours: Hours = 24
    booking_window_days: Annotated[int, integer(1, 120)] = 14
    durations_minutes: list[Minutes] = field(default_factory=lambda: [30, 45, 60, 90, 120])
    slot_step_minutes: Annotated[int, integer(1, 1440)] = 30
    buffer_before_minutes: Buffer = 0
    buffer_after_minutes: Buffer = 0
    max_bookings_per_day: Annotated[int, integer(1, 100)] | None = None
    refund_tiers: list[RefundTier] = field(default_factory=lambda: [RefundTier(12, 100)])
    reschedule_notice_hours: Hours = 12
    reschedule_window_days: Annotated[int, integer(1, 120)] = 30


@dataclass(frozen=True)
class PolicyView(PolicyTerms):
    """The terms in force; `version` 0 where they were never set and the defaults rule."""

    tutor_profile_id: Id = 1
    course_id: Id | None = None
    version: Version = 0


@dataclass(frozen=True)
class GetPolicy(Query[PolicyView]):
    """The calling tutor's terms, for one course where it has its own."""

    asked_by: ClassVar = TUTOR
    course_id: Id | None = None


@dataclass(frozen=True)
class ReplacePolicy(PolicyTerms, Command[PolicyView]):
    """Replace the terms; absent fields take the defaults. Refuses with NotFound (course), Stale."""

    asked_by: ClassVar = TUTOR
    course_id: Id | None = None
    expected_version: Version | None = None


@dataclass(frozen=True)
class RemovePolicy(Command[DoneView]):
    """Let the tutor's own terms, or the defaults, rule again."""

    asked_by: ClassVar = TUTOR
    course_id: Id | None = None


# --- a booking -----------------------------------------------------------------------------------


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
    """End an active booking from either side, with refund by the snapshot. Refuses with WrongStatus, AlreadyStarted."""

    asked_by: ClassVar = SIGNED_IN
    booking_id: Id
    reason: Prose | None = None


@dataclass(frozen=True)
class CancellationPreview(View):
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
    """Move to another start, same duration, price and status. Refuses with TooLateToReschedule and as CreateBooking."""

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


# --- money -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class LedgerItem(View):
    """One line of a balanced posting: debits positive, credits negative."""

    id: Id
    at: Instant
    account: Line
    amount: SignedMoney
    currency: Currency
    kind: Line
    booking_id: Id | None = None


@dataclass(frozen=True)
class LedgerPage(View):
    items: list[LedgerItem]
    total: Count
    page: Page
    page_size: PageSize


@dataclass(frozen=True)
class ListLedger(Query[LedgerPage]):
    """The append-only ledger, newest first."""

    asked_by: ClassVar = ADMIN
    booking_id: Id | None = None
    page: Page = 1
    page_size: PageSize = 20


# --- events ------------------------------------------------------------------------------------------


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


@dataclass(frozen=True)
class BookingEvent(Event):
    """A step in a booking's life; any one of them can be taken alone, the highest version last.

    `from_status` is null where the booking is new, and where its present state is told again;
    the end of a hold concerns nobody but who held it.
    """

    booking: BookingState
    from_status: StatusName | None = None

    @property
    def subject(self) -> str:
        return str(self.booking.id)

    @property
    def sequence(self) -> int:
        return self.booking.version


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
    """One side, or an admin, ended an active booking; the refund is what the student gets back."""

    cancelled_by: RoleName = Role.ADMIN
    refund_amount: Amount = Decimal(0)


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
class PolicyChanged(Event):
    """The terms of a tutor, or of one of its courses, changed; `terms` is null where they were removed."""

    tutor_profile_id: Id
    version: Version
    course_id: Id | None = None
    terms: PolicyTerms | None = None

    @property
    def subject(self) -> str:
        return f"{self.tutor_profile_id}/{self.course_id or 0}"


@dataclass(frozen=True)
class ReliabilityChanged(Event):
    """The share of a tutor's finished lessons that were kept."""

    subject_field: ClassVar = "tutor_profile_id"
    tutor_profile_id: Id
    reliability: Annotated[float, number(0, 1)]
    version: Version
