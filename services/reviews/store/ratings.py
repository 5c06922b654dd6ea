"""Ratings, counted over the visible reviews."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import insert

from chassis.database import for_change
from services.reviews.domain import Rating
from services.reviews.store.tables import ratings, reviews, visible


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
        query = sa.select(ratings).where(ratings.c.tutor_profile_id == tutor_profile_id)
        row = self._connection.execute(for_change(query)).one()
        return Rating(row.reviews, row.stars), row.version

    def _count(self, tutor_profile_id: int) -> Rating:
        query = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(reviews.c.rating), 0)).where(
            reviews.c.tutor_profile_id == tutor_profile_id, visible
        )
        return Rating(*self._connection.execute(query).one())
