"""A link to a broker that hangs up."""

from __future__ import annotations

import socket

import pytest

from chassis.broker import Link
from deploy.ports import LOOPBACK


def test_a_broker_that_hangs_up_is_called_again_within_a_second_until_told_to_stop() -> None:
    with socket.create_server((LOOPBACK, 0)) as listening:
        listening.settimeout(1)
        link = Link(f"amqp://{LOOPBACK}:{listening.getsockname()[1]}", "test")
        link.start()
        for _ in range(4):
            listening.accept()[0].close()
        link.stop()
        with pytest.raises(TimeoutError):
            listening.accept()
