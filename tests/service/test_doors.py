"""What the chassis promises of every door, tried on the smallest service."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

import pytest

from chassis.context import Actor
from contracts.catalog import AccountChanged
from contracts.errors import IdempotencyKeyReused, NotFound, Unauthenticated
from contracts.operations import Ping
from contracts.reviews import CreateReview, ListReviews
from deploy.names import GATEWAY
from tests.builders import a_tutor_change
from tests.service.people import a_person
from tests.subject import Subject, TestClock
from tests.waiting import eventually

STUDENT = Actor(1, "student")


def test_a_service_answers_that_it_is_there(reviews: Subject) -> None:
    assert reviews.ask(Ping()).service == "reviews"


def test_a_request_that_needs_an_account_is_refused_to_strangers(reviews: Subject) -> None:
    with pytest.raises(Unauthenticated):
        reviews.ask(CreateReview(booking_id=5, rating=3))


def test_a_refusal_is_replayed_to_the_same_key(reviews: Subject) -> None:
    replayed = []
    for _ in range(2):
        with pytest.raises(NotFound) as refused:
            reviews.ask(CreateReview(booking_id=5, rating=3), STUDENT, key="refused-once")
        replayed.append(refused.value.replayed)
    assert replayed == [False, True]


def test_a_key_sent_with_another_request_is_refused(reviews: Subject) -> None:
    with pytest.raises(NotFound):
        reviews.ask(CreateReview(booking_id=6, rating=3), STUDENT, key="one-key")
    with pytest.raises(IdempotencyKeyReused):
        reviews.ask(CreateReview(booking_id=7, rating=3), STUDENT, key="one-key")


def test_a_key_is_remembered_for_seven_days_and_not_an_hour_longer(
    reviews: Subject, clock: TestClock
) -> None:
    for rating, wait, refusal in [
        (3, {"days": 6, "hours": 23}, NotFound),
        (4, {"hours": 2}, IdempotencyKeyReused),
        (4, {}, NotFound),
        (3, {}, IdempotencyKeyReused),
    ]:
        with pytest.raises(refusal):
            reviews.ask(CreateReview(booking_id=8, rating=rating), STUDENT, key="a-week")
        clock.advance(**wait)


def test_many_questions_at_once_are_all_answered(reviews: Subject) -> None:
    answers: list[int] = []
    reviews.hear(a_tutor_change(tutor_profile_id=5))

    def ask() -> None:
        answers.extend(reviews.ask(ListReviews(tutor_profile_id=5)).total for _ in range(10))

    threads = [threading.Thread(target=ask) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 100


# --- its state told again --------------------------------------------------------------------------


def resync(subject: Subject, *arguments: str) -> tuple[int, str]:
    """How the command ends, as an operator runs it beside the gateway, and what it says."""
    ended = subprocess.run(
        [sys.executable, "-m", "chassis.resync", *arguments],
        env={**os.environ, **subject.stack.platform.environment(GATEWAY), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    return ended.returncode, ended.stdout + ended.stderr


def names(reviews: Subject) -> set[str]:
    return {row.name for row in reviews.sql("SELECT name FROM people")}


def test_a_copy_that_was_lost_is_rebuilt_by_a_command(catalog: Subject, reviews: Subject) -> None:
    for name in ("Ada", "Grace"):
        a_person(catalog, name=name)
    eventually(lambda: names(reviews) == {"Ada", "Grace"})
    reviews.sql("TRUNCATE people")
    code, said = resync(catalog, "catalog")
    told = len(catalog.told(AccountChanged)) - 2
    assert (code, said) == (0, f"catalog tells {told} events again.\n")
    eventually(lambda: names(reviews) == {"Ada", "Grace"})


def test_the_command_says_so_where_nobody_answers(reviews: Subject) -> None:
    code, said = resync(reviews, "scheduling", "--patience", "1")
    assert code == 1
    assert said.startswith("scheduling has not answered within 1 s")
    assert "Traceback" not in said


def test_the_command_says_what_it_lacks(reviews: Subject) -> None:
    code, said = resync(reviews, "revues")
    assert code == 2
    assert "There is no service 'revues'." in said
    assert "chassis.resync" in resync(reviews, "--help")[1]
