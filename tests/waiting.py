"""Waiting for what comes about by itself, no longer than it takes."""

from __future__ import annotations

import time
from collections.abc import Callable


def eventually(check: Callable[[], object], within: float = 10) -> None:
    """Wait until `check` neither raises an AssertionError nor returns False; its last complaint otherwise."""
    end, pause = time.monotonic() + within, 0.005
    while True:
        try:
            assert check() is not False
        except AssertionError:
            if time.monotonic() > end:
                raise
            time.sleep(pause)
            pause = min(pause * 1.5, 0.05)
        else:
            return
