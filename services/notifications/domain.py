"""What there is to tell: facts, the notification made of them, and the letter that carries it.

Pure. A notification holds facts, not text: it is put into words whenever it is read or sent,
in the language and the time zone that its reader has then.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from contracts.booking import BookingState, SessionState
from contracts.catalog import NOBODYS, RoleName
from contracts.fields import line
from contracts.message import View
from contracts.notifications import NotificationKind, PreferencesView
from contracts.reviews import Stars
from contracts.values import Amount, Count, Currency, Flag, Id, Instant, Line, Name

# A letter that could not be sent is tried again after these pauses, then given up.
PAUSES = tuple(timedelta(seconds=seconds) for seconds in (1, 10, 60, 600, 3600))
TRIES = len(PAUSES) + 1


class Side(StrEnum):
    """On which side of a lesson somebody stands; what is somebody's own has no sides."""

    STUDENT = "student"
    TUTOR = "tutor"
    OWNER = "owner"


BOTH = (Side.STUDENT, Side.TUTOR)


class Channel(StrEnum):
    EMAIL = "email"
    SMS = "sms"


class DeliveryStatus(StrEnum):
    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Credits(View):
    """Of a package: those that came, are left, lapsed or were paid back, and until when they are good."""

    package: Name
    count: Count
    expires_at: Instant
    refunded: Flag = False


@dataclass(frozen=True)
class Missed(View):
    """An occurrence of a series that could not be booked; the reason is the code of the refusal."""

    start_at: Instant
    end_at: Instant
    reason: Line


@dataclass(frozen=True)
class Unread(View):
    """A calendar kept elsewhere that can not be read; the reason is scheduling's word for it."""

    calendar: Name
    reason: Line
    was_read: Flag


@dataclass(frozen=True)
class Silenced(View):
    """A webhook that is told nothing more: its address said that it is `gone`, or failed for too long."""

    webhook_id: Id
    host: Annotated[str, line(253)]  # as long as a name can be (RFC 1035)
    gone: Flag


@dataclass(frozen=True)
class Due(View):
    """Money that is to be paid in time, for a lesson or for a package."""

    amount: Amount
    currency: Currency
    pay_by: Instant
    package: Name | None = None


@dataclass(frozen=True)
class Facts(View):
    """What a notification has to say; both people are named by their accounts, also where they are one."""

    student_id: Id
    tutor_id: Id
    booking_id: Id | None = None
    lesson: BookingState | None = None
    cancelled_by: RoleName | None = None
    refund_amount: Amount = Decimal(0)
    credit_returned: Flag = False
    previous_start_at: Instant | None = None
    rating: Stars | None = None
    credits: Credits | None = None
    session: SessionState | None = None
    held_until: Instant | None = None
    was_offered: Flag = False
    missed: Missed | None = None
    unread: Unread | None = None
    silenced: Silenced | None = None
    due: Due | None = None

    def person(self, side: Side) -> int:
        return self.student_id if side is Side.STUDENT else self.tutor_id


@dataclass(frozen=True)
class Note:
    """Something to tell one side. A person is told once of an `occasion`, however often it is heard of."""

    kind: NotificationKind
    side: Side
    occasion: str
    facts: Facts

    @property
    def account_id(self) -> int:
        return self.facts.person(self.side)

    @property
    def counterpart_id(self) -> int:
        return self.facts.person(Side.TUTOR if self.side is Side.STUDENT else Side.STUDENT)


@dataclass(frozen=True)
class Notification:
    """A note that was taken down."""

    id: int
    note: Note
    created_at: datetime
    read_at: datetime | None = None


@dataclass(frozen=True)
class Reader:
    """How somebody is addressed."""

    account_id: int
    name: str = ""
    email: str = ""
    timezone: str = "UTC"
    locale: str = "en"

    @property
    def is_nobody(self) -> bool:
        """Whether the person was erased."""
        return self.email.endswith(NOBODYS)


@dataclass(frozen=True)
class Letter:
    """A notification on its way to a reader; `tries` counts this one."""

    delivery_id: int
    notification: Notification
    reader: Reader
    counterpart: str
    tries: int
    channel: Channel = Channel.EMAIL
    preferences: PreferencesView = field(default_factory=PreferencesView)


def next_try(tries: int, now: datetime) -> datetime | None:
    """When to try again after so many failures; None where it was the last time."""
    return now + PAUSES[tries - 1] if tries < TRIES else None
