"""The example of a consumer that is none of ours hears of bookings, with its own least rights."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import kombu
import pytest

from contracts.booking import BookingCompleted, BookingConfirmed, ReliabilityChanged
from deploy.platform import ROOT
from tests.builders import a_booking_state
from tests.subject import Subject


@pytest.fixture
def queue(booking: Subject) -> Iterator[None]:
    """The example's queue as an earlier run left it: bound, and followed by nobody."""
    with kombu.Connection(booking.stack.servers.broker_url("outside")) as connection:
        exchange = kombu.Exchange("booking.events", type="topic", no_declare=True)
        left = kombu.Queue("outside.bookings", exchange, "#", durable=True)(connection)
        left.declare()
        yield
        left.delete()


@pytest.mark.usefixtures("queue")
def test_it_prints_what_was_told_also_while_nobody_followed(booking: Subject) -> None:
    state = a_booking_state()
    booking.tell(BookingConfirmed(state))
    booking.tell(ReliabilityChanged(state.tutor_profile_id, 1.0, version=1))
    booking.tell(BookingCompleted(state))
    command = [sys.executable, "examples/follow_bookings.py", booking.stack.servers.broker_url("outside")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as follower:
        assert follower.stdout is not None
        heard = [follower.stdout.readline().split() for _ in range(3)]
        follower.kill()
    assert [(kind, subject) for _, kind, subject, _ in heard] == [
        ("booking_confirmed", str(state.id)),
        ("reliability_changed", str(state.tutor_profile_id)),
        ("booking_completed", str(state.id)),
    ]
