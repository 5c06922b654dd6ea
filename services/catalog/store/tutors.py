"""Tutor profiles as they are stored, and the copies of what others say of tutors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from chassis.database import for_change, upsert_newer
from contracts.booking import ReliabilityChanged
from contracts.catalog import Certification, Education, TutorStatus
from contracts.errors import NotFound
from contracts.reviews import RatingChanged
from services.catalog.domain import Presentation, Standing, Taught, TutorProfile
from services.catalog.store.rows import in_batches
from services.catalog.store.tables import (
    accounts,
    ratings,
    reliabilities,
    subjects,
    taught_subjects,
    tutor_profile_ids,
    tutor_profiles,
)

_PROFILES = sa.select(
    tutor_profiles,
    accounts.c.name,
    accounts.c.timezone,
    accounts.c.erased_at,
    ratings.c.average_rating,
    ratings.c.total_reviews,
    reliabilities.c.reliability,
).select_from(
    tutor_profiles.join(accounts, accounts.c.id == tutor_profiles.c.account_id)
    .outerjoin(ratings, ratings.c.tutor_profile_id == tutor_profiles.c.id)
    .outerjoin(reliabilities, reliabilities.c.tutor_profile_id == tutor_profiles.c.id)
)


class Tutors:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def new_id(self) -> int:
        return int(self._connection.scalars(sa.select(tutor_profile_ids.next_value())).one())

    def add(self, profile: TutorProfile) -> None:
        self._connection.execute(
            sa.insert(tutor_profiles).values(
                id=profile.id, account_id=profile.account_id, **_columns(profile)
            )
        )
        self._save_subjects(profile)

    def save(self, profile: TutorProfile) -> None:
        self._connection.execute(
            sa.update(tutor_profiles).where(tutor_profiles.c.id == profile.id).values(_columns(profile))
        )
        self._save_subjects(profile)

    def get(self, tutor_profile_id: int) -> TutorProfile:
        """Raises `NotFound`."""
        found = self.several([tutor_profile_id])
        if not found:
            raise NotFound()
        return found[0]

    def lock(self, tutor_profile_id: int) -> TutorProfile:
        """The profile, which nobody else can change until the transaction ends. Raises `NotFound`.

        The name is read after the lock was got: whoever changes it holds the same lock.
        """
        row = sa.select(tutor_profiles.c.id).where(tutor_profiles.c.id == tutor_profile_id)
        self._connection.execute(for_change(row))
        return self.get(tutor_profile_id)

    def several(self, ids: Sequence[int]) -> list[TutorProfile]:
        """Those profiles, in the order of the ids."""
        rows = self._connection.execute(_PROFILES.where(tutor_profiles.c.id.in_(ids)))
        found = {profile.id: profile for profile in self._profiles(rows.all())}
        return [found[each] for each in ids if each in found]

    def all(self) -> Iterator[TutorProfile]:
        for rows in in_batches(self._connection, _PROFILES, tutor_profiles.c.id):
            yield from self._profiles(rows)

    def learn_rating(self, told: RatingChanged) -> None:
        upsert_newer(self._connection, ratings, asdict(told))

    def learn_reliability(self, told: ReliabilityChanged) -> None:
        upsert_newer(self._connection, reliabilities, asdict(told))

    def _save_subjects(self, profile: TutorProfile) -> None:
        of_profile = taught_subjects.c.tutor_profile_id == profile.id
        self._connection.execute(sa.delete(taught_subjects).where(of_profile))
        rows = [
            {
                "tutor_profile_id": profile.id,
                "subject_id": taught.subject_id,
                "place": place,
                "hourly_rate": taught.hourly_rate,
            }
            for place, taught in enumerate(profile.presentation.subjects)
        ]
        if rows:
            self._connection.execute(sa.insert(taught_subjects), rows)

    def _profiles(self, rows: Sequence[Any]) -> list[TutorProfile]:
        taught = self._taught([row.id for row in rows])
        return [_profile(row, tuple(taught[row.id])) for row in rows]

    def _taught(self, ids: Sequence[int]) -> dict[int, list[Taught]]:
        """The subjects of each, in the order that the tutor gave them."""
        taught: dict[int, list[Taught]] = {each: [] for each in ids}
        rows = self._connection.execute(
            sa.select(taught_subjects, subjects.c.name)
            .join(subjects, subjects.c.id == taught_subjects.c.subject_id)
            .where(taught_subjects.c.tutor_profile_id.in_(ids))
            .order_by(taught_subjects.c.place)
        )
        for row in rows:
            taught[row.tutor_profile_id].append(Taught(row.subject_id, row.name, row.hourly_rate))
        return taught


def _columns(profile: TutorProfile) -> dict[str, Any]:
    said = profile.presentation
    return {
        "status": profile.status,
        "reason": profile.reason,
        "version": profile.version,
        "title": said.title,
        "headline": said.headline,
        "bio": said.bio,
        "hourly_rate": said.hourly_rate,
        "currency": said.currency,
        "experience_years": said.experience_years,
        "profile_photo_url": said.profile_photo_url,
        "languages": list(said.languages),
        "certifications": [asdict(each) for each in said.certifications],
        "education": [asdict(each) for each in said.education],
    }


def _profile(row: Any, taught: tuple[Taught, ...]) -> TutorProfile:
    return TutorProfile(
        id=row.id,
        account_id=row.account_id,
        name=row.name,
        timezone=row.timezone,
        presentation=_presentation(row, taught),
        status=TutorStatus(row.status),
        reason=row.reason,
        standing=_standing(row),
        version=row.version,
        erased=row.erased_at is not None,
    )


def _presentation(row: Any, taught: tuple[Taught, ...]) -> Presentation:
    return Presentation(
        title=row.title,
        headline=row.headline,
        bio=row.bio,
        hourly_rate=row.hourly_rate,
        currency=row.currency,
        experience_years=row.experience_years,
        profile_photo_url=row.profile_photo_url,
        languages=tuple(row.languages),
        certifications=tuple(Certification(**each) for each in row.certifications),
        education=tuple(Education(**each) for each in row.education),
        subjects=taught,
    )


def _standing(row: Any) -> Standing:
    return Standing(float(row.average_rating or 0), row.total_reviews or 0, row.reliability)
