"""Reviews as they are really kept: one for each lesson, the rating exact, everybody in his place."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest

from chassis.context import ANONYMOUS, Actor
from contracts.booking import BookingCompleted, BookingConfirmed, BookingStatus
from contracts.errors import (
    AlreadyReplied,
    AlreadyReviewed,
    Denied,
    NotCompleted,
    NotFound,
    Refusal,
    ReviewClosed,
    Stale,
    Unauthenticated,
)
from contracts.message import Request
from contracts.operations import Resync
from contracts.reviews import (
    CreateReview,
    HideReview,
    ListReviews,
    RatingChanged,
    RemoveReview,
    ReplyToReview,
    ReportReview,
    ReviewPublished,
    ReviewReplied,
    ReviewView,
    ShowReview,
    UpdateReview,
)
from tests.builders import a_booking_state, a_tutor_change, an_account_change
from tests.subject import Subject, TestClock

ADMIN = Actor(1, "admin")
STUDENT, OTHER_STUDENT = Actor(42, "student"), Actor(43, "student")
_numbers = count(1000)


@pytest.fixture
def tutor(reviews: Subject) -> Actor:
    """A tutor whom nobody has reviewed."""
    number = next(_numbers)
    reviews.hear(a_tutor_change(tutor_profile_id=number + 1_000_000, account_id=number))
    return Actor(number, "tutor", number + 1_000_000)


@pytest.fixture
def a_lesson(reviews: Subject, tutor: Actor) -> Callable[..., int]:
    """Makes completed lessons of the student with the tutor; returns the booking's id."""

    def make(status: BookingStatus = BookingStatus.COMPLETED) -> int:
        booking = a_booking_state(
            id=next(_numbers),
            student_id=STUDENT.id,
            tutor_profile_id=tutor.profile_id,
            tutor_account_id=tutor.id,
            status=status,
            version=3,
        )
        reviews.hear(BookingCompleted(booking, BookingStatus.CONFIRMED))
        return booking.id

    return make


@pytest.fixture
def a_review(reviews: Subject, a_lesson: Callable[..., int]) -> Callable[..., ReviewView]:
    """Makes reviews of the student about the tutor."""

    def make(rating: int = 4, comment: str = "Good.") -> ReviewView:
        return reviews.ask(CreateReview(a_lesson(), rating, comment), by=STUDENT)

    return make


def visible(reviews: Subject, tutor: Actor) -> list[ReviewView]:
    return reviews.ask(ListReviews(tutor.profile_id)).items


def rating(reviews: Subject, tutor: Actor) -> tuple[float, int]:
    """What was told last; each telling is the next version."""
    told = reviews.told(RatingChanged, tutor_profile_id=tutor.profile_id)
    assert [event.version - told[0].version for event in told] == list(range(len(told)))
    return told[-1].average_rating, told[-1].total_reviews


# --- once for each lesson -----------------------------------------------------------------------------


def test_a_review_is_seen_by_everybody_and_told(
    reviews: Subject, tutor: Actor, a_lesson: Callable[..., int]
) -> None:
    reviews.hear(an_account_change(account_id=STUDENT.id, name="John Doe"))
    booking_id = a_lesson()

    made = reviews.ask(CreateReview(booking_id, 5, "Excellent tutor!"), by=STUDENT)

    assert visible(reviews, tutor) == [made]
    assert (made.student_name, made.rating, made.comment) == ("John Doe", 5, "Excellent tutor!")
    assert (made.booking_id, made.tutor_profile_id, made.hidden) == (booking_id, tutor.profile_id, False)
    assert reviews.told(ReviewPublished, review_id=made.id, tutor_account_id=tutor.id, rating=5)
    assert rating(reviews, tutor) == (5.0, 1)


def test_a_lesson_is_reviewed_once_even_by_many_at_once(
    reviews: Subject, tutor: Actor, a_lesson: Callable[..., int]
) -> None:
    booking_id = a_lesson()

    def attempt(_: int) -> type[object]:
        try:
            return type(reviews.ask(CreateReview(booking_id, 5), by=STUDENT))
        except Refusal as refusal:
            return type(refusal)

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(attempt, range(8)))

    assert sorted(outcomes, key=str) == [*[AlreadyReviewed] * 7, ReviewView]
    assert rating(reviews, tutor) == (5.0, 1)


def test_a_removed_review_is_gone_but_the_lesson_stays_reviewed(
    reviews: Subject, tutor: Actor, a_review: Callable[..., ReviewView]
) -> None:
    review = a_review()
    reviews.ask(ReportReview(review.id, "Not true."), by=OTHER_STUDENT)

    reviews.ask(RemoveReview(review.id), by=STUDENT)

    assert visible(reviews, tutor) == []
    assert rating(reviews, tutor) == (0.0, 0)
    assert [
        row.comment for row in reviews.sql("SELECT comment FROM reviews WHERE id = :id", id=review.id)
    ] == [""]
    for request in (CreateReview(review.booking_id, 5), UpdateReview(review.id, 5), RemoveReview(review.id)):
        with pytest.raises(AlreadyReviewed if isinstance(request, CreateReview) else NotFound):
            reviews.ask(request, by=STUDENT)


def test_only_a_completed_lesson_is_reviewed(
    reviews: Subject, tutor: Actor, a_lesson: Callable[..., int]
) -> None:
    no_show, unknown = a_lesson(BookingStatus.NO_SHOW_STUDENT), next(_numbers)

    for booking_id, refusal in ((no_show, NotCompleted), (unknown, NotFound)):
        with pytest.raises(refusal):
            reviews.ask(CreateReview(booking_id, 5), by=STUDENT)


def test_an_old_state_of_a_booking_does_not_undo_the_new(
    reviews: Subject, tutor: Actor, a_lesson: Callable[..., int]
) -> None:
    booking_id = a_lesson()
    earlier = a_booking_state(id=booking_id, student_id=STUDENT.id, status=BookingStatus.CONFIRMED, version=2)

    reviews.hear(BookingConfirmed(earlier, BookingStatus.PENDING))

    assert reviews.ask(CreateReview(booking_id, 5), by=STUDENT)


# --- whose is whose -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("act", "allowed"),
    [
        (lambda review: CreateReview(review.booking_id, 5), set()),  # reviewed already, or not theirs
        (lambda review: UpdateReview(review.id, 5), {"student"}),
        (lambda review: RemoveReview(review.id), {"student", "admin"}),
        (lambda review: ReplyToReview(review.id, "Thanks."), {"tutor"}),
        (
            lambda review: ReportReview(review.id, "Rude."),
            {"student", "other student", "tutor", "other tutor", "admin"},
        ),
        (lambda review: HideReview(review.id, "Rude."), {"admin"}),
        (lambda review: ShowReview(review.id), {"admin"}),
    ],
)
def test_everybody_does_only_what_is_theirs(
    reviews: Subject,
    tutor: Actor,
    a_review: Callable[..., ReviewView],
    act: Callable[[ReviewView], Request[object]],
    allowed: set[str],
) -> None:
    actors = {
        "anyone": ANONYMOUS,
        "student": STUDENT,
        "other student": OTHER_STUDENT,
        "tutor": tutor,
        "other tutor": Actor(51, "tutor", 11),
        "admin": ADMIN,
    }
    for name, actor in actors.items():
        request = act(a_review())
        if name in allowed:
            assert reviews.ask(request, by=actor) is not None
        else:
            with pytest.raises((Denied, Unauthenticated, AlreadyReviewed)):
                reviews.ask(request, by=actor)


# --- its life -----------------------------------------------------------------------------------------


def test_an_author_edits_for_fourteen_days(
    reviews: Subject, clock: TestClock, tutor: Actor, a_review: Callable[..., ReviewView]
) -> None:
    review = a_review(4)
    with pytest.raises(Stale):
        reviews.ask(UpdateReview(review.id, 1, expected_version=7), by=STUDENT)

    clock.advance(days=13, hours=23)
    edited = reviews.ask(UpdateReview(review.id, 2, expected_version=1), by=STUDENT)
    assert (edited.rating, edited.comment, edited.version) == (2, "Good.", 2)
    assert rating(reviews, tutor) == (2.0, 1)

    clock.advance(hours=2)
    with pytest.raises(ReviewClosed):
        reviews.ask(UpdateReview(review.id, 5), by=STUDENT)


def test_a_reply_is_shown_and_told_once(
    reviews: Subject, tutor: Actor, a_review: Callable[..., ReviewView]
) -> None:
    review = a_review()

    reviews.ask(ReplyToReview(review.id, "Thank you."), by=tutor)

    assert [item.reply for item in visible(reviews, tutor)] == ["Thank you."]
    with pytest.raises(AlreadyReplied):
        reviews.ask(ReplyToReview(review.id, "And again."), by=tutor)
    (told,) = reviews.told(ReviewReplied, review_id=review.id)
    assert (told.student_id, told.tutor_account_id) == (STUDENT.id, tutor.id)


def test_a_hidden_review_counts_again_once_shown(
    reviews: Subject, tutor: Actor, a_review: Callable[..., ReviewView]
) -> None:
    kind, rude = a_review(5), a_review(1)
    assert rating(reviews, tutor) == (3.0, 2)

    hidden = reviews.ask(HideReview(rude.id, "Rude.\nVery."), by=ADMIN)
    assert (hidden.hidden, hidden.hidden_reason) == (True, "Rude.\nVery.")
    assert [item.id for item in visible(reviews, tutor)] == [kind.id]
    assert rating(reviews, tutor) == (5.0, 1)
    with pytest.raises(NotFound):
        reviews.ask(ReportReview(rude.id, "Rude."), by=tutor)

    shown = reviews.ask(ShowReview(rude.id), by=ADMIN)
    assert (shown.hidden, shown.hidden_reason) == (False, None)
    assert rating(reviews, tutor) == (3.0, 2)


def test_everybody_reports_once(reviews: Subject, tutor: Actor, a_review: Callable[..., ReviewView]) -> None:
    review = a_review()
    for actor in (tutor, OTHER_STUDENT, tutor):
        reviews.ask(ReportReview(review.id, "Not true."), by=actor)

    reporters = reviews.sql("SELECT reporter_id FROM reports WHERE review_id = :id ORDER BY 1", id=review.id)
    assert [row.reporter_id for row in reporters] == sorted([tutor.id, OTHER_STUDENT.id])


# --- lists and ratings ----------------------------------------------------------------------------------


def test_reviews_are_listed_newest_first_in_pages(
    reviews: Subject, tutor: Actor, a_review: Callable[..., ReviewView]
) -> None:
    made = [a_review().id for _ in range(5)]

    pages = [reviews.ask(ListReviews(tutor.profile_id, page, 2)) for page in (1, 2, 3)]

    assert [item.id for page in pages for item in page.items] == made[::-1]
    assert {page.total for page in pages} == {5}


def test_a_tutor_whom_nobody_has_reviewed_has_none_and_no_tutor_has_no_list(
    reviews: Subject, tutor: Actor
) -> None:
    assert visible(reviews, tutor) == []
    with pytest.raises(NotFound):
        reviews.ask(ListReviews(999_999_999))


def test_the_rating_is_exact_whatever_happens_at_once(
    reviews: Subject, tutor: Actor, a_lesson: Callable[..., int]
) -> None:
    bookings = [a_lesson() for _ in range(12)]
    stars = [1, 5, 4, 3, 5, 2, 4, 4, 1, 5, 3, 2]

    def live(number: int) -> None:
        review = reviews.ask(CreateReview(bookings[number], 3), by=STUDENT)
        reviews.ask(UpdateReview(review.id, stars[number]), by=STUDENT)
        if number % 4 == 1:
            reviews.ask(HideReview(review.id, "Rude."), by=ADMIN)
        if number % 4 == 2:
            reviews.ask(RemoveReview(review.id), by=ADMIN)

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(live, range(12)))

    left = [stars[number] for number in range(12) if number % 4 in (0, 3)]
    assert rating(reviews, tutor) == (round(sum(left) / len(left), 2), len(left))


def test_every_rating_is_told_again_on_request(
    reviews: Subject, tutor: Actor, a_review: Callable[..., ReviewView]
) -> None:
    a_review(4)
    before = reviews.told(RatingChanged, tutor_profile_id=tutor.profile_id)

    reviews.ask(Resync(), by=ADMIN)

    assert reviews.told(RatingChanged, tutor_profile_id=tutor.profile_id) == [*before, before[-1]]
