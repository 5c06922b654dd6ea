"""What `make run` takes from the environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy import local
from deploy.processes import StartFailed


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(local, "FOLDER", tmp_path)
    monkeypatch.delenv("DEMO_MODE", raising=False)
    monkeypatch.delenv("CLOCK_OFFSET_FILE", raising=False)
    return tmp_path


def test_the_demo_has_a_clock_that_stands_at_nothing(folder: Path) -> None:
    assert local.chosen_clock() == folder / "clock"
    assert (folder / "clock").read_text() == "0"


def test_a_clock_that_is_named_is_left_as_it_stands(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named = folder / "named"
    named.write_text("60")
    monkeypatch.setenv("CLOCK_OFFSET_FILE", str(named))
    assert local.chosen_clock() == named
    assert named.read_text() == "60"


def test_outside_the_demo_there_is_no_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEMO_MODE", "0")
    assert local.chosen_clock() is None


def test_a_clock_that_can_not_be_made_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOCK_OFFSET_FILE", str(folder / "nowhere" / "clock"))
    with pytest.raises(StartFailed, match="nowhere"):
        local.chosen_clock()
