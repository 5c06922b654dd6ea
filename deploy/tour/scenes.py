"""What the scenes of all acts share: booking and confirming, waiting for what arrives, showing it."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from email.message import EmailMessage
from pathlib import Path
from typing import Any, TypeVar

from deploy.journey import Journey
from deploy.mailsink import kept
from deploy.tour.roles import Roles
from deploy.tour.stage import Stage
from deploy.tour.visitor import Unexpected, Visitor

T = TypeVar("T")

MINUTES = 60
PATIENCE = 60.0  # seconds; right after the demo data were made their mails go first
_PAUSE = 0.2


@dataclass(frozen=True)
class Scenes(ABC):
    """An act of the tour; `mail` is where the sink keeps the mails, `began` when the tour did.

    That is by this machine's clock; what time it is in the system, `trip` knows.
    """

    roles: Roles
    stage: Stage
    mail: Path
    began: float
    trip: Journey

    @abstractmethod
    def play(self) -> None:
        """All scenes of the act, in order."""

    def slots_on(self, student: Visitor, first: date, last: date) -> list[str]:
        """The starts of these UTC dates that the student could take."""
        path = f"/api/tutors/{self.roles.tutor_profile_id}/slots"
        period = {"from": first, "to": last, "timezone": "UTC"}
        days = student.get(path, duration_minutes=MINUTES, **period)["days"]
        return [slot["start_at"] for day in days for slot in day["slots"]]

    def wanted(self, start: str) -> dict[str, Any]:
        """A request for an hour."""
        return {
            "tutor_profile_id": self.roles.tutor_profile_id,
            "start_at": start,
            "duration_minutes": MINUTES,
            "subject_id": self.roles.subject_id,
            "notes_student": "The chain rule, please.",
        }

    def confirm(self, booking: dict[str, Any]) -> dict[str, Any]:
        path = f"/api/tutor/bookings/{booking['id']}/confirm"
        confirmed: dict[str, Any] = self.roles.tutor.post(path, {"notes_tutor": "See you there."})
        return confirmed

    def show_mail(self, reader: Visitor, subject: str) -> None:
        """Wait for the mail and show it."""
        if not self.mail.is_dir():
            self.stage.say("the mails of this copy go to the server that SMTP_URL names")
            return
        self.stage.letter(self.wait_for(lambda: self._mail_to(reader, subject), f"the mail “{subject}”"))

    def show_ledger(self, booking_id: int) -> None:
        items = self.roles.admin.get("/api/admin/ledger", booking_id=booking_id)["items"]
        rows = [(item["kind"], item["account"], f"{item['amount']:>9.2f}") for item in reversed(items)]
        self.stage.table(("kind", "account", "amount"), rows)
        self.stage.say(f"sum: {sum(round(item['amount'] * 100) for item in items) / 100:.2f}")

    def wait_for(self, look: Callable[[], T | None], what: str) -> T:
        """What is found in the end. Raises `Unexpected` when it does not come."""
        end = time.monotonic() + PATIENCE
        with self.stage.hushed():
            while (found := look()) is None:
                if time.monotonic() > end:
                    raise Unexpected(f"{what} did not come within {PATIENCE:.0f} s")
                time.sleep(_PAUSE)
        return found

    def _mail_to(self, reader: Visitor, subject: str) -> EmailMessage | None:
        mails = reversed(kept(self.mail, self.began))
        fitting = (mail for mail in mails if reader.email in mail["To"] and subject in mail["Subject"])
        return next(fitting, None)
