"""A review's life by tables, the rating against fractions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.booking import BookingStatus
from contracts.errors import AlreadyReplied, Denied, NotCompleted, NotFound, Refusal, ReviewClosed, Stale
from services.reviews.domain import Lesson, Opinion, Rating, Review, reviewable

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def a_lesson(**changes: object) -> Lesson:
    return replace(Lesson(100, 42, 10, 50, BookingStatus.COMPLETED), **changes)  # type: ignore[arg-type]


def a_review(**changes: object) -> Review:
    review = Review(7, 100, 42, 10, 50, Opinion(4, "Good."), NOW, NOW)
    return replace(review, **changes)  # type: ignore[arg-type]


def test_a_student_reviews_an_own_completed_lesson() -> None:
    assert reviewable(a_lesson(), 42) == a_lesson()


@pytest.mark.parametrize(
    ("lesson", "refusal"),
    [
        (None, NotFound),
        (a_lesson(student_id=43), Denied),
        (a_lesson(student_id=43, status=BookingStatus.PENDING), Denied),  # not even its status is shown
        *((a_lesson(status=status), NotCompleted) for status in BookingStatus if status != "COMPLETED"),
    ],
)
def test_no_other_lesson_is_reviewed(lesson: Lesson | None, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        reviewable(lesson, 42)


@pytest.mark.parametrize(
    ("rating", "comment", "opinion"),
    [
        (5, "Better.", Opinion(5, "Better.")),
        (5, None, Opinion(5, "Good.")),
        (None, "", Opinion(4, "")),
        (None, None, Opinion(4, "Good.")),
    ],
)
def test_an_edit_changes_what_is_given(rating: int | None, comment: str | None, opinion: Opinion) -> None:
    edited = a_review().edited(rating, comment, None, NOW + SECOND)

    assert edited == a_review(opinion=opinion, version=2, updated_at=NOW + SECOND)


def test_a_review_can_be_edited_for_fourteen_days_to_the_second() -> None:
    deadline = NOW + timedelta(days=14)

    assert a_review().edited(5, None, None, deadline).opinion.rating == 5
    with pytest.raises(ReviewClosed):
        a_review().edited(5, None, None, deadline + SECOND)


def test_an_edit_of_another_version_is_stale() -> None:
    assert a_review(version=3).edited(5, None, 3, NOW).version == 4
    with pytest.raises(Stale):
        a_review(version=3).edited(5, None, 2, NOW)


def test_a_tutor_replies_once() -> None:
    answered = a_review().answered("Thank you.", NOW + SECOND)

    assert (answered.reply, answered.replied_at, answered.version) == ("Thank you.", NOW + SECOND, 2)
    with pytest.raises(AlreadyReplied):
        answered.answered("Thanks again.", NOW)


@pytest.mark.parametrize(
    ("step", "visible"),
    [
        (lambda review: review, True),
        (lambda review: review.hidden("Rude.", NOW), False),
        (lambda review: review.hidden("Rude.", NOW).hidden("Very rude.", NOW), False),
        (lambda review: review.hidden("Rude.", NOW).edited(5, None, None, NOW), False),
        (lambda review: review.hidden("Rude.", NOW).shown(NOW), True),
        (lambda review: review.shown(NOW), True),
    ],
)
def test_a_review_is_visible_unless_hidden(step: Callable[[Review], Review], visible: bool) -> None:
    assert step(a_review()).visible is visible


@pytest.mark.parametrize(
    ("reviews", "stars", "average"),
    [(0, 0, "0.00"), (1, 5, "5.00"), (3, 14, "4.67"), (8, 37, "4.63"), (200, 869, "4.35"), (7, 8, "1.14")],
)
def test_a_rating_is_rounded_half_up_to_two_places(reviews: int, stars: int, average: str) -> None:
    assert Rating(reviews, stars).average == Decimal(average)


@given(st.lists(st.integers(1, 5), min_size=1, max_size=400))
def test_a_rating_is_the_exact_mean(stars: list[int]) -> None:
    average = Rating(len(stars), sum(stars)).average

    assert average == Decimal(int(Fraction(sum(stars), len(stars)) * 100 + Fraction(1, 2))) / 100
    assert Decimal(str(float(average))) == average  # as it travels
