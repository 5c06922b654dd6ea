"""The tutors that can be found: one document of weighted words each, and the search over them.

Words are cut in `services.catalog.words`, not by the database, so documents and queries always
agree and no query's text is ever parsed here. What was typed wrong is matched against the words
that there are: trigrams find candidates, `words.is_meant` decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection, FromClause, Select
from sqlalchemy.dialects.postgresql import TSQUERY, TSVECTOR, insert

from contracts.catalog import SearchTutors, TutorOrder
from services.catalog.domain import TutorProfile
from services.catalog.store.tables import listed_words, listings, ratings, taught_subjects, tutor_profiles
from services.catalog.words import is_meant, typos_allowed, words_of, words_of_query

SIMILARITY = "0.2"  # of trigrams: two letters swapped in a word of five still have it
CANDIDATES = 50
SHORTEST_BEGINNING = 3  # letters from which on the beginning of a word will do


@dataclass(frozen=True)
class Found:
    """A tutor that fits, and what an hour of what was searched for costs."""

    tutor_profile_id: int
    hourly_rate: Decimal


class Listings:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, profile: TutorProfile) -> None:
        """Let the profile be found by its present words."""
        weights = _weights(profile)
        row = insert(listings).values(tutor_profile_id=profile.id, document=_document(weights))
        self._connection.execute(
            row.on_conflict_do_update(
                index_elements=[listings.c.tutor_profile_id], set_={"document": row.excluded.document}
            )
        )
        # In one order, so that two who list the same words can not block each other.
        new = [{"word": word} for word in sorted(weights)]
        self._connection.execute(insert(listed_words).on_conflict_do_nothing(), new)

    def remove(self, tutor_profile_id: int) -> None:
        """Let it be found no longer."""
        self._connection.execute(sa.delete(listings).where(listings.c.tutor_profile_id == tutor_profile_id))

    def refresh_words(self) -> None:
        """Bring the words in line with the listings: drop what no profile has any more."""
        used = sa.text("SELECT word FROM ts_stat('SELECT document FROM listings')").columns(word=sa.Text)
        used_words = used.subquery()
        self._connection.execute(
            sa.delete(listed_words).where(listed_words.c.word.not_in(sa.select(used_words.c.word)))
        )
        missing = insert(listed_words).from_select(["word"], sa.select(used_words.c.word))
        self._connection.execute(missing.on_conflict_do_nothing())

    def search(self, wanted: SearchTutors) -> tuple[list[Found], int]:
        """A page of those that fit every filter, with the number of all."""
        words = words_of_query(wanted.search_query or "")
        if wanted.search_query and not words:
            return [], 0
        query = self._query(words) if words else None
        rate, fitting = _fitting(wanted, query)
        total = self._connection.scalars(sa.select(sa.func.count()).select_from(fitting.subquery())).one()
        page = fitting.order_by(*_order(wanted.sort, query, rate))
        page = page.limit(wanted.page_size).offset((wanted.page - 1) * wanted.page_size)
        return [Found(row.id, row.rate) for row in self._connection.execute(page)], total

    def _query(self, words: Sequence[str]) -> _Query:
        meant = self._meant(words)
        as_written = " & ".join(_beginning(word) for word in words)
        with_typos = " & ".join(
            f"({' | '.join([_beginning(word), *map(_quoted, meant[word])])})" for word in words
        )
        return _Query(_tsquery(as_written), _tsquery(with_typos))

    def _meant(self, words: Sequence[str]) -> dict[str, list[str]]:
        """What each of the words, with typos in it, may have been meant to be."""
        self._connection.execute(
            sa.select(sa.func.set_config("pg_trgm.similarity_threshold", SIMILARITY, sa.true()))
        )
        return {word: self._similar(word) if typos_allowed(word) else [] for word in words}

    def _similar(self, word: str) -> list[str]:
        known = listed_words.c.word
        candidates = (
            sa.select(known)
            .where(known.op("%")(word), known != word)
            .order_by(sa.func.similarity(known, word).desc(), known)
            .limit(CANDIDATES)
        )
        return [each for each in self._connection.scalars(candidates) if is_meant(word, each)]


@dataclass(frozen=True)
class _Query:
    """The words as they were written, and with what else they may have been meant to be."""

    as_written: ColumnElement[Any]
    with_typos: ColumnElement[Any]


def _fitting(wanted: SearchTutors, query: _Query | None) -> tuple[ColumnElement[Decimal], Select[Any]]:
    """The rate that counts, and the tutors that fit every filter."""
    rate: ColumnElement[Decimal] = tutor_profiles.c.hourly_rate
    tutors: FromClause = listings.join(tutor_profiles).outerjoin(
        ratings, ratings.c.tutor_profile_id == listings.c.tutor_profile_id
    )
    if wanted.subject_id is not None:
        tutors = tutors.join(
            taught_subjects, taught_subjects.c.tutor_profile_id == listings.c.tutor_profile_id
        )
        rate = sa.func.coalesce(taught_subjects.c.hourly_rate, rate)
    filters = _filters(wanted, query, rate)
    return rate, sa.select(tutor_profiles.c.id, rate.label("rate")).select_from(tutors).where(*filters)


def _filters(
    wanted: SearchTutors, query: _Query | None, rate: ColumnElement[Decimal]
) -> Iterable[ColumnElement[bool]]:
    if query is not None:
        yield listings.c.document.bool_op("@@")(query.with_typos)
    if wanted.subject_id is not None:
        yield taught_subjects.c.subject_id == wanted.subject_id
    if wanted.min_rate is not None:
        yield rate >= wanted.min_rate
    if wanted.max_rate is not None:
        yield rate <= wanted.max_rate
    if wanted.min_rating:
        yield ratings.c.average_rating >= Decimal(str(wanted.min_rating))
    if wanted.among is not None:
        yield listings.c.tutor_profile_id == sa.any_(sa.cast(wanted.among, sa.ARRAY(sa.BigInteger)))


def _order(
    sort: TutorOrder | None, query: _Query | None, rate: ColumnElement[Decimal]
) -> list[ColumnElement[Any]]:
    stars, reviews = ratings.c.average_rating, ratings.c.total_reviews
    best_rated = [sa.func.coalesce(stars, 0).desc(), sa.func.coalesce(reviews, 0).desc()]
    last = tutor_profiles.c.id
    if sort is TutorOrder.RATE:
        return [rate, last]
    if query is None or sort is TutorOrder.RATING:
        return [*best_rated, last]
    without_typos = listings.c.document.bool_op("@@")(query.as_written)
    rank = sa.func.ts_rank(listings.c.document, query.with_typos)
    return [without_typos.desc(), rank.desc(), *best_rated, last]


def _weights(profile: TutorProfile) -> dict[str, str]:
    """The weight of each word, that of the best place it stands in; saying it often does not help."""
    said = profile.presentation
    places = [
        ("A", f"{profile.name} {said.title} {' '.join(each.name for each in said.subjects)}"),
        ("B", said.headline),
        ("D", said.bio),
    ]
    weights: dict[str, str] = {}
    for weight, text in places:
        for word in words_of(text):
            weights.setdefault(word, weight)
    return weights


def _document(weights: dict[str, str]) -> ColumnElement[Any]:
    lexemes = [f"{_quoted(word)}:{place}{weight}" for place, (word, weight) in enumerate(weights.items(), 1)]
    return sa.cast(" ".join(lexemes), TSVECTOR)


def _tsquery(text: str) -> ColumnElement[Any]:
    return sa.cast(text, TSQUERY)


def _beginning(word: str) -> str:
    """The word or, if it is long enough, any that begins with it."""
    return f"{_quoted(word)}:*" if len(word) >= SHORTEST_BEGINNING else _quoted(word)


def _quoted(word: str) -> str:
    return f"'{word}'"  # of letters, digits, marks, plus and hash: nothing to escape
