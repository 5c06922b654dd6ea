"""What a person may have of what scheduling holds: a tutor's hours and calendars, anybody's times as told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Select

from chassis.context import Actor
from services.scheduling.store.tables import (
    additions,
    busy_times,
    calendars,
    lessons,
    overrides,
    schedules,
    time_off,
)


def held_about(person: Actor) -> Mapping[str, Select[Any]]:
    """A query for each kind, the newest first."""
    lesson, profile_id = lessons.c, person.tutor_profile_id
    theirs = sa.or_(lesson.student_id == person.id, lesson.tutor_profile_id == profile_id)
    times = sa.select(lesson.booking_id, lesson.start_at, lesson.end_at, lesson.active)
    return {
        **_hours(profile_id),
        **_calendars(profile_id),
        "lessons": times.where(theirs).order_by(lesson.start_at.desc()),
    }


def _hours(profile_id: int | None) -> Mapping[str, Select[Any]]:
    """Nothing of anybody who is no tutor."""
    s, o, a, t = schedules.c, overrides.c, additions.c, time_off.c
    return {
        "schedule": sa.select(s.timezone, s.weekly_hours).where(s.tutor_profile_id == profile_id),
        "overrides": sa.select(o.id, o.local_date, o.intervals, o.note)
        .where(o.tutor_profile_id == profile_id)
        .order_by(o.local_date.desc()),
        "additions": sa.select(a.id, a.local_date, a.start_time, a.end_time)
        .where(a.tutor_profile_id == profile_id)
        .order_by(a.local_date.desc(), a.id),
        "time_off": sa.select(t.id, t.start_at, t.end_at, t.reason)
        .where(t.tutor_profile_id == profile_id)
        .order_by(t.start_at.desc(), t.id),
    }


def _calendars(profile_id: int | None) -> Mapping[str, Select[Any]]:
    """Those kept elsewhere, and what was last read of them."""
    c, b = calendars.c, busy_times.c
    return {
        "calendars": sa.select(c.id, c.name, c.url, c.status, c.last_read_at)
        .where(c.tutor_profile_id == profile_id)
        .order_by(c.id.desc()),
        "busy_times": sa.select(b.calendar_id, b.start_at, b.end_at)
        .where(b.tutor_profile_id == profile_id)
        .order_by(b.start_at.desc(), b.calendar_id),
    }
