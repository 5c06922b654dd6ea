"""Ports for servers that start later: free now, and this process's from then on."""

from __future__ import annotations

import socket
import subprocess
import sys

from deploy.ports import LOOPBACK, free_ports

CHOOSER = "from deploy.ports import free_ports; print(*free_ports(1), flush=True); input()"


def test_what_another_process_has_chosen_is_not_chosen_again_until_it_ends() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", CHOOSER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout
        port = int(other.stdout.readline())
        assert free_ports(1, wanted=(port,)) != [port]
        other.communicate("\n")
    assert free_ports(1, wanted=(port,)) == [port]


def test_what_this_process_has_chosen_it_may_want_again_and_is_never_given_unasked() -> None:
    chosen = free_ports(20)
    assert free_ports(20, wanted=tuple(chosen)) == chosen
    assert set(chosen).isdisjoint(free_ports(20))


def test_a_wanted_port_that_somebody_listens_on_is_replaced() -> None:
    free, taken = free_ports(2)
    with socket.create_server((LOOPBACK, taken)):
        first, second = free_ports(2, wanted=(free, taken))
    assert first == free
    assert second not in (free, taken)
