"""Which starts can be booked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from contracts.message import ANYONE, Query, View
from contracts.values import Id, Instant, LocalDate, Minutes, Zone

MAX_SLOT_DAYS = 62  # the longest range of one slot list


@dataclass(frozen=True)
class SlotView(View):
    start_at: Instant
    end_at: Instant


@dataclass(frozen=True)
class SlotDay(View):
    date: LocalDate
    slots: list[SlotView]


@dataclass(frozen=True)
class SlotsView(View):
    tutor_profile_id: Id
    timezone: Zone
    duration_minutes: Minutes
    days: list[SlotDay]


@dataclass(frozen=True)
class ListSlots(Query[SlotsView]):
    """Bookable starts by local date of `timezone` (the tutor's, if not given), both dates included.

    Asked by a student it leaves out the student's own busy times as well.
    Refuses with NotFound, TutorNotApproved, SubjectNotTaught, DurationNotOffered, RangeTooLong.
    """

    asked_by: ClassVar = ANYONE
    tutor_profile_id: Id
    from_: LocalDate = field(metadata={"data_key": "from"})
    to: LocalDate
    duration_minutes: Minutes
    timezone: Zone | None = None
    course_id: Id | None = None


@dataclass(frozen=True)
class OpenTutorsView(View):
    tutor_profile_ids: list[Id]


@dataclass(frozen=True)
class FindOpenTutors(Query[OpenTutorsView]):
    """Which tutors have a bookable start of this duration within [available_from, available_to)?"""

    asked_by: ClassVar = ANYONE
    available_from: Instant
    available_to: Instant
    duration_minutes: Minutes = 60
