"""The containers are told what `make run` tells its processes, and the files are well formed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from chassis.settings import Settings, read_settings
from deploy import containers
from deploy.credentials import generate
from deploy.environment import ONLY_FOR, Addresses, environment_of, health_ports
from deploy.names import GATEWAY, PROCESSES, SERVICES
from deploy.platform import ROOT

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
DOCKERFILE = (ROOT / "Dockerfile").read_text()
TOOLS = Path(sys.executable).parent

# What is never shown where settings are.
SECRETS = {field.name.upper() for field in fields(Settings) if not field.repr}

# These have defaults that the container changes, or passes on.
ONLY_IN_CONTAINERS = {"HEALTH_HOST", "LOG_LEVEL", "RATE_LIMITS", *ONLY_FOR} - {"CRON_SECRET"}


def told_by_compose(process: str) -> set[str]:
    environment = COMPOSE["services"][process]["environment"]
    named = {setting_of(name) for name in environment}
    return named | set(re.findall(r"^\s+(?:ENV )?([A-Z_]+)=\S+ ?\\?$", DOCKERFILE, re.MULTILINE))


def setting_of(name: str) -> str:
    """What a name in the environment sets; a secret may stand in a file."""
    return name.removesuffix("_FILE") if name.removesuffix("_FILE") in SECRETS else name


def told_by_make_run(process: str) -> set[str]:
    credentials = generate()
    at = Addresses(8000, health_ports([1, 2, 3, 4, 5, 6]), "smtp://mail:2525", Path("clock"))
    return set(environment_of(process, containers.Sites(credentials), credentials, at))


@pytest.mark.parametrize("process", PROCESSES)
def test_a_container_is_told_what_the_process_is_told(process: str) -> None:
    of_the_image = {"PATH", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"}
    in_container = told_by_compose(process) - of_the_image - ONLY_IN_CONTAINERS
    assert in_container == told_by_make_run(process)


@pytest.mark.parametrize("process", PROCESSES)
def test_every_secret_can_stand_in_a_file(process: str) -> None:
    told = COMPOSE["services"][process]["environment"]
    secrets_told = {setting_of(name) for name in told} & SECRETS
    assert {f"{name}_FILE" for name in secrets_told} <= told.keys()


@pytest.mark.parametrize("process", PROCESSES)
def test_every_process_has_a_container(process: str) -> None:
    container = COMPOSE["services"][process]
    assert container["command"] == ["chassis.run", process]
    assert container["volumes"] == [f"secrets-{process}:/secrets:ro", "clock:/clock:ro"]


def test_any_process_can_run_many_times() -> None:
    for name, container in COMPOSE["services"].items():
        assert "container_name" not in container
        assert ("ports" in container) == (name == GATEWAY)


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    """What the secrets job lays out."""
    for place in ("admin", "postgres", "rabbitmq", *PROCESSES):
        (tmp_path / place).mkdir()
    arguments = ["secrets", "--folder", str(tmp_path), "--reader", str(os.getuid())]
    laid_out = CliRunner().invoke(containers.app, arguments)
    assert laid_out.exit_code == 0, laid_out.output
    return tmp_path


@pytest.mark.parametrize("process", PROCESSES)
def test_the_secrets_job_lays_out_what_a_process_reads_and_nothing_else(secrets: Path, process: str) -> None:
    told = COMPOSE["services"][process]["environment"]
    wanted = {Path(value).name for value in told.values() if value.startswith("/secrets/")}
    files = list((secrets / process).iterdir())
    assert {file.name for file in files} == wanted
    assert all(file.stat().st_mode & 0o777 == 0o600 for file in files)


@pytest.mark.parametrize("mode", ["0", "1"])
@pytest.mark.parametrize("process", PROCESSES)
def test_a_process_starts_with_what_its_container_tells_it(secrets: Path, process: str, mode: str) -> None:
    told = {name: with_defaults(value) for name, value in COMPOSE["services"][process]["environment"].items()}
    told = {name: value.replace("/secrets/", f"{secrets}/{process}/") for name, value in told.items()}
    clock = {"CLOCK_OFFSET_FILE": ""} if mode == "0" else {}
    settings = read_settings(process, {**told, "DEMO_MODE": mode, **clock})
    assert "rabbitmq:5672/tutoring" in settings.broker_url
    assert settings.demo_mode == (mode == "1")


def test_the_demo_job_can_ask_and_move_the_clock(secrets: Path) -> None:
    job = COMPOSE["services"]["demo"]
    told = {name: with_defaults(value) for name, value in job["environment"].items()}
    told = {name: value.replace("/secrets/", f"{secrets}/{GATEWAY}/") for name, value in told.items()}
    settings = read_settings(GATEWAY, told)
    assert settings.demo_mode
    assert settings.gateway_signing_key
    assert job["volumes"] == [f"secrets-{GATEWAY}:/secrets:ro", "clock:/clock"]
    assert settings.clock_offset_file == "/clock/offset"


def with_defaults(value: str) -> str:
    """A value as compose makes it where the environment says nothing."""
    while "${" in value:
        value = re.sub(r"\$\{[A-Z_]+:?-([^{}]*)\}", r"\1", value)
    return value


def test_making_secrets_again_changes_none(secrets: Path) -> None:
    before = (secrets / "booking" / "broker_url").read_text()
    CliRunner().invoke(containers.app, ["secrets", "--folder", str(secrets), "--reader", str(os.getuid())])
    assert (secrets / "booking" / "broker_url").read_text() == before


def test_a_service_has_no_secret_of_the_gateway() -> None:
    credentials = generate()
    for service in SERVICES:
        secrets = containers.secrets_of(service, credentials)
        assert set(secrets) == {"BROKER_URL", "DATABASE_URL", "GATEWAY_PUBLIC_KEY"}
        assert credentials.signing_key not in secrets.values()


def test_the_compose_file_keeps_to_its_schema() -> None:
    checked("check-jsonschema", "--builtin-schema", "vendor.compose-spec", "docker-compose.yml")


def test_the_dockerfile_keeps_to_good_practice() -> None:
    checked("hadolint", "--no-color", "Dockerfile")


def checked(tool: str, *arguments: str) -> None:
    ran = subprocess.run([TOOLS / tool, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
