"""Tutors' terms: one row for each pair of tutor and course, or tutor alone, that ever had its own."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection
from sqlalchemy.dialects.postgresql import insert

from contracts.booking import PolicyChanged, PolicyTerms
from services.booking.policy import DEFAULTS
from services.booking.store.rows import terms_from_json, terms_to_json
from services.booking.store.tables import policies

_c = policies.c


class Policies:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def terms_for(self, tutor_profile_id: int, course_id: int | None) -> PolicyTerms:
        """The terms in force: the course's own, else the tutor's, else the defaults."""
        either = sa.or_(_c.course_id.is_(None), _c.course_id == course_id)
        own = sa.select(_c.terms).where(
            _c.tutor_profile_id == tutor_profile_id, either, _c.terms.is_not(None)
        )
        stored = self._connection.scalar(own.order_by(_c.course_id.nulls_last()).limit(1))
        return terms_from_json(stored) if stored is not None else DEFAULTS

    def version_of(self, tutor_profile_id: int, course_id: int | None) -> int:
        """How often the pair's own terms were changed; 0 where it never had any."""
        return self._connection.scalar(sa.select(_c.version).where(_is(tutor_profile_id, course_id))) or 0

    def has_own(self, tutor_profile_id: int, course_id: int | None) -> bool:
        own = sa.select(_c.id).where(_is(tutor_profile_id, course_id), _c.terms.is_not(None))
        return self._connection.execute(own).first() is not None

    def write(self, tutor_profile_id: int, course_id: int | None, terms: PolicyTerms | None) -> int:
        """Replace the pair's own terms, or remove them; returns the new version."""
        statement = insert(policies).values(
            tutor_profile_id=tutor_profile_id,
            course_id=course_id,
            terms=terms_to_json(terms) if terms else None,
            version=1,
        )
        statement = statement.on_conflict_do_update(
            index_elements=[_c.tutor_profile_id, _c.course_id],
            set_={"terms": statement.excluded.terms, "version": _c.version + 1},
        )
        return int(self._connection.execute(statement.returning(_c.version)).scalar_one())

    def all(self) -> Iterator[PolicyChanged]:
        """What was last told of each."""
        for row in self._connection.execute(sa.select(policies).order_by(_c.id)):
            terms = terms_from_json(row.terms) if row.terms is not None else None
            yield PolicyChanged(row.tutor_profile_id, row.version, row.course_id, terms)


def _is(tutor_profile_id: int, course_id: int | None) -> ColumnElement[bool]:
    return sa.and_(_c.tutor_profile_id == tutor_profile_id, _c.course_id.is_not_distinct_from(course_id))
