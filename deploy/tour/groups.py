"""The second act: seats in a group, a seat that falls free, and a lesson paid from a package."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

from contracts.formats import format_instant
from deploy.tour.scenes import Scenes
from deploy.tour.stage import at

SESSION_AHEAD, LESSON_AHEAD = timedelta(days=5), timedelta(days=3)
EVENING = time(18, tzinfo=UTC)


class Groups(Scenes):
    """Three who want to come, and what each of them gets."""

    def play(self) -> None:
        first = self.fill()
        self.move_up(first)
        self.use_package()

    def fill(self) -> dict[str, Any]:
        """The booking of whoever came first."""
        with self.stage.scene("A group: two seats, of which Ben takes the last"):
            seats = self._announced()
            first: dict[str, Any] = self.roles.ann.post(f"{seats}/bookings")
            self.roles.ben.post(f"{seats}/bookings")
            refusal = self.roles.cleo.answer("POST", f"{seats}/bookings", {}).json()
            self.stage.say(f"Cleo is told: {refusal['detail']}")
            entry = self.roles.cleo.post(f"{seats}/waitlist")
            self.stage.say(f"{entry['status']}, at position {entry['position']}")
            return first

    def move_up(self, first: dict[str, Any]) -> None:
        with self.stage.scene("The waitlist: Ann can not come, and her seat is held for Cleo"):
            self.roles.ann.post(f"/api/bookings/{first['id']}/cancel", {"reason": "The dog has my book."})
            [entry, *_] = self.roles.cleo.get("/api/waitlist")["items"]
            self.stage.say(f"{entry['status']} to Cleo until {at(entry['offer_expires_at'])}")
            again = self.roles.ann.answer("POST", f"/api/sessions/{first['session_id']}/bookings", {})
            self.stage.say(f"Ann, who would come after all: {again.json()['detail']}")
            seat = self.roles.cleo.post(f"/api/waitlist/{entry['id']}/accept")
            self.stage.say(f"{seat['status']}; Cleo will find the others at {seat['join_url']}")

    def use_package(self) -> None:
        with self.stage.scene("A package: a lesson takes a credit, which comes back"):
            package = self.roles.ann.post(f"/api/packages/{self.roles.offer_id}/purchase")
            self.stage.say(f"{package['name']} for {package['total_amount']:.2f} {package['currency']}")
            wanted = {**self.wanted(self._some_start()), "use_package_id": package["id"]}
            booking = self.roles.ann.post("/api/bookings", wanted)
            self.stage.say(f"{booking['status']}, and {self._credits(package)} credits are left")
            cancelled = self.roles.ann.post(f"/api/bookings/{booking['id']}/cancel", {"reason": "A cold."})
            self.stage.say(f"{cancelled['status']}, and there are {self._credits(package)} again")

    # --- how --------------------------------------------------------------------------------------------

    def _announced(self) -> str:
        """The path of a new session."""
        start = datetime.combine((self.trip.now() + SESSION_AHEAD).date(), EVENING)
        wanted = {"course_id": self.roles.course_id, "start_at": format_instant(start), "capacity": 2}
        session = self.roles.tutor.post("/api/tutor/sessions", wanted)
        price = f"{session['seat_price']:.2f} {session['currency']}"
        self.stage.say(f"{session['course_title']}, {at(start)}, {price} a seat")
        return f"/api/sessions/{session['id']}"

    def _some_start(self) -> str:
        day = (self.trip.now() + LESSON_AHEAD).date()
        return self.slots_on(self.roles.ann, day, day)[-1]

    def _credits(self, package: dict[str, Any]) -> int:
        packages = {each["id"]: each for each in self.roles.ann.get("/api/packages")["items"]}
        return int(packages[package["id"]]["credits_left"])
