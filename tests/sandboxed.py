"""What the tests of the sandbox have done in it."""

from __future__ import annotations

import os
import time


def work(given: bytes, what: str) -> bytes:
    if what == "sleep":
        time.sleep(60)
    while what == "compute":
        pass
    if what == "raise":
        raise LookupError("a secret")
    if what == "environment":
        return "\n".join(os.environ).encode()
    return given if what == "echo" else bytes(int(what))
