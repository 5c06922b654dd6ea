"""The first act: a lesson is sought, raced for, approved, told of, moved and cancelled."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from contracts.formats import format_instant
from deploy.tour.scenes import Scenes
from deploy.tour.stage import at
from deploy.tour.visitor import Unexpected, Visitor

DAYS_AHEAD = 3
SOON = timedelta(hours=3)


class Booking(Scenes):
    """A lesson's life before it takes place."""

    def play(self) -> None:
        self.search()
        slots = self.slots()
        winner, booking, alternatives = self.race(slots[len(slots) // 2])
        booking = self.approve(booking)
        self.letter(winner)
        booking = self.reschedule(winner, booking, alternatives[0])
        self.cancel(winner, booking)

    def search(self) -> None:
        with self.stage.scene("Search: with a typo, for somebody who is free within three hours"):
            now = self.trip.now().replace(microsecond=0)
            anybody = self.roles.anybody
            everybody = anybody.get("/api/tutors", search_query="calculs")
            self.show_tutors(everybody["items"])
            period = {"available_from": format_instant(now), "available_to": format_instant(now + SOON)}
            free = anybody.get("/api/tutors", search_query="calculs", **period)
            self.stage.say(
                f"{everybody['total']} fit the word, {free['total']} of them are free soon enough."
            )

    def show_tutors(self, tutors: Iterable[dict[str, Any]]) -> None:
        columns = ("tutor", "title", "subjects", "an hour", "rating")
        self.stage.table(columns, [_card(tutor) for tutor in tutors])

    def slots(self) -> list[str]:
        """The starts that both students could take, three days ahead."""
        with self.stage.scene("Slots: without what is taken, each in the reader’s zone"):
            offered = [self._slots_of(student) for student in (self.roles.ann, self.roles.ben)]
            both = [start for start in offered[0] if start in set(offered[1])]
            self.stage.say(f"{len(both)} starts on that day for both of them.")
            for student in (self.roles.ann, self.roles.ben):
                zone = student.account["timezone"]
                last = ", ".join(at(start, zone) for start in both[-2:])
                self.stage.say(f"{student.account['name']} sees … {last}")
            return both

    def race(self, start: str) -> tuple[Visitor, dict[str, Any], list[str]]:
        """Whoever got it, the booking, and what the other was offered instead."""
        with self.stage.scene(f"Race: both want {at(start)}, at the same instant"):
            wanted = self.wanted(start)
            with ThreadPoolExecutor(2) as pool:
                racers = [self.roles.ann, self.roles.ben]
                answers = list(pool.map(lambda each: each.answer("POST", "/api/bookings", wanted), racers))
            if sorted(answer.status_code for answer in answers) != [201, 409]:
                raise Unexpected(f"one should have won: {[answer.text for answer in answers]}")
            won = answers.index(next(answer for answer in answers if answer.status_code == 201))
            booking, problem = answers[won].json(), answers[1 - won].json()
            self.stage.say(
                f"{racers[won].account['name']} has it, {booking['status']}, for {_price(booking)}."
            )
            self.stage.say(f"{racers[1 - won].account['name']} is told: {problem['detail']}")
            self.stage.say(f"and offered {', '.join(at(each) for each in problem['alternatives'][:3])}.")
            return racers[won], booking, problem["alternatives"]

    def approve(self, booking: dict[str, Any]) -> dict[str, Any]:
        with self.stage.scene("Approval: the tutor looks at the requests and confirms"):
            tutor = self.roles.tutor
            waiting = tutor.get("/api/bookings", status="PENDING")
            self.stage.say(f"{waiting['total']} request: {waiting['items'][0]['student_name']}")
            confirmed = self.confirm(booking)
            self.stage.say(f"{confirmed['status']}; they will meet at {confirmed['join_url']}")
            return confirmed

    def letter(self, winner: Visitor) -> None:
        with self.stage.scene("E-mail: what the student finds in the mailbox"):
            self.show_mail(winner, "is confirmed")

    def reschedule(self, student: Visitor, booking: dict[str, Any], start: str) -> dict[str, Any]:
        with self.stage.scene("Reschedule: to one of the starts that the other was offered"):
            path = f"/api/bookings/{booking['id']}"
            moved: dict[str, Any] = student.post(f"{path}/reschedule", {"new_start_at": start})
            history = student.get(f"{path}/history")["items"]
            columns = ("at", "by", "from", "to")
            self.stage.table(columns, [_history_row(item) for item in history])
            return moved

    def cancel(self, student: Visitor, booking: dict[str, Any]) -> None:
        with self.stage.scene("Cancellation: what it would give back, then for real"):
            path = f"/api/bookings/{booking['id']}"
            preview = student.get(f"{path}/cancellation-preview")
            self.stage.say(f"{preview['refund_percent']} % would be refunded: {preview['refund_amount']:.2f}")
            cancelled = student.post(f"{path}/cancel", {"reason": "A cold."})
            self.stage.say(f"{cancelled['status']}; the books, which always balance:")
            self.show_ledger(booking["id"])

    def _slots_of(self, student: Visitor) -> list[str]:
        day = self.trip.now().date() + timedelta(days=DAYS_AHEAD)
        return self.slots_on(student, day, day)


def _card(tutor: dict[str, Any]) -> tuple[str, ...]:
    rating = f"{tutor['average_rating']:.2f} ({tutor['total_reviews']})" if tutor["total_reviews"] else "new"
    an_hour = f"{tutor['hourly_rate']:.2f} {tutor['currency']}"
    return tutor["name"], tutor["title"], ", ".join(tutor["subjects"]), an_hour, rating


def _price(booking: dict[str, Any]) -> str:
    return f"{booking['total_amount']:.2f} {booking['currency']}, {booking['platform_fee']:.2f} of it the fee"


def _history_row(item: dict[str, Any]) -> tuple[str, ...]:
    before, after = item["from_start"], item["to_start"]
    moved = f", moved to {at(after)}" if before and after != before else ""
    return at(item["at"]), item["by"], item["from_status"] or "", f"{item['to_status']}{moved}"
