"""Time passes: until something happens by itself, or can be done that could not be done before."""

from __future__ import annotations

from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from contracts.booking import CompleteBooking, MarkNoShowStudent, MarkNoShowTutor
from tests.walk.aims import aims
from tests.walk.town import Town

AWAKE = 15  # steps before anybody sleeps again, so that there is something to happen meanwhile

BEGUN = """
    SELECT min(start_at) + interval '15 minutes' FROM bookings WHERE status = 'CONFIRMED' AND start_at > %s"""
OVER = "SELECT min(end_at) FROM bookings WHERE status = 'CONFIRMED' AND end_at > %s"

MOMENTS = {
    "a hold runs out": "SELECT min(expires_at) FROM bookings WHERE status = 'HELD' AND expires_at > %s",
    "an offer runs out": "SELECT min(expires_at) FROM waitlist WHERE status = 'offered' AND expires_at > %s",
    "a session begins": "SELECT min(start_at) FROM sessions WHERE status = 'scheduled' AND start_at > %s",
    "a request runs out": "SELECT min(expires_at) FROM bookings WHERE status = 'PENDING' AND expires_at > %s",
    "a lesson is long over": """
        SELECT min(start_at) + interval '1 day 1 second' FROM bookings
        WHERE status = 'CONFIRMED' AND start_at > %s""",
    "a package runs out": "SELECT min(expires_at) FROM packages WHERE status = 'active' AND expires_at > %s",
    "a series is over": """
        SELECT min(ends_at) FROM series WHERE status IN ('active', 'paused') AND ends_at > %s""",
}


class Moments:
    town: ClassVar[Town]
    awake = 0  # for so many steps

    @precondition(lambda self: self.awake >= AWAKE)
    @rule(aim=aims)
    def attend(self, aim: int) -> None:
        self._sleep("a lesson is over", OVER)
        over = self.town.one("bookings", aim, "status = 'CONFIRMED' AND end_at <= %s", self.town.now())
        self.town.ask(CompleteBooking(over.id), self.town.tutor(over))

    @precondition(lambda self: self.awake >= AWAKE)
    @rule(aim=aims)
    def wait_for_a_student(self, aim: int) -> None:
        begun = self._begun(aim)
        self.town.ask(MarkNoShowStudent(begun.id), self.town.tutor(begun))

    @precondition(lambda self: self.awake >= AWAKE)
    @rule(aim=aims)
    def wait_for_a_tutor(self, aim: int) -> None:
        begun = self._begun(aim)
        self.town.ask(MarkNoShowTutor(begun.id), self.town.student(begun))

    @precondition(lambda self: self.awake >= AWAKE)
    @rule(moment=st.sampled_from(list(MOMENTS)))
    def sleep(self, moment: str) -> None:
        self._sleep(moment, MOMENTS[moment])

    @rule()
    def do_nothing(self) -> None:
        """Hypothesis begins with the dullest of walks, which is this over and over; it is no step."""

    def _begun(self, aim: int) -> Any:
        """A lesson at which only one is there so far."""
        self._sleep("a lesson has begun", BEGUN)
        return self.town.one("bookings", aim, "status = 'CONFIRMED' AND start_at <= %s", self.town.now())

    def _sleep(self, moment: str, found: str) -> None:
        [(instant,)] = self.town.look("booking", found, self.town.now())
        self.town.sleep_until(moment, instant)
        self.awake = 0
