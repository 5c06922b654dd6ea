"""Free ports on the loopback interface."""

from __future__ import annotations

import itertools
import secrets
import socket
from collections.abc import Sequence

LOOPBACK = "127.0.0.1"

# Below those that systems lend to outgoing connections: what is free there now stays free until it is used.
_NOT_OUTGOING = range(16_384, 32_768)


def free_ports(count: int, wanted: tuple[int, ...] = ()) -> list[int]:
    """Ports that nobody listens on: those wanted where they are free, any others to make up the count."""
    ports: list[int] = []
    for number in range(count):
        ports.append(_free(wanted[number : number + 1], besides=ports))
    return ports


def is_free(port: int, host: str = LOOPBACK) -> bool:
    """Whether a server could listen there now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _free(wanted: Sequence[int], besides: Sequence[int]) -> int:
    candidates = itertools.chain(wanted, iter(_any, None))
    return next(port for port in candidates if port not in besides and is_free(port))


def _any() -> int:
    return secrets.choice(_NOT_OUTGOING)
