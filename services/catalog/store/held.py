"""What a person may have of what catalog holds: all but the secrets, a password's and the tokens' digests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Select

from chassis.context import Actor
from services.catalog.store.tables import (
    accounts,
    courses,
    enrolments,
    package_offers,
    ratings,
    reliabilities,
    sessions,
    subjects,
    taught_subjects,
    tutor_profiles,
)


def held_about(person: Actor) -> Mapping[str, Select[Any]]:
    """A query for each kind, the newest first."""
    return {**_of_account(person.id), **_of_tutor(person.tutor_profile_id)}


def _of_account(account_id: int) -> Mapping[str, Select[Any]]:
    a, s, e = accounts.c, sessions.c, enrolments.c
    return {
        "account": sa.select(a.id, a.email, a.name, a.role, a.timezone, a.locale, a.created_at).where(
            a.id == account_id
        ),
        "sessions": sa.select(s.began_at, s.ended_at).where(s.account_id == account_id).order_by(s.id.desc()),
        "enrolments": sa.select(e.course_id, courses.c.title, e.enrolled_at, e.active)
        .join_from(enrolments, courses)
        .where(e.student_id == account_id)
        .order_by(e.enrolled_at.desc(), e.course_id),
    }


def _of_tutor(profile_id: int | None) -> Mapping[str, Select[Any]]:
    """Nothing of anybody who is no tutor."""
    p, c, o = tutor_profiles.c, courses.c, package_offers.c
    profile = [column for column in p if column.name not in ("account_id", "version")]
    taught = sa.select(subjects.c.name, taught_subjects.c.hourly_rate).join_from(taught_subjects, subjects)
    course = [column for column in c if column.name not in ("tutor_profile_id", "version")]
    offer = [column for column in o if column.name not in ("tutor_profile_id", "version")]
    return {
        "tutor_profile": sa.select(*profile).where(p.id == profile_id),
        "subjects": taught.where(taught_subjects.c.tutor_profile_id == profile_id).order_by(
            taught_subjects.c.place
        ),
        "courses": sa.select(*course).where(c.tutor_profile_id == profile_id).order_by(c.id.desc()),
        "package_offers": sa.select(*offer).where(o.tutor_profile_id == profile_id).order_by(o.id.desc()),
        "standing": sa.select(ratings.c.average_rating, ratings.c.total_reviews, reliabilities.c.reliability)
        .select_from(
            sa.outerjoin(
                tutor_profiles.outerjoin(ratings, ratings.c.tutor_profile_id == p.id),
                reliabilities,
                reliabilities.c.tutor_profile_id == p.id,
            )
        )
        .where(p.id == profile_id),
    }
