"""What deployments may tell a process is what the chassis understands, and the lock files name no place."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from pathlib import Path

import pytest

from chassis.settings import Settings, read_settings
from deploy.containers import Sites
from deploy.credentials import generate
from deploy.environment import OPTIONS, Addresses, environment_of, health_ports
from deploy.names import GATEWAY, PROCESSES, SERVICES
from deploy.platform import ROOT

AT = Addresses(8000, health_ports([9001, 9002, 9003, 9004, 9005, 9006]), "smtp://mail:2525", Path("clock"))
FIXED = {"SERVICE", "HEALTH_HOST"}  # the process's own name, and where the image alone differs


def told(process: str, **options: str) -> dict[str, str]:
    credentials = generate()
    return environment_of(
        process, Sites(credentials), credentials, replace(AT, options={**AT.options, **options})
    )


@pytest.mark.parametrize("process", PROCESSES)
def test_a_process_is_told_all_it_needs(process: str) -> None:
    settings = read_settings(process, told(process))
    assert settings.health_port == AT.health_ports[process]


def test_every_setting_can_be_given() -> None:
    known = {field.name.upper() for field in fields(Settings)} - FIXED
    given = {name for process in PROCESSES for name in told(process)}
    assert known == given | set(OPTIONS)


def test_the_schedulers_secret_can_be_chosen_and_only_the_gateway_is_told() -> None:
    chosen = {"CRON_SECRET": "known to our own scheduler"}
    assert chosen.keys() <= set(OPTIONS)
    assert told(GATEWAY)["CRON_SECRET"] != told(GATEWAY, **chosen)["CRON_SECRET"] == chosen["CRON_SECRET"]
    assert not any("CRON_SECRET" in told(service, **chosen) for service in SERVICES)


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-dev.txt"])
def test_locks_hold_hashes_and_no_addresses(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert not re.search(r"://|--index|--find-links|^/", text, re.MULTILINE)
    pinned = re.findall(r"^[a-z0-9-]+==", text, re.MULTILINE)
    assert len(pinned) > 50
    assert text.count("--hash=sha256:") >= len(pinned)
