"""What students say of completed lessons: what reviews answers and tells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from contracts.catalog import DoneView
from contracts.fields import integer, number, prose
from contracts.message import ADMIN, ANYONE, SIGNED_IN, STUDENT, TUTOR, Command, Event, Query, View
from contracts.values import Count, Flag, Id, Instant, Name, Page, PageSize, Prose, Version

Stars = Annotated[int, integer(1, 5)]
Reply = Annotated[str, prose(2000, shortest=1)]
Reason = Annotated[str, prose(500, shortest=1)]


@dataclass(frozen=True)
class ReviewView(View):
    id: Id
    booking_id: Id
    tutor_profile_id: Id
    student_id: Id
    student_name: Name
    rating: Stars
    comment: Prose
    created_at: Instant
    updated_at: Instant
    version: Version
    reply: Prose | None = None
    replied_at: Instant | None = None
    hidden: Flag = False
    hidden_reason: Prose | None = None


@dataclass(frozen=True)
class ReviewPage(View):
    items: list[ReviewView]
    total: Count
    page: Page
    page_size: PageSize


@dataclass(frozen=True)
class CreateReview(Command[ReviewView]):
    """Review an own completed booking, once. Refuses with NotFound, Denied, NotCompleted, AlreadyReviewed."""

    asked_by: ClassVar = STUDENT
    booking_id: Id
    rating: Stars
    comment: Prose = ""


@dataclass(frozen=True)
class UpdateReview(Command[ReviewView]):
    """Change an own review within 14 days of its making. Refuses with ReviewClosed, Stale."""

    asked_by: ClassVar = STUDENT
    review_id: Id
    rating: Stars | None = None
    comment: Prose | None = None
    expected_version: Version | None = None


@dataclass(frozen=True)
class RemoveReview(Command[DoneView]):
    """Take an own review back (an admin: any)."""

    asked_by: ClassVar = STUDENT | ADMIN
    review_id: Id


@dataclass(frozen=True)
class ListReviews(Query[ReviewPage]):
    """The visible reviews of a tutor, newest first."""

    asked_by: ClassVar = ANYONE
    tutor_profile_id: Id
    page: Page = 1
    page_size: PageSize = 20


@dataclass(frozen=True)
class ReplyToReview(Command[ReviewView]):
    """Answer a review of oneself, once. Refuses with AlreadyReplied."""

    asked_by: ClassVar = TUTOR
    review_id: Id
    reply: Reply


@dataclass(frozen=True)
class ReportReview(Command[DoneView]):
    """Bring a review to the admins' attention."""

    asked_by: ClassVar = SIGNED_IN
    review_id: Id
    reason: Reason


@dataclass(frozen=True)
class HideReview(Command[ReviewView]):
    """Take a review out of sight and out of the rating."""

    asked_by: ClassVar = ADMIN
    review_id: Id
    reason: Reason


@dataclass(frozen=True)
class ShowReview(Command[ReviewView]):
    """Show a hidden review again."""

    asked_by: ClassVar = ADMIN
    review_id: Id


# --- events -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class ReviewPublished(Event):
    """A student reviewed a lesson."""

    concerns: ClassVar = ("student_id", "tutor_account_id")
    subject_field: ClassVar = "review_id"
    review_id: Id
    booking_id: Id
    tutor_profile_id: Id
    tutor_account_id: Id
    student_id: Id
    rating: Stars
    version: Version


@dataclass(frozen=True)
class ReviewReplied(Event):
    """The tutor answered a review."""

    concerns: ClassVar = ("student_id", "tutor_account_id")
    subject_field: ClassVar = "review_id"
    review_id: Id
    booking_id: Id
    tutor_profile_id: Id
    tutor_account_id: Id
    student_id: Id
    version: Version


@dataclass(frozen=True)
class RatingChanged(Event):
    """The tutor's rating over visible reviews: their mean, rounded half-up to two places, and their count."""

    concerns_tutors: ClassVar = ("tutor_profile_id",)
    subject_field: ClassVar = "tutor_profile_id"
    tutor_profile_id: Id
    average_rating: Annotated[float, number(0, 5)]
    total_reviews: Count
    version: Version
