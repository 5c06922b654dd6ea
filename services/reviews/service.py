"""The doors of reviews.

Every change of a review counts the tutor's rating anew in the same transaction, and a changed
rating is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from chassis.context import Actor
from chassis.forgetting import forget_dead
from chassis.service import Service, answers, consumes
from chassis.unit import Unit
from contracts.booking import BOOKING_STEPS, BookingEvent
from contracts.catalog import AccountChanged, AccountErased, DoneView, TutorChanged
from contracts.errors import NotFound
from contracts.message import Event
from contracts.reviews import (
    CreateReview,
    HideReview,
    ListReviews,
    RatingChanged,
    RemoveReview,
    ReplyToReview,
    ReportReview,
    ReviewPage,
    ReviewPublished,
    ReviewReplied,
    ReviewView,
    ShowReview,
    UpdateReview,
)
from services.reviews.domain import Opinion, Rating, Review, reviewable
from services.reviews.store import Lessons, People, Ratings, Reviews, Tutors, held_about

_UNKNOWN = "A student"  # until the name has been told


class Reviewing(Service):
    """Owns reviews and ratings; keeps copies of bookings, names and tutors."""

    name = "reviews"

    @answers(CreateReview)
    def create(self, request: CreateReview, unit: Unit) -> ReviewView:
        lesson = reviewable(Lessons(unit.connection).get(request.booking_id), unit.actor.id)
        review = Reviews(unit.connection).add(lesson, Opinion(request.rating, request.comment), unit.now)
        unit.tell(_published(review))
        _rate(review, unit)
        return _view(review, unit)

    @answers(UpdateReview)
    def update(self, request: UpdateReview, unit: Unit) -> ReviewView:
        review = Reviews(unit.connection).of_student(request.review_id, unit.actor.id)
        edited = review.edited(request.rating, request.comment, request.expected_version, unit.now)
        return _saved(edited, unit)

    @answers(RemoveReview)
    def remove(self, request: RemoveReview, unit: Unit) -> DoneView:
        reviews = Reviews(unit.connection)
        if unit.actor.is_admin:
            review = reviews.get(request.review_id)
        else:
            review = reviews.of_student(request.review_id, unit.actor.id)
        reviews.remove(review, unit.now)
        _rate(review, unit)
        return DoneView()

    @answers(ListReviews)
    def list_visible(self, request: ListReviews, unit: Unit) -> ReviewPage:
        found, total = Reviews(unit.connection).visible(
            request.tutor_profile_id, request.page, request.page_size
        )
        if not (total or Tutors(unit.connection).known(request.tutor_profile_id)):
            raise NotFound()
        names = People(unit.connection).names(*(review.student_id for review in found))
        items = [_drawn(review, names) for review in found]
        return ReviewPage(items, total, request.page, request.page_size)

    @answers(ReplyToReview)
    def reply(self, request: ReplyToReview, unit: Unit) -> ReviewView:
        review = Reviews(unit.connection).of_tutor(request.review_id, unit.actor.profile_id)
        answered = review.answered(request.reply, unit.now)
        Reviews(unit.connection).save(answered)
        unit.tell(_replied(answered))
        return _view(answered, unit)

    @answers(ReportReview)
    def report(self, request: ReportReview, unit: Unit) -> DoneView:
        Reviews(unit.connection).report(request.review_id, unit.actor.id, request.reason, unit.now)
        return DoneView()

    @answers(HideReview)
    def hide(self, request: HideReview, unit: Unit) -> ReviewView:
        return _saved(Reviews(unit.connection).get(request.review_id).hidden(request.reason, unit.now), unit)

    @answers(ShowReview)
    def show(self, request: ShowReview, unit: Unit) -> ReviewView:
        return _saved(Reviews(unit.connection).get(request.review_id).shown(unit.now), unit)

    @consumes(*BOOKING_STEPS)
    def learn_booking(self, event: BookingEvent, unit: Unit) -> None:
        Lessons(unit.connection).learn(event.booking)

    @consumes(AccountChanged)
    def learn_account(self, event: AccountChanged, unit: Unit) -> None:
        People(unit.connection).learn(event)

    @consumes(TutorChanged)
    def learn_tutor(self, event: TutorChanged, unit: Unit) -> None:
        Tutors(unit.connection).learn(event)

    @consumes(AccountErased)
    def forget_person(self, event: AccountErased, unit: Unit) -> None:
        reviews = Reviews(unit.connection)
        reviews.forget_words_of_student(event.account_id, unit.now)
        if event.tutor_profile_id is not None:
            reviews.forget_words_of_tutor(event.tutor_profile_id, unit.now)
            forget_dead(unit.connection, TutorChanged, event.tutor_profile_id)
        reviews.forget_reports_by(event.account_id)
        forget_dead(unit.connection, AccountChanged, event.account_id)

    def state(self, unit: Unit) -> Iterator[Event]:
        for tutor_profile_id, rating, version in Ratings(unit.connection).each():
            yield _rated(tutor_profile_id, rating, version)

    def held_about(self, person: Actor) -> Mapping[str, Any]:
        return held_about(person)


def _saved(review: Review, unit: Unit) -> ReviewView:
    Reviews(unit.connection).save(review)
    _rate(review, unit)
    return _view(review, unit)


def _rate(review: Review, unit: Unit) -> None:
    if changed := Ratings(unit.connection).recount(review.tutor_profile_id):
        unit.tell(_rated(review.tutor_profile_id, *changed))


def _view(review: Review, unit: Unit) -> ReviewView:
    return _drawn(review, People(unit.connection).names(review.student_id))


def _drawn(review: Review, names: dict[int, str]) -> ReviewView:
    return ReviewView(
        id=review.id,
        booking_id=review.booking_id,
        tutor_profile_id=review.tutor_profile_id,
        student_id=review.student_id,
        student_name=names.get(review.student_id, _UNKNOWN),
        rating=review.opinion.rating,
        comment=review.opinion.comment,
        created_at=review.created_at,
        updated_at=review.updated_at,
        version=review.version,
        reply=review.reply,
        replied_at=review.replied_at,
        hidden=not review.visible,
        hidden_reason=review.hidden_reason,
    )


def _published(review: Review) -> ReviewPublished:
    return ReviewPublished(
        review_id=review.id,
        booking_id=review.booking_id,
        tutor_profile_id=review.tutor_profile_id,
        tutor_account_id=review.tutor_account_id,
        student_id=review.student_id,
        rating=review.opinion.rating,
        version=review.version,
    )


def _replied(review: Review) -> ReviewReplied:
    return ReviewReplied(
        review_id=review.id,
        booking_id=review.booking_id,
        tutor_profile_id=review.tutor_profile_id,
        tutor_account_id=review.tutor_account_id,
        student_id=review.student_id,
        version=review.version,
    )


def _rated(tutor_profile_id: int, rating: Rating, version: int) -> RatingChanged:
    return RatingChanged(tutor_profile_id, float(rating.average), rating.reviews, version)
