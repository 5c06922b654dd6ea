"""One running platform for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from deploy.servers import PrivateServers
from tests.end_to_end.people import Anyone, Person, the_admin
from tests.end_to_end.world import World, a_world

CORS_ORIGIN = "https://app.example"


@pytest.fixture(scope="package")
def world(servers: PrivateServers, migrated: set[str]) -> Iterator[World]:
    """The whole platform, running, for as long as there are tests here."""
    with a_world(servers, migrated, CORS_ORIGINS=CORS_ORIGIN) as made:
        yield made


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
