"""Each service as a fixture of its name, with empty tables for each module; and whom several modules meet.

A process goes on running from one module to the next that needs it, and it alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from deploy.servers import PrivateServers
from tests.groups import Groups
from tests.recurring import Recurring
from tests.service.correspondents import a_lesson, acquainted, student, tutor
from tests.service.receiving import confirmed, receiver
from tests.service.trial import admin, database, url
from tests.stack import Stack, a_stack
from tests.subject import Subject, TestClock

__all__ = [
    "a_lesson", "acquainted", "admin", "confirmed", "database", "receiver", "student", "tutor", "url",
]  # fmt: skip


@pytest.fixture(scope="session")
def house(servers: PrivateServers, migrated: set[str]) -> Iterator[Stack]:
    """Where all processes run that are tried here."""
    with a_stack(servers, migrated) as made:
        yield made


@pytest.fixture(scope="module")
def stack(house: Stack, request: pytest.FixtureRequest) -> Stack:
    """As new, and without the services that this module does not ask for."""
    here = [item for item in request.session.items if item.path == request.path]
    house.begin({name for item in here for name in getattr(item, "fixturenames", ())})
    return house


@pytest.fixture(scope="module")
def module_clock(stack: Stack) -> TestClock:
    return TestClock(stack)


@pytest.fixture
def clock(module_clock: TestClock) -> Iterator[TestClock]:
    """The clock of the services; back at the real time after each test."""
    yield module_clock
    module_clock.reset()


def _subject(name: str) -> Callable[..., Iterator[Subject]]:
    @pytest.fixture(scope="module", name=name)
    def subject(stack: Stack, module_clock: TestClock) -> Iterator[Subject]:
        made = Subject(stack, name, module_clock)
        made.start()
        yield made
        made.stop()

    return subject


catalog = _subject("catalog")
scheduling = _subject("scheduling")
booking = _subject("booking")
notifications = _subject("notifications")
reviews = _subject("reviews")


@pytest.fixture
def groups(booking: Subject) -> Groups:
    """A tutor of a group course, and a student who may take seats."""
    return Groups(booking)


@pytest.fixture
def recurring(booking: Subject) -> Recurring:
    """A tutor, and a student who may agree on a series with them."""
    return Recurring(booking)
