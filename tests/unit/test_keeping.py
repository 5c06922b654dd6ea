"""What ends is started again: at once where it had run well, after growing pauses where it had not."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

from deploy.keeping import LONGEST_PAUSE, SHORTEST_PAUSE, STEADY, Keeper


@dataclass
class Trial:
    """Something that runs until it is ended, on a clock that is moved by hand."""

    now: float = 0.0
    ended: bool = False
    starts: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.keeper = Keeper({"it": self}, lambda: self.now)

    @property
    def running(self) -> bool:
        return not self.ended

    @property
    def returncode(self) -> int | None:
        return -9 if self.ended else None

    def start(self) -> None:
        self.starts.append(self.now)
        self.ended = False

    def end_after(self, seconds: float) -> float:
        """How long it has then been away."""
        self.now += seconds
        self.ended, ended_at = True, self.now
        while not self.keeper.look():
            self.now += 0.05
        return self.now - ended_at


def test_what_runs_is_left_alone() -> None:
    trial = Trial()
    assert trial.keeper.look() == {}
    assert trial.starts == []


def test_what_ends_is_named_with_how_it_ended_and_started_once() -> None:
    trial = Trial(ended=True)
    trial.now += STEADY
    assert trial.keeper.look() == {"it": -9}
    assert trial.keeper.look() == {}
    assert trial.starts == [STEADY]


def test_what_has_run_well_is_started_again_at_once() -> None:
    trial = Trial()
    assert [trial.end_after(STEADY) for _ in range(3)] == [0, 0, 0]


def test_what_ends_again_and_again_pauses_ever_longer_up_to_a_limit() -> None:
    trial = Trial()
    away = [trial.end_after(1) for _ in range(12)]
    assert away[0] < 2 * SHORTEST_PAUSE
    assert all(later >= 1.5 * earlier for earlier, later in pairwise(away[:8]))
    assert LONGEST_PAUSE <= max(away) < LONGEST_PAUSE + 1


def test_once_it_has_run_well_earlier_failures_are_forgotten() -> None:
    trial = Trial()
    for _ in range(6):
        trial.end_after(1)
    assert trial.end_after(STEADY) == 0
    assert trial.end_after(1) < 2 * SHORTEST_PAUSE
