"""Schemathesis reads /openapi.json, tries every operation by it, and finds nothing.

Every operation is tried once, by somebody who may use it and with ids that exist, all three callers at the
same time. Left out is only `positive_data_acceptance`: a start may well be an instant and lie in the past,
and a subject may well be a number that no tutor teaches; both are refused, as they should be. What is
random about it is left out too (its `fuzzing`), so that a run is like the one before; and of long lists
of words a few are tried (`shortened`).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy.platform import ROOT
from tests.end_to_end.scene import Scene, a_scene
from tests.end_to_end.world import World

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

SECONDS = 300
OPERATIONS = {
    "student": (
        *("--exclude-path-regex", "^/api/((tutor|admin)/|events$)"),  # which has no end
        *("--exclude-operation-id", "erase_me"),  # after which there would be no student
    ),
    "tutor": ("--include-path-regex", "^/api/tutor/"),
    "admin": ("--include-path-regex", "^/api/admin/"),
}
OPTIONS = (
    "--phases=examples,coverage", "--exclude-checks=positive_data_acceptance", "--continue-on-failure",
    "--generation-deterministic", "--no-shrink", "--warnings=off", "--no-color", "--workers=1",
)  # fmt: skip
HOOKED = {**os.environ, "PYTHONPATH": str(ROOT), "SCHEMATHESIS_HOOKS": "tests.end_to_end.shortened"}


@dataclass
class Run:
    """Schemathesis at work, its words in a file."""

    process: subprocess.Popen[bytes]
    report: Path

    def said(self) -> str:
        self.process.wait(SECONDS)
        return self.report.read_text()


@pytest.fixture(scope="module")
def runs(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Run]]:
    """One run for each caller."""
    scene, folder = a_scene(world), tmp_path_factory.mktemp("schemathesis")
    settings = folder / "schemathesis.toml"
    settings.write_text(config(scene))
    started = {caller: start(scene, caller, settings) for caller in OPERATIONS}
    yield started
    for run in started.values():
        run.process.kill()
        run.process.wait()


def config(scene: Scene) -> str:
    """The ids of the scene for every path that has some."""
    ids = {**scene.ids, "booking_id": scene.bookings["look at"]}
    known = {name: json.dumps(value) for name, value in ids.items() if isinstance(value, int | str)}
    return "[parameters]\n" + "".join(f'"path.{name}" = {value}\n' for name, value in known.items())


def start(scene: Scene, caller: str, settings: Path) -> Run:
    person = scene.person(caller)
    command = [
        sys.executable, "-m", "schemathesis.cli", "--config-file", str(settings), "run",
        f"{person.world.url}/openapi.json", "-H", f"Authorization: Bearer {person.token()}",
        *OPTIONS, *OPERATIONS[caller],
    ]  # fmt: skip
    report = settings.with_name(f"{caller}.txt")
    with report.open("wb") as file:
        process = subprocess.Popen(
            command, cwd=settings.parent, env=HOOKED, stdout=file, stderr=file, stdin=subprocess.DEVNULL
        )
    return Run(process, report)


@pytest.mark.parametrize("caller", OPERATIONS)
def test_it_finds_nothing(runs: dict[str, Run], caller: str) -> None:
    said = runs[caller].said()
    assert runs[caller].process.returncode == 0, said
