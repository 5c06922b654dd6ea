"""One running platform for all tests of this folder, on servers of its own."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.servers import running
from tests.end_to_end.people import Anyone, Person, the_admin
from tests.end_to_end.world import World
from tests.stack import Stack

CORS_ORIGIN = "https://app.example"


@pytest.fixture(scope="package")
def world() -> Iterator[World]:
    """The whole platform, running; it begins on the morning of a Monday to come."""
    folder = Path(tempfile.mkdtemp(prefix="tutoring-world-", dir="/var/tmp"))
    folder.chmod(0o711)  # the servers' accounts must pass
    with running(folder / "servers", quick=True) as servers:
        made = World(Stack(folder, servers))
        try:
            made.start(RATE_LIMITS="off", CORS_ORIGINS=CORS_ORIGIN)
            made.wait_until_morning()
            made.pass_time(days=(7 - made.now().weekday()) % 7)
            yield made
        finally:
            made.stop()
    shutil.rmtree(folder)


@pytest.fixture
def anyone(world: World) -> Anyone:
    return Anyone(world)


@pytest.fixture
def admin(world: World) -> Person:
    return the_admin(world)


@pytest.fixture(autouse=True)
def _nobody_complains(request: pytest.FixtureRequest) -> Iterator[None]:
    """No process may log an error while a test runs: what people do wrong is none."""
    yield
    if "world" in request.fixturenames:
        assert request.getfixturevalue("world").complaints() == []
