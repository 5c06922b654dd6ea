"""What all tests share: the private servers and processes of `tests.stack`.

That is imported when a test asks for it: the others are begun a second sooner.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from deploy.servers import PrivateServers
    from tests.stack import Stack

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


@pytest.fixture(scope="session")
def servers() -> Iterator[PrivateServers]:
    """Servers for the whole session."""
    from tests.stack import some_servers

    with some_servers() as started:
        yield started


@pytest.fixture(scope="session")
def migrated(servers: PrivateServers) -> set[str]:
    """The services whose tables are made on the servers."""
    return set()


@pytest.fixture(scope="module")
def stack(servers: PrivateServers, migrated: set[str]) -> Iterator[Stack]:
    """The session's servers, and no process yet."""
    from tests.stack import a_stack

    with a_stack(servers, migrated) as made:
        yield made
