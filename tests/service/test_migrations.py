"""Migrations: up, down and up again for every service, to exactly the shape that its stores expect."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
import pytest
import sqlalchemy as sa

import chassis.tables
from chassis.connections import driver_url
from chassis.migrate import rollback, upgrade
from chassis.shape import at_head, head
from deploy.databases import owner_of, owner_url, with_database
from deploy.names import SERVICES
from deploy.servers import PrivateServers

pytestmark = pytest.mark.slow

# What the database keeps of each kind of thing, in its own words. Sequences of identity columns, and
# indexes that belong to constraints, are told by those.
SHAPE = {
    "columns": """
        SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity,
            a.attgenerated, pg_get_expr(d.adbin, d.adrelid)
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
            LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname <> 'alembic_version'
            AND a.attnum > 0 AND NOT a.attisdropped
    """,
    "constraints": """
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace AND contype <> 't'
            AND conrelid::regclass::text <> 'alembic_version'
    """,
    "indexes": """
        SELECT tablename, indexname, indexdef FROM pg_indexes
        WHERE schemaname = 'public' AND tablename <> 'alembic_version'
    """,
    "sequences": """
        SELECT s.sequencename, s.data_type::text, s.start_value, s.increment_by FROM pg_sequences s
        WHERE s.schemaname = 'public' AND NOT EXISTS (
            SELECT FROM pg_depend
            WHERE objid = format('public.%I', s.sequencename)::regclass AND deptype = 'i')
    """,
}
FUNCTIONS = """
    SELECT proname FROM pg_proc p WHERE pronamespace = 'public'::regnamespace
        AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = p.oid AND deptype = 'e')
"""


@dataclass(frozen=True)
class Trial:
    """An empty database of a service's owner."""

    service: str
    url: str

    def ask(self, question: str) -> list[tuple[object, ...]]:
        with psycopg.connect(self.url) as connection:
            return sorted(connection.execute(question).fetchall(), key=repr)

    def shape(self) -> dict[str, list[tuple[object, ...]]]:
        return {kind: self.ask(question) for kind, question in SHAPE.items()}

    def is_empty(self) -> bool:
        return not any(self.shape().values()) and not self.ask(FUNCTIONS)

    def is_at_head(self) -> bool:
        with sa.create_engine(driver_url(self.url), poolclass=sa.NullPool).connect() as connection:
            return at_head(connection, self.service)


@contextmanager
def empty_database(servers: PrivateServers, service: str, name: str) -> Iterator[Trial]:
    with psycopg.connect(servers.postgres.admin_url, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} OWNER {owner_of(service)}")
        admin.execute(f"REVOKE ALL ON DATABASE {name} FROM PUBLIC")
        url = with_database(owner_url(servers.postgres.admin_url, service, servers.credentials), name)
        yield Trial(service, url)
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=SERVICES)
def trial(servers: PrivateServers, request: pytest.FixtureRequest) -> Iterator[Trial]:
    """An empty database for migrations to work on."""
    with empty_database(servers, request.param, "migrated") as made:
        yield made


@pytest.fixture
def modelled(servers: PrivateServers, trial: Trial) -> Iterator[Trial]:
    """A database made from the tables that the stores are written for."""
    with empty_database(servers, trial.service, "modelled") as made:
        yield made


def test_they_go_up_and_down_and_up_again(trial: Trial) -> None:
    assert upgrade(trial.service, trial.url) == head(trial.service)
    assert trial.ask("SELECT version_num FROM alembic_version") == [(head(trial.service),)]
    first = trial.shape()
    assert rollback(trial.service, trial.url, "base") == ""
    assert trial.is_empty()
    upgrade(trial.service, trial.url)
    assert trial.shape() == first


def test_each_step_can_be_undone_by_itself(trial: Trial) -> None:
    upgrade(trial.service, trial.url)
    while not trial.is_empty():
        standing = trial.ask("SELECT version_num FROM alembic_version")
        rollback(trial.service, trial.url)
        assert trial.ask("SELECT version_num FROM alembic_version") != standing


def test_the_migrated_shape_is_that_of_the_stores(trial: Trial, modelled: Trial) -> None:
    upgrade(trial.service, trial.url)
    create_from_model(
        modelled, extensions=[str(name) for (name,) in trial.ask("SELECT extname FROM pg_extension")]
    )
    migrated, expected = trial.shape(), modelled.shape()
    for kind in SHAPE:
        assert migrated[kind] == expected[kind], kind


def create_from_model(modelled: Trial, extensions: list[str]) -> None:
    engine = sa.create_engine(driver_url(modelled.url), poolclass=sa.NullPool)
    with engine.begin() as connection:
        for name in extensions:
            connection.execute(sa.text(f"CREATE EXTENSION IF NOT EXISTS {name}"))
        chassis.tables.metadata.create_all(connection)
        importlib.import_module(f"services.{modelled.service}.store").metadata.create_all(connection)


def test_whether_they_are_at_head_is_known(trial: Trial) -> None:
    assert not trial.is_at_head()
    upgrade(trial.service, trial.url)
    assert trial.is_at_head()
    rollback(trial.service, trial.url)
    assert not trial.is_at_head()


# --- the command ----------------------------------------------------------------------------------


@pytest.fixture
def reviews(servers: PrivateServers) -> Iterator[Trial]:
    with empty_database(servers, "reviews", "commanded") as made:
        yield made


def command(trial: Trial, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "chassis.migrate", trial.service, *arguments],
        env={**os.environ, "MIGRATION_DATABASE_URL": trial.url, "NO_COLOR": "1"},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def said(process: subprocess.Popen[str]) -> tuple[int, str]:
    output, complaint = process.communicate(timeout=60)
    return process.returncode, output + complaint


def test_who_has_taught_is_known_to_reviews_at_once(reviews: Trial) -> None:
    upgrade("reviews", reviews.url)
    rollback("reviews", reviews.url)
    for booking_id, profile_id in ((1, 10), (2, 10), (3, 11)):
        told = f"{booking_id}, 42, {profile_id}, 50, 'COMPLETED', 3"
        reviews.ask(f"INSERT INTO lessons VALUES ({told}) RETURNING booking_id")
    upgrade("reviews", reviews.url)
    assert reviews.ask("SELECT * FROM tutors ORDER BY 1") == [(10, 0), (11, 0)]


def test_of_two_migrators_at_once_both_succeed(reviews: Trial) -> None:
    both = [command(reviews), command(reviews)]
    assert [said(each) for each in both] == [(0, f"reviews stands at {head('reviews')}\n")] * 2


def test_the_command_goes_forth_and_back_and_checks(reviews: Trial) -> None:
    assert said(command(reviews, "--check"))[0] == 1
    assert said(command(reviews))[0] == 0
    assert said(command(reviews, "--check"))[0] == 0
    assert said(command(reviews, "--rollback")) == (0, "reviews stands at reviews_0001\n")
    assert said(command(reviews, "--rollback", "base")) == (0, "reviews stands at nothing\n")
    assert reviews.is_empty()


@pytest.mark.parametrize("arguments", [["--rollback", "7"], ["--rollback", "some"]])
def test_what_can_not_be_done_is_said_in_a_line(reviews: Trial, arguments: list[str]) -> None:
    code, words = said(command(reviews, *arguments))
    assert code in (1, 2)
    assert "Traceback" not in words


def test_an_unknown_service_is_said(reviews: Trial) -> None:
    code, words = said(command(Trial("revues", reviews.url)))
    assert code == 2
    assert "no service" in words
