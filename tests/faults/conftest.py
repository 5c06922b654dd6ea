"""One service to be tried by faults, with short delays between attempts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.stack import Stack
from tests.subject import Subject, TestClock


@pytest.fixture(scope="module")
def reviews(stack: Stack) -> Iterator[Subject]:
    """The reviews service, which owns and consumes a little of everything."""
    subject = Subject(stack, "reviews", TestClock(stack))
    subject.start(RETRY_SECONDS="0.1,0.2,0.3,0.4")
    yield subject
    subject.stop()
