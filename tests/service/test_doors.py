"""What the chassis promises of every door, tried on the smallest service."""

from __future__ import annotations

import threading

import pytest

from chassis.context import Actor
from contracts.errors import IdempotencyKeyReused, NotFound, Unauthenticated
from contracts.operations import Ping
from contracts.reviews import CreateReview, ListReviews
from tests.subject import Subject

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


def test_many_questions_at_once_are_all_answered(reviews: Subject) -> None:
    answers: list[int] = []

    def ask() -> None:
        answers.extend(reviews.ask(ListReviews(tutor_profile_id=5)).total for _ in range(10))

    threads = [threading.Thread(target=ask) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 100
