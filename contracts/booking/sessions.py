"""Group sessions: announced by a tutor, taken seat by seat, cancelled as a whole."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, ClassVar

from contracts.booking.lessons import BookingView
from contracts.catalog import Role, RoleName
from contracts.fields import integer, word
from contracts.message import ADMIN, ANYONE, STUDENT, TUTOR, Command, Event, Query, View
from contracts.values import (
    Count,
    Currency,
    Id,
    Instant,
    Line,
    Minutes,
    Money,
    Name,
    Page,
    PageSize,
    PeriodEnd,
    PeriodStart,
    Prose,
    Version,
    WebAddress,
    Zone,
)


class SessionStatus(StrEnum):
    SCHEDULED = "scheduled"
    CANCELLED = "cancelled"
    COMPLETED = "completed"


class MeetingProvider(StrEnum):
    ZOOM = "zoom"
    GOOGLE_MEET = "google_meet"
    TEAMS = "teams"
    CUSTOM = "custom"


SessionStatusName = Annotated[SessionStatus, word(SessionStatus)]
MeetingProviderName = Annotated[MeetingProvider, word(MeetingProvider)]
Capacity = Annotated[int, integer(1, 1000)]
Seats = Annotated[int, integer(1, 100)]


@dataclass(frozen=True)
class SessionView(View):
    """A session as anybody sees it; how to get in is shown to its tutor, admins, and who is confirmed.

    `seats_left` are those that can be had at once: neither taken nor held for the waitlist.
    """

    id: Id
    tutor_profile_id: Id
    tutor_name: Name
    course_id: Id
    course_title: Line
    subject_id: Id
    subject_name: Line
    start_at: Instant
    end_at: Instant
    duration_minutes: Minutes
    timezone_snapshot: Zone
    capacity: Capacity
    seats_taken: Count
    seats_left: Count
    seat_price: Money
    currency: Currency
    status: SessionStatusName
    meeting_provider: MeetingProviderName
    created_at: Instant
    updated_at: Instant
    version: Version
    meeting_link: WebAddress | None = None
    meeting_id: Line | None = None
    meeting_passcode: Line | None = None
    cancelled_at: Instant | None = None
    cancel_reason: Prose | None = None


@dataclass(frozen=True)
class SessionPage(View):
    items: list[SessionView]
    total: Count
    page: Page
    page_size: PageSize


@dataclass(frozen=True)
class CreateSession(Command[SessionView]):
    """Announce a session of an own group course; it blocks the tutor's time like a booking.

    When is the tutor's own choice, within open hours or not. Duration and price of a seat are
    the course's unless given; without a link the platform makes one.
    Refuses with NotFound and Denied (course), SubjectNotTaught (not a group course, or no longer
    offered), TutorNotApproved, StartInPast, SlotTaken.
    """

    asked_by: ClassVar = TUTOR
    course_id: Id
    start_at: Instant
    capacity: Capacity
    duration_minutes: Minutes | None = None
    seat_price: Money | None = None
    meeting_provider: MeetingProviderName = MeetingProvider.CUSTOM
    meeting_link: WebAddress | None = None
    meeting_id: Line | None = None
    meeting_passcode: Line | None = None


@dataclass(frozen=True)
class CancelSession(Command[SessionView]):
    """End a session that is not over; all its bookings are cancelled and refunded.

    Refuses with WrongStatus.
    """

    asked_by: ClassVar = TUTOR | ADMIN
    session_id: Id
    reason: Prose | None = None


@dataclass(frozen=True)
class GetSession(Query[SessionView]):
    """One session, whatever became of it."""

    asked_by: ClassVar = ANYONE
    session_id: Id


@dataclass(frozen=True)
class ListSessions(Query[SessionPage]):
    """The sessions of approved tutors that are to come, the next first.

    The period is of starts and begins now, unless it says otherwise; cancelled ones are left out.
    """

    asked_by: ClassVar = ANYONE
    tutor_profile_id: Id | None = None
    course_id: Id | None = None
    from_: PeriodStart | None = field(default=None, metadata={"data_key": "from"})
    to: PeriodEnd | None = None
    page: Page = 1
    page_size: PageSize = 20


@dataclass(frozen=True)
class ListOwnSessions(Query[SessionPage]):
    """The calling tutor's sessions by start, latest first.

    `status` takes several; the period is of starts.
    """

    asked_by: ClassVar = TUTOR
    status: list[SessionStatusName] | None = None
    course_id: Id | None = None
    from_: PeriodStart | None = field(default=None, metadata={"data_key": "from"})
    to: PeriodEnd | None = None
    page: Page = 1
    page_size: PageSize = 20


@dataclass(frozen=True)
class BookSeats(Command[BookingView]):
    """Take seats in a session, until it starts. Confirmed at once, unless the tutor's terms ask approval.

    Seats that are held for the waitlist can not be had past it; who was offered one has it here.
    Refuses with TutorNotApproved, WrongStatus (cancelled), AlreadyStarted, AlreadyBooked, SessionFull,
    StudentBusy, NoCredit.
    """

    asked_by: ClassVar = STUDENT
    session_id: Id
    seats_reserved: Seats = 1
    notes_student: Prose | None = None
    use_package_id: Id | None = None


# --- events --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SessionState(View):
    """The whole session as the bus carries it: what it is, its time and seats; never how to get in."""

    id: Id
    tutor_profile_id: Id
    tutor_account_id: Id
    course_id: Id
    course_title: Line
    subject_id: Id
    subject_name: Line
    start_at: Instant
    end_at: Instant
    blocked_from: Instant
    blocked_to: Instant
    timezone_snapshot: Zone
    capacity: Capacity
    seats_taken: Count
    seats_held: Count
    seat_price: Money
    currency: Currency
    status: SessionStatusName
    version: Version


@dataclass(frozen=True)
class SessionEvent(Event):
    """How a session now stands; any one of them can be taken alone, the highest version last."""

    concerns: ClassVar = ("session.tutor_account_id",)
    session: SessionState

    @property
    def subject(self) -> str:
        return str(self.session.id)

    @property
    def sequence(self) -> int:
        return self.session.version


@dataclass(frozen=True)
class SessionChanged(SessionEvent):
    """A session was announced, its seats were taken or given back, or it is over."""


@dataclass(frozen=True)
class SessionCancelled(SessionEvent):
    """A session will not be held; `student_ids` had booked it, and each booking's end is told by itself."""

    cancelled_by: RoleName = Role.ADMIN
    reason: Prose | None = None
    student_ids: list[Id] = field(default_factory=list)


SESSION_EVENTS: tuple[type[SessionEvent], ...] = (SessionChanged, SessionCancelled)
