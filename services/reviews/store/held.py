"""What a person may have of what reviews holds: what they wrote, and what was written about them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Select

from chassis.context import Actor
from services.reviews.store.tables import people, reports, reviews


def held_about(person: Actor) -> Mapping[str, Select[Any]]:
    """A query for each kind, the newest first."""
    r = reviews.c
    review = sa.select(
        *(r.id, r.booking_id, r.tutor_profile_id, r.rating, r.comment, r.reply),
        *(r.hidden_reason, r.created_at, r.updated_at, r.removed_at),
    ).order_by(r.id.desc())
    report = sa.select(reports.c.review_id, reports.c.reason, reports.c.created_at)
    return {
        "contact": sa.select(people.c.name).where(people.c.account_id == person.id),
        "written": review.where(r.student_id == person.id),
        "received": review.where(r.tutor_profile_id == person.tutor_profile_id),
        "reports": report.where(reports.c.reporter_id == person.id).order_by(reports.c.created_at.desc()),
    }
