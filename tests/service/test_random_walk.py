"""A random walk through everything that people can do, by the doors of all five services.

Whatever they do, in whatever order: who is refused is refused as the contracts declare, the books balance,
nobody is in two places, seats and credits are counted to the last one, and once all is quiet every copy
is what its owner says. WALK_SEED chooses another walk, WALK_STEPS a longer one:

    WALK_SEED=7 WALK_STEPS=20000 .venv/bin/pytest tests/service/test_random_walk.py
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import count

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.errors import Flaky
from hypothesis.stateful import RuleBasedStateMachine, invariant, run_state_machine_as_test

from contracts.booking import BookingStatus, GenerateSessionsOnSchedule, HearStripe
from contracts.message import Command, owner_of
from tests.contract import schemas
from tests.subject import Subject
from tests.walk.facts import Facts
from tests.walk.groups import Groups
from tests.walk.lessons import Lessons
from tests.walk.moments import Moments
from tests.walk.series import Recurring
from tests.walk.town import Town

SEED = int(os.environ.get("WALK_SEED", "1"))
STEPS = int(os.environ.get("WALK_STEPS", "2000"))
CHECKED_EVERY = 5  # steps

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180 * max(1, STEPS // 1000))]

# Each is drawn by itself, and goes on where the last one ended: the town remembers, so that none can be
# walked again. Hypothesis begins with the dullest walk that there is, which is none.
STRETCH = settings(
    max_examples=2,
    stateful_step_count=100,
    phases=[Phase.generate],
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)

WAYS = "SELECT DISTINCT by, from_status, to_status FROM history"
ENDS = {
    "sessions": {"cancelled", "completed"},
    "waitlist": {"accepted", "expired", "left"},
    "packages": {"expired"},
    "series": {"cancelled", "completed"},
    "payments": {"paid", "cancelled"},
}

# Asked by others than people.
NOT_WALKED = {GenerateSessionsOnSchedule, HearStripe}


class AnyLife(Lessons, Groups, Recurring, Facts, Moments, RuleBasedStateMachine):
    """Anybody does anything."""

    @invariant()
    def nothing_is_contradicted(self) -> None:
        self.awake += 1
        if self.town.steps >= self.town.checked_at + CHECKED_EVERY:
            self.town.check()

    def teardown(self) -> None:
        if self.town.steps > self.town.compared_at:
            self.town.check_copies()


@pytest.fixture(scope="module")
def town(
    catalog: Subject, scheduling: Subject, booking: Subject, notifications: Subject, reviews: Subject
) -> Iterator[Town]:
    services = (catalog, scheduling, booking, notifications, reviews)
    made = Town({service.name: service for service in services})
    yield made
    made.close()


@pytest.fixture(scope="module")
def walked(town: Town) -> Town:
    """The town after the walk."""
    AnyLife.town = town
    for number in count(SEED * 1_000_000):
        try:
            run_state_machine_as_test(seed(number)(AnyLife), settings=STRETCH)
        except Flaky as unrepeated:
            raise (town.wrong or unrepeated) from None
        if town.steps >= STEPS:
            break
    return town


def test_after_two_thousand_steps_everything_agrees_with_everything(walked: Town) -> None:
    walked.check()
    walked.check_copies()
    assert walked.steps >= STEPS


def test_everything_that_can_be_asked_of_booking_was_done(walked: Town) -> None:
    commands = {
        each for each in schemas.requests() if owner_of(each) == "booking" and issubclass(each, Command)
    }
    done = {request for request, outcome in walked.outcomes if outcome == "done"}
    assert commands - NOT_WALKED <= done, walked.outcomes


def test_everything_went_every_way_that_it_can_go(walked: Town) -> None:
    taken = {(step.by, step.from_status, step.to_status) for step in walked.look("booking", WAYS)}
    assert {to_status for _, _, to_status in taken} == set(BookingStatus)
    for table, ends in ENDS.items():
        seen = {row.status for row in walked.look("booking", f"SELECT DISTINCT status FROM {table}")}
        assert ends <= seen, table
