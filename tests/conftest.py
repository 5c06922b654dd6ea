"""What all tests share: the private servers and processes of `tests.stack`."""

import signal

import pytest
from hypothesis import settings

from tests.stack import migrated, servers, stack

__all__ = ["migrated", "servers", "stack"]

FOLDERS = ("running", "end_to_end", "faults", "service", "contract", "unit")

# How long an example takes says more of what else the machine does.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

# Told to end, a run stops all that it has started, as it does for Ctrl-C.
signal.signal(signal.SIGTERM, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Folder by folder, and what takes longest first, so that no worker is left alone with it at the end."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: (FOLDERS.index(item.path.parent.name), item.path not in slow))
