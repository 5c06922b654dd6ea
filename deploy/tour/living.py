"""The third act: two lessons are lived through, for which the clock of the whole system is moved.

The first is reminded of, held, completed and reviewed; to the second the student does not come.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from deploy.tour.scenes import MINUTES, Scenes
from deploy.tour.stage import at
from deploy.tour.visitor import Unexpected, Visitor

SOONEST = timedelta(minutes=75)  # so that the reminder of an hour before is still to come
LESSON = timedelta(minutes=MINUTES)
RATINGS = (5, 4)
COMMENTS = {5: "Woke me up, in the best sense.", 4: "Very good; next time with coffee."}


class Living(Scenes):
    """Two lessons, one right after the other."""

    def play(self) -> None:
        held, missed = self.book_two()
        start = datetime.fromisoformat(held["start_time"])
        self.remind(held, start)
        self.begin(held, start)
        self.miss(missed, start + LESSON)
        self.complete(held)
        self.review(held)

    def book_two(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Ann's lesson and Ben's, which follows it."""
        with self.stage.scene("Two more lessons, as soon as possible"):
            first, second = self._next_two()
            ann = self.roles.ann.post("/api/bookings", self.wanted(first))
            ben = self.roles.ben.post("/api/bookings", self.wanted(second))
            booked = self.confirm(ann), self.confirm(ben)
            self.stage.say(f"Ann at {at(first)}, Ben at {at(second)}; it is {at(self.trip.now())}.")
            return booked

    def remind(self, held: dict[str, Any], start: datetime) -> None:
        with self.stage.scene("The clock moves: fifty minutes before, reminders go out"):
            # Whoever sets the reminder has to hear of the lesson before its time has passed.
            self.wait_for(lambda: self._confirmation(held), "the confirmation")
            self._go_to(start - timedelta(minutes=50))
            self.show_mail(self.roles.ann, "Reminder")

    def begin(self, held: dict[str, Any], start: datetime) -> None:
        with self.stage.scene("The clock moves: five minutes into Ann's lesson"):
            self._go_to(start + timedelta(minutes=5))
            now = self.roles.ann.get(f"/api/bookings/{held['id']}")
            self.stage.say(f"{now['status']}, in progress: {now['in_progress']}")

    def miss(self, missed: dict[str, Any], start: datetime) -> None:
        with self.stage.scene("The clock moves: Ann's lesson is over, and Ben does not come to his"):
            path = f"/api/tutor/bookings/{missed['id']}/mark-no-show-student"
            self._go_to(start + timedelta(minutes=9))
            early = self.roles.tutor.answer("POST", path, {"notes": "Nobody there."})
            self.stage.say(f"nine minutes after the start: {early.json()['detail']}")
            self._go_to(start + timedelta(minutes=10))
            noted = self.roles.tutor.post(path, {"notes": "Nobody there, no message."})
            self.stage.say(f"a minute later: {noted['status']}; the tutor is paid all the same:")
            self.show_ledger(missed["id"])

    def complete(self, held: dict[str, Any]) -> None:
        with self.stage.scene("Completion: the tutor closes Ann's lesson"):
            done = self.roles.tutor.post(f"/api/tutor/bookings/{held['id']}/complete")
            self.stage.say(f"{done['status']} (a day after its start it would be so by itself)")

    def review(self, held: dict[str, Any]) -> None:
        with self.stage.scene("Review: and the rating on the profile changes"):
            before = self._profile()
            stars = RATINGS[before["total_reviews"] % len(RATINGS)]
            review = self._write_review(held["id"], stars)
            self.stage.say(f"Ann gives {stars} stars: “{review['comment']}”")
            self.roles.tutor.post(f"/api/reviews/{review['id']}/reply", {"reply": "Thank you, good night!"})
            after = self.wait_for(lambda: self._profile_after(before), "the new rating")
            self.stage.say(f"{_rating(before)}, now {_rating(after)}")

    # --- how --------------------------------------------------------------------------------------------

    def _next_two(self) -> tuple[str, str]:
        """The first start that Ann can have so that Ben can have the next hour. Raises `Unexpected`."""
        soonest = self.trip.now() + SOONEST
        theirs = [self._slots_since(student, soonest.date()) for student in (self.roles.ann, self.roles.ben)]
        for start in theirs[0]:
            if start >= soonest and start + LESSON in theirs[1]:
                return start.isoformat(), (start + LESSON).isoformat()
        raise Unexpected("there are no two free hours in a row within a day")

    def _slots_since(self, student: Visitor, day: date) -> list[datetime]:
        starts = self.slots_on(student, day, day + timedelta(days=1))
        return [datetime.fromisoformat(start) for start in starts]

    def _confirmation(self, booking: dict[str, Any]) -> dict[str, Any] | None:
        """The note to Ann that her booking is confirmed."""
        notes = self.roles.ann.get("/api/notifications")["items"]
        its = (note for note in notes if note["booking_id"] == booking["id"])
        return next((note for note in its if note["kind"] == "booking_confirmed"), None)

    def _go_to(self, instant: datetime) -> None:
        self.trip.go_to(instant)
        self.stage.say(f"it is {at(self.trip.now())}")

    def _write_review(self, booking: int, stars: int) -> dict[str, Any]:
        """As soon as reviews has heard that the lesson was completed."""
        review = {"booking_id": booking, "rating": stars, "comment": COMMENTS[stars]}

        def write() -> dict[str, Any] | None:
            answer = self.roles.ann.answer("POST", "/api/reviews", review)
            return answer.json() if answer.status_code == 201 else None

        return self.wait_for(write, "the review")

    def _profile(self) -> dict[str, Any]:
        profile: dict[str, Any] = self.roles.anybody.get(f"/api/tutors/{self.roles.tutor_profile_id}")
        return profile

    def _profile_after(self, before: dict[str, Any]) -> dict[str, Any] | None:
        now = self._profile()
        return now if now["total_reviews"] > before["total_reviews"] else None


def _rating(profile: dict[str, Any]) -> str:
    reviews = profile["total_reviews"]
    return f"{profile['average_rating']:.2f} from {reviews} review{'' if reviews == 1 else 's'}"
