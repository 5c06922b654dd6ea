"""Every table and statement of reviews.

Of a booking and of an account only what is needed is copied, the highest version last. A
removed review keeps its row, without its words, so that a lesson is reviewed only once.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ColumnElement,
    Connection,
    ForeignKey,
    Identity,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import insert

from chassis.database import Instant, new_metadata, upsert_newer
from contracts.booking import BookingState, BookingStatus
from contracts.catalog import AccountChanged
from contracts.errors import AlreadyReviewed, Denied, NotFound
from services.reviews.domain import Lesson, Opinion, Rating, Review

metadata = new_metadata()

lessons = Table(
    "lessons",
    metadata,
    Column("booking_id", BigInteger, primary_key=True, autoincrement=False),
    Column("student_id", BigInteger, nullable=False),
    Column("tutor_profile_id", BigInteger, nullable=False),
    Column("tutor_account_id", BigInteger, nullable=False),
    Column("status", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
)

people = Table(
    "people",
    metadata,
    Column("account_id", BigInteger, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
)

reviews = Table(
    "reviews",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("booking_id", BigInteger, nullable=False, unique=True),
    Column("student_id", BigInteger, nullable=False),
    Column("tutor_profile_id", BigInteger, nullable=False),
    Column("tutor_account_id", BigInteger, nullable=False),
    Column("rating", sa.SmallInteger, nullable=False),
    Column("comment", Text, nullable=False),
    Column("reply", Text),
    Column("replied_at", Instant),
    Column("hidden_reason", Text),
    Column("removed_at", Instant),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("version", BigInteger, nullable=False),
    CheckConstraint("rating BETWEEN 1 AND 5", name="rating"),
    CheckConstraint("(reply IS NULL) = (replied_at IS NULL)", name="reply"),
)

_stands = reviews.c.removed_at.is_(None)
_visible = sa.and_(_stands, reviews.c.hidden_reason.is_(None))

sa.Index(
    "ix_reviews_visible",
    reviews.c.tutor_profile_id,
    reviews.c.created_at.desc(),
    reviews.c.id.desc(),
    postgresql_where=_visible,
)

reports = Table(
    "reports",
    metadata,
    Column("review_id", ForeignKey("reviews.id"), primary_key=True),
    Column("reporter_id", BigInteger, primary_key=True, autoincrement=False),
    Column("reason", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
)

ratings = Table(
    "ratings",
    metadata,
    Column("tutor_profile_id", BigInteger, primary_key=True, autoincrement=False),
    Column("reviews", BigInteger, nullable=False),
    Column("stars", BigInteger, nullable=False),
    Column("version", BigInteger, nullable=False),
)


class Lessons:
    """Copies of bookings."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def learn(self, booking: BookingState) -> None:
        upsert_newer(
            self._connection,
            lessons,
            {
                "booking_id": booking.id,
                "student_id": booking.student_id,
                "tutor_profile_id": booking.tutor_profile_id,
                "tutor_account_id": booking.tutor_account_id,
                "status": booking.status,
                "version": booking.version,
            },
        )

    def get(self, booking_id: int) -> Lesson | None:
        row = self._connection.execute(
            sa.select(lessons).where(lessons.c.booking_id == booking_id)
        ).one_or_none()
        if row is None:
            return None
        return Lesson(
            row.booking_id,
            row.student_id,
            row.tutor_profile_id,
            row.tutor_account_id,
            BookingStatus(row.status),
        )


class People:
    """Copies of names."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def learn(self, account: AccountChanged) -> None:
        values = {"account_id": account.account_id, "name": account.name, "version": account.version}
        upsert_newer(self._connection, people, values)

    def names(self, *account_ids: int) -> dict[int, str]:
        """The names of those that are known."""
        query = sa.select(people.c.account_id, people.c.name).where(people.c.account_id.in_(account_ids))
        return {row.account_id: row.name for row in self._connection.execute(query)}


class Reviews:
    """Reviews that stand. What is got to be changed stays locked until the end of the transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, lesson: Lesson, opinion: Opinion, now: datetime) -> Review:
        """Raises `AlreadyReviewed`; of two at once one waits for the other."""
        values = {
            "booking_id": lesson.booking_id,
            "student_id": lesson.student_id,
            "tutor_profile_id": lesson.tutor_profile_id,
            "tutor_account_id": lesson.tutor_account_id,
            "rating": opinion.rating,
            "comment": opinion.comment,
            "created_at": now,
            "updated_at": now,
            "version": 1,
        }
        statement = insert(reviews).values(values).on_conflict_do_nothing(index_elements=["booking_id"])
        row = self._connection.execute(statement.returning(*reviews.c)).one_or_none()
        if row is None:
            raise AlreadyReviewed()
        return _review(row)

    def get(self, review_id: int) -> Review:
        """Raises `NotFound`."""
        return self._locked(review_id, sa.true())

    def of_student(self, review_id: int, account_id: int) -> Review:
        """Raises `NotFound`, and `Denied` where somebody else wrote it."""
        return self._locked(review_id, reviews.c.student_id == account_id)

    def of_tutor(self, review_id: int, profile_id: int) -> Review:
        """Raises `NotFound`, and `Denied` where it is of somebody else."""
        return self._locked(review_id, reviews.c.tutor_profile_id == profile_id)

    def save(self, review: Review) -> None:
        """Write what may change of a review that was got before."""
        self._write(
            review.id,
            rating=review.opinion.rating,
            comment=review.opinion.comment,
            reply=review.reply,
            replied_at=review.replied_at,
            hidden_reason=review.hidden_reason,
            updated_at=review.updated_at,
            version=review.version,
        )

    def remove(self, review: Review, now: datetime) -> None:
        """Forget its words; that the lesson was reviewed is not forgotten."""
        self._connection.execute(sa.delete(reports).where(reports.c.review_id == review.id))
        self._write(
            review.id,
            comment="",
            reply=None,
            replied_at=None,
            removed_at=now,
            updated_at=now,
            version=review.version + 1,
        )

    def report(self, review_id: int, reporter_id: int, reason: str, now: datetime) -> None:
        """Keep what somebody has against a visible review, once each. Raises `NotFound`."""
        query = sa.select(reviews.c.id).where(reviews.c.id == review_id, _visible).with_for_update(read=True)
        if self._connection.scalar(query) is None:
            raise NotFound()
        values = {"review_id": review_id, "reporter_id": reporter_id, "reason": reason, "created_at": now}
        self._connection.execute(insert(reports).values(values).on_conflict_do_nothing())

    def visible(self, tutor_profile_id: int, page: int, page_size: int) -> tuple[list[Review], int]:
        """A page of a tutor's visible reviews, newest first, and how many there are."""
        of_tutor = sa.and_(reviews.c.tutor_profile_id == tutor_profile_id, _visible)
        query = (
            sa.select(reviews)
            .where(of_tutor)
            .order_by(reviews.c.created_at.desc(), reviews.c.id.desc())
            .limit(page_size)
            .offset((page - 1) * page_size)
        )
        total = self._connection.scalar(sa.select(sa.func.count()).select_from(reviews).where(of_tutor))
        return [_review(row) for row in self._connection.execute(query)], total or 0

    def _locked(self, review_id: int, whose: ColumnElement[bool]) -> Review:
        query = sa.select(reviews, whose.label("mine")).where(reviews.c.id == review_id, _stands)
        row = self._connection.execute(query.with_for_update()).one_or_none()
        if row is None:
            raise NotFound()
        if not row.mine:
            raise Denied()
        return _review(row)

    def _write(self, review_id: int, **values: object) -> None:
        self._connection.execute(sa.update(reviews).where(reviews.c.id == review_id).values(**values))


class Ratings:
    """The tutors' ratings, each locked while it is counted, so that none is ever wrong."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def recount(self, tutor_profile_id: int) -> tuple[Rating, int] | None:
        """The new rating and its version; None where nothing has changed."""
        before, version = self._locked(tutor_profile_id)
        rating = self._count(tutor_profile_id)
        if rating == before:
            return None
        statement = sa.update(ratings).where(ratings.c.tutor_profile_id == tutor_profile_id)
        self._connection.execute(
            statement.values(reviews=rating.reviews, stars=rating.stars, version=version + 1)
        )
        return rating, version + 1

    def each(self) -> Iterator[tuple[int, Rating, int]]:
        """Every tutor's profile id, rating and its version."""
        for row in self._connection.execute(sa.select(ratings).order_by(ratings.c.tutor_profile_id)):
            yield row.tutor_profile_id, Rating(row.reviews, row.stars), row.version

    def _locked(self, tutor_profile_id: int) -> tuple[Rating, int]:
        first = {"tutor_profile_id": tutor_profile_id, "reviews": 0, "stars": 0, "version": 0}
        self._connection.execute(insert(ratings).values(first).on_conflict_do_nothing())
        query = sa.select(ratings).where(ratings.c.tutor_profile_id == tutor_profile_id).with_for_update()
        row = self._connection.execute(query).one()
        return Rating(row.reviews, row.stars), row.version

    def _count(self, tutor_profile_id: int) -> Rating:
        query = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(reviews.c.rating), 0)).where(
            reviews.c.tutor_profile_id == tutor_profile_id, _visible
        )
        return Rating(*self._connection.execute(query).one())


def _review(row: sa.Row) -> Review:
    return Review(
        id=row.id,
        booking_id=row.booking_id,
        student_id=row.student_id,
        tutor_profile_id=row.tutor_profile_id,
        tutor_account_id=row.tutor_account_id,
        opinion=Opinion(row.rating, row.comment),
        created_at=row.created_at,
        updated_at=row.updated_at,
        version=row.version,
        reply=row.reply,
        replied_at=row.replied_at,
        hidden_reason=row.hidden_reason,
    )
