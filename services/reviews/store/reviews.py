"""Reviews and what people have against them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection, Row
from sqlalchemy.dialects.postgresql import insert

from chassis.database import for_change
from contracts.errors import AlreadyReviewed, Denied, NotFound
from services.reviews.domain import Lesson, Opinion, Review
from services.reviews.store.tables import reports, reviews, stands, visible


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
        query = sa.select(reviews.c.id).where(reviews.c.id == review_id, visible).with_for_update(read=True)
        if self._connection.scalar(query) is None:
            raise NotFound()
        values = {"review_id": review_id, "reporter_id": reporter_id, "reason": reason, "created_at": now}
        self._connection.execute(insert(reports).values(values).on_conflict_do_nothing())

    def forget_words_of_student(self, account_id: int, now: datetime) -> None:
        """What the student wrote, and what was said of it; the stars stay."""
        theirs = reviews.c.student_id == account_id
        said = sa.or_(reviews.c.comment != "", reviews.c.hidden_reason != "")
        why_hidden = sa.case((reviews.c.hidden_reason.is_not(None), ""))
        self._change_all(theirs & said, now, comment="", hidden_reason=why_hidden)
        about = reports.c.review_id.in_(sa.select(reviews.c.id).where(theirs))
        self._connection.execute(sa.update(reports).where(about).values(reason=""))

    def forget_words_of_tutor(self, tutor_profile_id: int, now: datetime) -> None:
        """What the tutor replied."""
        replied = sa.and_(reviews.c.tutor_profile_id == tutor_profile_id, reviews.c.reply.is_not(None))
        self._change_all(replied, now, reply=None, replied_at=None)

    def forget_reports_by(self, account_id: int) -> None:
        """Why somebody reported others' reviews, but not that they did."""
        own = reports.c.reporter_id == account_id
        self._connection.execute(sa.update(reports).where(own).values(reason=""))

    def visible(self, tutor_profile_id: int, page: int, page_size: int) -> tuple[list[Review], int]:
        """A page of a tutor's visible reviews, newest first, and how many there are."""
        of_tutor = sa.and_(reviews.c.tutor_profile_id == tutor_profile_id, visible)
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
        query = sa.select(reviews, whose.label("mine")).where(reviews.c.id == review_id, stands)
        row = self._connection.execute(for_change(query)).one_or_none()
        if row is None:
            raise NotFound()
        if not row.mine:
            raise Denied()
        return _review(row)

    def _change_all(self, which: ColumnElement[bool], now: datetime, **values: object) -> None:
        """Make the next versions of all of them."""
        following = {**values, "updated_at": now, "version": reviews.c.version + 1}
        self._connection.execute(sa.update(reviews).where(which).values(following))

    def _write(self, review_id: int, **values: object) -> None:
        self._connection.execute(sa.update(reviews).where(reviews.c.id == review_id).values(**values))


def _review(row: Row[Any]) -> Review:
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
