"""Free ports on the loopback interface, of which each process has its own.

A number is chosen some time before a server listens there, and stays chosen while that server is
down. Meanwhile it is held as a UDP port, which is in no server's way and given back by the system
however the process ends.
"""

from __future__ import annotations

import secrets
import socket
from itertools import islice

LOOPBACK = "127.0.0.1"

# Below those that systems lend to outgoing connections: what is free there now stays free until it is used.
_NOT_OUTGOING = range(16_384, 32_768)

_held: dict[int, int] = {}  # by descriptors, which nobody closes but the system


def free_ports(count: int, wanted: tuple[int, ...] = ()) -> list[int]:
    """Ports that nobody listens on and no other process has chosen; they are this one's until it ends.

    Those wanted where they can be had, any others to make up the count.
    """
    kept = [port for port in wanted[:count] if is_free(port) and (port in _held or _hold(port))]
    others = (port for port in iter(_any, None) if port not in _held and is_free(port) and _hold(port))
    return kept + list(islice(others, count - len(kept)))


def is_free(port: int, host: str = LOOPBACK) -> bool:
    """Whether a server could listen there now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return _binds(probe, port, host)


def _hold(port: int) -> bool:
    """Have the number for this process; False where another has it."""
    holder = socket.socket(type=socket.SOCK_DGRAM)
    if not _binds(holder, port, LOOPBACK):
        holder.close()
        return False
    _held[port] = holder.detach()
    return True


def _binds(probe: socket.socket, port: int, host: str) -> bool:
    try:
        probe.bind((host, port))
    except OSError:
        return False
    return True


def _any() -> int:
    return secrets.choice(_NOT_OUTGOING)
