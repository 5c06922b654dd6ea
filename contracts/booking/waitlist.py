"""The waitlist of a full session: strictly first come, first served."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, ClassVar

from contracts.booking.lessons import BookingView
from contracts.booking.sessions import SessionState
from contracts.catalog import DoneView
from contracts.fields import word
from contracts.message import STUDENT, Command, Event, Query, View
from contracts.values import Count, Id, Instant, Line, Page, PageSize, Prose, Version


class EntryStatus(StrEnum):
    WAITING = "waiting"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    EXPIRED = "expired"
    LEFT = "left"


EntryStatusName = Annotated[EntryStatus, word(EntryStatus)]


@dataclass(frozen=True)
class WaitlistEntryView(View):
    """One's own place; `position` counts from 1 and is there while waiting, the offer's end while offered."""

    id: Id
    session_id: Id
    status: EntryStatusName
    course_title: Line
    start_at: Instant
    joined_at: Instant
    version: Version
    position: Count | None = None
    offered_at: Instant | None = None
    offer_expires_at: Instant | None = None


@dataclass(frozen=True)
class WaitlistPage(View):
    items: list[WaitlistEntryView]
    total: Count
    page: Page
    page_size: PageSize


@dataclass(frozen=True)
class JoinWaitlist(Command[WaitlistEntryView]):
    """Wait for one seat in a full session; who comes again has the last place.

    Refuses with TutorNotApproved, WrongStatus (cancelled), AlreadyStarted, AlreadyBooked, AlreadyWaiting,
    SeatsAvailable.
    """

    asked_by: ClassVar = STUDENT
    session_id: Id


@dataclass(frozen=True)
class LeaveWaitlist(Command[DoneView]):
    """Give up one's place; a seat that was offered goes to the next. Refuses with NotFound."""

    asked_by: ClassVar = STUDENT
    session_id: Id


@dataclass(frozen=True)
class ListWaitlist(Query[WaitlistPage]):
    """The caller's places in all waitlists, what became of them included, the latest first."""

    asked_by: ClassVar = STUDENT
    page: Page = 1
    page_size: PageSize = 20


@dataclass(frozen=True)
class AcceptOffer(Command[BookingView]):
    """Take the seat that is held for the caller.

    Refuses with WrongStatus (not offered, or no longer), and as BookSeats does.
    """

    asked_by: ClassVar = STUDENT
    entry_id: Id
    notes_student: Prose | None = None
    use_package_id: Id | None = None


# --- events --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class WaitlistState(View):
    """A place in a waitlist as the bus carries it."""

    id: Id
    session_id: Id
    student_id: Id
    status: EntryStatusName
    joined_at: Instant
    version: Version
    offered_at: Instant | None = None
    offer_expires_at: Instant | None = None


@dataclass(frozen=True)
class WaitlistEvent(Event):
    """Something became of a place in a waitlist; the session is as it stood then."""

    concerns: ClassVar = ("entry.student_id",)
    entry: WaitlistState
    session: SessionState
    from_status: EntryStatusName = EntryStatus.WAITING

    @property
    def subject(self) -> str:
        return str(self.entry.id)

    @property
    def sequence(self) -> int:
        return self.entry.version


@dataclass(frozen=True)
class WaitlistOffered(WaitlistEvent):
    """A seat is held for the student until `offer_expires_at`."""


@dataclass(frozen=True)
class WaitlistAccepted(WaitlistEvent):
    """The student took the seat."""

    booking_id: Id | None = None


@dataclass(frozen=True)
class WaitlistExpired(WaitlistEvent):
    """The offer ran out, or the session started or was cancelled before there was a seat."""
