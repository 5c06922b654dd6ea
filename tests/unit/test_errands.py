"""Slow work beside a timer: bounded in number, none in the way of another."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from chassis.errands import Errands
from chassis.unit import Errand
from tests.waiting import eventually


def nothing_more(_: object, __: object) -> None:
    """How an errand settles that needs no settling."""


def an_errand(run: Callable[[], object]) -> Errand:
    return Errand(run, nothing_more)


def runner(at_once: int = 3, follow: Callable[[object], list[Errand]] = lambda _: []) -> Errands:
    return Errands("letters.send", at_once, lambda _, result: follow(result))


def test_a_slow_errand_is_not_in_the_way_of_others() -> None:
    slow, done = threading.Event(), threading.Event()
    errands = runner()
    errands.begin([an_errand(slow.wait), an_errand(done.set)])
    assert done.wait(5)
    eventually(lambda: errands.room == 2)
    slow.set()
    eventually(lambda: errands.room == 3)


def test_what_follows_from_a_result_runs_in_its_place() -> None:
    results: list[object] = []

    def follow(result: object) -> list[Errand]:
        results.append(result)
        return [an_errand(lambda: len(results))] if len(results) < 4 else []

    errands = runner(1, follow)
    errands.begin([an_errand(lambda: "first")])
    eventually(lambda: results == ["first", 1, 2, 3])
    eventually(lambda: errands.room == 1)


def test_an_errand_that_fails_makes_room_for_others() -> None:
    def fail() -> None:
        raise ZeroDivisionError

    errands = runner(1)
    errands.begin([an_errand(fail)])
    eventually(lambda: errands.room == 1)


def test_stopping_waits_for_what_runs_and_begins_nothing_that_follows() -> None:
    begun, go_on, followed = threading.Event(), threading.Event(), threading.Event()

    def run() -> None:
        begun.set()
        go_on.wait(5)

    errands = runner(2, lambda _: [an_errand(followed.set)])
    errands.begin([an_errand(run)])
    assert begun.wait(5)
    threading.Timer(0.1, go_on.set).start()
    errands.stop()
    assert errands.room == 2
    assert not followed.is_set()


@pytest.mark.parametrize("at_once", [1, 5])
def test_there_is_room_for_as_many_as_run_at_once(at_once: int) -> None:
    assert runner(at_once).room == at_once
