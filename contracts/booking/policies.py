"""Policies: what a tutor asks of bookings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, ClassVar

from contracts.catalog import DoneView
from contracts.fields import integer, number
from contracts.message import TUTOR, Command, Event, Query, View
from contracts.values import Flag, Id, Minutes, Version

Hours = Annotated[float, number(0, 2160)]
Percent = Annotated[int, integer(0, 100)]
Buffer = Annotated[int, integer(0, 240)]


@dataclass(frozen=True)
class RefundTier(View):
    """A student who cancels at least `hours_before` the start gets `percent` back."""

    hours_before: Hours
    percent: Percent


@dataclass(frozen=True)
class PolicyTerms(View):
    """What a tutor asks of bookings; the defaults are those of the sources."""

    requires_approval_for_one_on_one: Flag = True
    requires_approval_for_group: Flag = False
    min_notice_hours: Hours = 24
    booking_window_days: Annotated[int, integer(1, 120)] = 14
    durations_minutes: list[Minutes] = field(default_factory=lambda: [30, 45, 60, 90, 120])
    slot_step_minutes: Annotated[int, integer(1, 1440)] = 30
    buffer_before_minutes: Buffer = 0
    buffer_after_minutes: Buffer = 0
    max_bookings_per_day: Annotated[int, integer(1, 100)] | None = None
    refund_tiers: list[RefundTier] = field(default_factory=lambda: [RefundTier(12, 100)])
    reschedule_notice_hours: Hours = 12
    reschedule_window_days: Annotated[int, integer(1, 120)] = 30


@dataclass(frozen=True)
class PolicyView(PolicyTerms):
    """The terms in force; `version` 0 where they were never set and the defaults rule."""

    tutor_profile_id: Id = 1
    course_id: Id | None = None
    version: Version = 0


@dataclass(frozen=True)
class GetPolicy(Query[PolicyView]):
    """The calling tutor's terms, for one course where it has its own."""

    asked_by: ClassVar = TUTOR
    course_id: Id | None = None


@dataclass(frozen=True)
class ReplacePolicy(PolicyTerms, Command[PolicyView]):
    """Replace the terms; absent fields take the defaults. Refuses with NotFound (course), Stale."""

    asked_by: ClassVar = TUTOR
    course_id: Id | None = None
    expected_version: Version | None = None


@dataclass(frozen=True)
class RemovePolicy(Command[DoneView]):
    """Let the tutor's own terms, or the defaults, rule again."""

    asked_by: ClassVar = TUTOR
    course_id: Id | None = None


@dataclass(frozen=True)
class PolicyChanged(Event):
    """The terms of a tutor, or of one of its courses, changed; `terms` is null where they were removed."""

    concerns_tutors: ClassVar = ("tutor_profile_id",)
    tutor_profile_id: Id
    version: Version
    course_id: Id | None = None
    terms: PolicyTerms | None = None

    @property
    def subject(self) -> str:
        return f"{self.tutor_profile_id}/{self.course_id or 0}"
