"""Whom an answer waits for: those who have heard such events in time before."""

from __future__ import annotations

import threading
import time
from itertools import count

from chassis.hearing import Hearing

PATIENCE = 0.6  # seconds; all else here is told in parts of it
SOON = 0.5

_numbers = count()


def waited(hearing: Hearing, *, kind: str = "policy_changed", **heard_after: float) -> float:
    """For how long an answer was held back by an event that each of these hears so much later."""
    event_id, began = str(next(_numbers)), time.monotonic()
    for handler, part in heard_after.items():
        threading.Timer(part * PATIENCE, hearing.note, (event_id, handler)).start()
    hearing.wait({kind: event_id})
    return (time.monotonic() - began) / PATIENCE


def test_the_first_of_a_kind_is_waited_for_until_nobody_new_has_heard_it() -> None:
    hearing = Hearing(PATIENCE)
    assert 0.15 <= waited(hearing, scheduling=0.1, reviews=0.15) < 1
    assert waited(hearing, scheduling=0, reviews=0.3) >= 0.3


def test_a_kind_that_nobody_hears_is_waited_for_once() -> None:
    hearing = Hearing(PATIENCE)
    assert waited(hearing) >= 1
    assert waited(hearing) < SOON


def test_the_next_is_waited_for_until_all_have_heard_who_heard_the_first() -> None:
    hearing = Hearing(PATIENCE)
    waited(hearing, scheduling=0, reviews=0)
    assert 0.2 <= waited(hearing, scheduling=0, reviews=0.2) < SOON


def test_who_has_not_heard_in_time_is_waited_for_once() -> None:
    hearing = Hearing(PATIENCE)
    waited(hearing, scheduling=0, reviews=0)
    assert waited(hearing, scheduling=0) >= 1
    assert waited(hearing, scheduling=0) < SOON


def test_who_hears_in_time_again_is_waited_for_again() -> None:
    hearing = Hearing(PATIENCE)
    waited(hearing)
    waited(hearing, scheduling=0.1)
    time.sleep(0.2 * PATIENCE)
    assert waited(hearing, scheduling=0.2) >= 0.2


def test_who_hears_too_late_is_not_waited_for_again() -> None:
    hearing = Hearing(PATIENCE)
    waited(hearing)
    waited(hearing, scheduling=1.1)
    time.sleep(1.2 * PATIENCE)
    assert waited(hearing, scheduling=SOON) < SOON


def test_another_kind_is_heard_by_others() -> None:
    hearing = Hearing(PATIENCE)
    waited(hearing, scheduling=0)
    assert waited(hearing, kind="course_changed") >= 1


def test_an_answer_that_told_nothing_is_not_held_back() -> None:
    began = time.monotonic()
    Hearing(PATIENCE).wait({})
    assert time.monotonic() - began < SOON * PATIENCE
