"""A tutor with open hours and students who book, set up in a running booking service."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from itertools import count
from typing import Any

from chassis.context import Actor
from contracts.booking import (
    BookingStatus,
    BookingView,
    ConfirmBooking,
    CreateBooking,
    PolicyTerms,
    ReplacePolicy,
)
from contracts.catalog import Role
from contracts.scheduling import OpenHoursChanged, OpenInterval
from tests.builders import a_tutor_change, an_account_change
from tests.subject import Subject

ADMIN = Actor(1, "admin")
MATHS = 5
_ids = count(1000)


@dataclass
class Teaching:
    """A new tutor, open from 9 to 17 UTC on each of 100 days, and any number of students."""

    booking: Subject
    account_id: int = field(default_factory=lambda: next(_ids))
    profile_id: int = field(default_factory=lambda: next(_ids))

    def __post_init__(self) -> None:
        self.now = self.booking.clock.now()
        self.midnight = datetime.combine(self.now.date(), time(), UTC)
        self.tutor = Actor(self.account_id, "tutor", self.profile_id)
        self.student = self.another_student()
        self.learn_tutor()
        self.open(9, 17)
        self._known(self.account_id, Role.TUTOR)

    def at(self, hour: float, day: int = 3) -> datetime:
        """So many hours after midnight of a coming day."""
        return self.midnight + timedelta(days=day, hours=hour)

    def learn_tutor(self, **changes: Any) -> None:
        ids = {"account_id": self.account_id, "tutor_profile_id": self.profile_id}
        self.booking.hear(a_tutor_change(**ids, **changes))

    def open(self, start: float, end: float, version: int = 1) -> None:
        """Have every day open between these hours."""
        intervals = [
            OpenInterval(self.at(start, day), self.at(end, day), [self.at(start, day)]) for day in range(100)
        ]
        until = self.midnight + timedelta(days=120)
        self.booking.hear(OpenHoursChanged(self.profile_id, "UTC", self.now, until, intervals, version))

    def terms(self, **terms: Any) -> None:
        """Replace the tutor's terms."""
        self.booking.ask(ReplacePolicy(**{**vars(PolicyTerms()), **terms}), self.tutor)

    def another_student(self) -> Actor:
        student_id = next(_ids)
        self._known(student_id, Role.STUDENT)
        return Actor(student_id, "student")

    def wanted(self, hour: float = 10, day: int = 3, **changes: Any) -> CreateBooking:
        """A request for an hour of mathematics."""
        fields: dict[str, Any] = {
            "tutor_profile_id": self.profile_id,
            "start_at": self.at(hour, day),
            "duration_minutes": 60,
            "subject_id": MATHS,
        }
        return CreateBooking(**{**fields, **changes})

    def book(self, hour: float = 10, day: int = 3, by: Actor | None = None, **changes: Any) -> BookingView:
        return self.booking.ask(self.wanted(hour, day, **changes), by or self.student)

    def book_confirmed(self, hour: float = 10, day: int = 3, **changes: Any) -> BookingView:
        return self.booking.ask(ConfirmBooking(self.book(hour, day, **changes).id), self.tutor)

    def _known(self, account_id: int, role: Role) -> None:
        email = f"{role}{account_id}@example.com"
        self.booking.hear(
            an_account_change(account_id=account_id, email=email, name=f"{role} {account_id}", role=role)
        )


def copying(booking: Subject, view: BookingView, minutes: int, status: str, **changes: int) -> str:
    """A statement that inserts, past the service, a booking like this one so many minutes later."""
    later = f"interval '{minutes} minutes'"
    values = {
        "start_at": f"start_at + {later}",
        "end_at": f"end_at + {later}",
        "blocked_from": f"blocked_from + {later}",
        "blocked_to": f"blocked_to + {later}",
        "status": f"'{status}'",
        "expires_at": f"start_at + {later}" if BookingStatus(status) in ("HELD", "PENDING") else "NULL",
        "join_url": "'https://meet.example/x'",
        **{name: str(value) for name, value in changes.items()},
    }
    columns = [row.column_name for row in booking.sql(_COLUMNS)]
    selected = ", ".join(values.get(column, column) for column in columns)
    return f"INSERT INTO bookings ({', '.join(columns)}) SELECT {selected} FROM bookings WHERE id = {view.id}"


_COLUMNS = (
    "SELECT column_name FROM information_schema.columns WHERE table_name = 'bookings' AND column_name <> 'id'"
)
