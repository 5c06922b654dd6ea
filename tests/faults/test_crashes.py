"""Killed, frozen or cut off at the worst moment, a service loses nothing that it answered."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from chassis.connections import driver_url
from chassis.context import Actor
from contracts.booking import BookingCompleted, BookingState, BookingStatus, BookingType, LessonType
from contracts.errors import Unavailable
from contracts.operations import Ping
from contracts.reviews import CreateReview, ListReviews, ReviewPublished
from tests.builders import a_tutor_change
from tests.subject import Subject
from tests.waiting import eventually

_numbers = itertools.count(50_000)
AT = datetime(2026, 3, 2, 10, tzinfo=UTC)


def a_completed_lesson(reviews: Subject) -> BookingState:
    """A lesson that its student may review."""
    number = next(_numbers)
    state = BookingState(
        id=number,
        student_id=number,
        tutor_profile_id=number,
        tutor_account_id=number,
        start_at=AT,
        end_at=AT,
        blocked_from=AT,
        blocked_to=AT,
        tutor_timezone="UTC",
        duration_minutes=60,
        lesson_type=LessonType.VIDEO_CALL,
        booking_type=BookingType.ONE_ON_ONE,
        status=BookingStatus.COMPLETED,
        total_amount=10,  # type: ignore[arg-type]
        currency="USD",
        seats_reserved=1,
        version=3,
    )
    reviews.hear(a_tutor_change(tutor_profile_id=number))
    reviews.hear(BookingCompleted(state))
    return state


def review(lesson: BookingState, reviews: Subject, key: str | None = None, timeout: float = 10) -> int:
    """Review it as its student; the id of the review."""
    request = CreateReview(booking_id=lesson.id, rating=5)
    return int(reviews.ask(request, by=Actor(lesson.student_id, "student"), key=key, timeout=timeout).id)


@contextmanager
def nobody_relays(reviews: Subject) -> Iterator[None]:
    """Hold the relay's lock, as another replica would, so that committed events stay in the outbox."""
    engine = sa.create_engine(driver_url(reviews.stack.servers.database_url("reviews")))
    with engine.connect() as connection:
        connection.execute(sa.text("SELECT pg_advisory_lock(hashtextextended('outbox', 0))"))
        yield
    engine.dispose()


def unsent(reviews: Subject) -> int:
    return int(reviews.sql("SELECT count(*) AS waiting FROM outbox WHERE sent_at IS NULL")[0].waiting)


def test_killed_between_commit_and_publish_it_publishes_after_its_restart(reviews: Subject) -> None:
    lesson = a_completed_lesson(reviews)
    with nobody_relays(reviews):
        review(lesson, reviews)
        assert unsent(reviews) >= 1
        reviews.stack.process("reviews").kill()
    reviews.stack.process("reviews").start()
    eventually(lambda: unsent(reviews) == 0, within=15)
    assert len(reviews.told(ReviewPublished, booking_id=lesson.id)) == 1


def test_a_request_whose_caller_gave_up_is_not_run(reviews: Subject) -> None:
    lesson = a_completed_lesson(reviews)
    process = reviews.stack.process("reviews")
    process.freeze()
    try:
        with pytest.raises(Unavailable):
            review(lesson, reviews, timeout=1)
    finally:
        process.thaw()
    eventually(lambda: reviews.ask(ListReviews(lesson.tutor_profile_id)).total == 0, within=15)
    assert reviews.told(ReviewPublished, booking_id=lesson.id) == []


def test_the_same_command_after_a_kill_is_done_once(reviews: Subject) -> None:
    lesson = a_completed_lesson(reviews)
    first = review(lesson, reviews, key="kill-me")
    reviews.stack.process("reviews").kill()
    reviews.stack.process("reviews").start()
    eventually(lambda: review(lesson, reviews, key="kill-me") == first, within=15)
    assert len(reviews.told(ReviewPublished, booking_id=lesson.id)) == 1


def test_told_to_stop_it_sends_what_is_left_and_leaves_within_ten_seconds(reviews: Subject) -> None:
    lesson = a_completed_lesson(reviews)
    review(lesson, reviews)
    process = reviews.stack.process("reviews")
    began = time.monotonic()
    assert process.stop() == 0
    assert time.monotonic() - began < 10
    assert unsent(reviews) == 0
    process.start()
    eventually(lambda: reviews.ask(ListReviews(lesson.tutor_profile_id)).total == 1, within=15)


def test_while_the_database_is_away_requests_fail_cleanly_and_work_again_after(reviews: Subject) -> None:
    postgres = reviews.stack.servers.postgres
    lesson = a_completed_lesson(reviews)
    postgres.process.kill()
    try:
        with pytest.raises(Unavailable):
            review(lesson, reviews, key="database-away", timeout=5)
    finally:
        postgres.start()
        postgres.wait()
    eventually(lambda: review(lesson, reviews, key="database-away") > 0, within=15)


def test_without_its_database_a_service_does_not_call_itself_there(reviews: Subject) -> None:
    postgres = reviews.stack.servers.postgres
    assert reviews.ask(Ping()).service == "reviews"
    postgres.process.kill()
    try:
        with pytest.raises(Unavailable):
            reviews.ask(Ping(), timeout=5)
    finally:
        postgres.start()
        postgres.wait()
    eventually(lambda: reviews.ask(Ping()).service == "reviews", within=15)


def test_while_the_broker_is_away_requests_fail_cleanly_and_events_follow_when_it_is_back(
    reviews: Subject,
) -> None:
    rabbitmq = reviews.stack.servers.rabbitmq
    lesson = a_completed_lesson(reviews)
    review(lesson, reviews)
    rabbitmq.kill()
    try:
        with pytest.raises(Unavailable):
            review(lesson, reviews, timeout=3)
        assert reviews.stack.process("reviews").running
    finally:
        rabbitmq.start()
        rabbitmq.wait()
    other = a_completed_lesson(reviews)
    eventually(lambda: review(other, reviews, key="broker-back") > 0, within=20)
    eventually(lambda: unsent(reviews) == 0, within=10)
