"""Each service as a fixture of its name, started once a module with empty tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.stack import Stack
from tests.subject import Subject, TestClock


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
