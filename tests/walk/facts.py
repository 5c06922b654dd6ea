"""What people change of the facts that others decide by."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import rule

from contracts.booking import RefundTier, RemovePolicy, ReplacePolicy
from contracts.catalog import SaveTutorProfile, TaughtSubject, UpdateCourse
from contracts.scheduling import AddTimeOff, ReplaceAvailability, WeeklyWindow
from tests.walk.aims import maybe, minutes, times, tutors
from tests.walk.town import EVERY_DAY, Time, Town

TERMS: tuple[dict[str, Any], ...] = (
    {"min_notice_hours": 0},
    {"min_notice_hours": 0, "requires_approval_for_one_on_one": False, "requires_approval_for_group": True},
    {
        "min_notice_hours": 2,
        "buffer_after_minutes": 15,
        "refund_tiers": [RefundTier(24, 100), RefundTier(1, 50)],
    },
    {"min_notice_hours": 0, "requires_approval_for_one_on_one": False, "max_bookings_per_day": 6},
)
HOURS = (EVERY_DAY, [WeeklyWindow(day, "09:00", "18:00") for day in range(1, 7)])


class Facts:
    town: ClassVar[Town]

    @rule(whom=tutors, terms=st.sampled_from(TERMS), of_course=maybe)
    def ask_for_other_terms(self, whom: int, terms: dict[str, Any], of_course: bool) -> None:
        teacher = self.town.teachers[whom]
        course = teacher.group_id if of_course else None
        self.town.ask(ReplacePolicy(**terms, course_id=course), teacher.actor)

    @rule(whom=tutors)
    def ask_for_no_other_terms_in_the_course(self, whom: int) -> None:
        teacher = self.town.teachers[whom]
        self.town.ask(RemovePolicy(teacher.group_id), teacher.actor)

    @rule(whom=tutors, hours=st.sampled_from(HOURS))
    def keep_other_hours(self, whom: int, hours: list[WeeklyWindow]) -> None:
        self.town.ask(ReplaceAvailability("UTC", hours), self.town.teachers[whom].actor)

    @rule(whom=tutors, when=times)
    def take_time_off(self, whom: int, when: Time) -> None:
        start = self.town.at(when)
        time_off = AddTimeOff(start, start + timedelta(hours=2))
        self.town.ask(time_off, self.town.teachers[whom].actor)

    @rule(whom=tutors, minutes=minutes, price=st.integers(0, 40))
    def change_a_course(self, whom: int, minutes: int, price: int) -> None:
        teacher = self.town.teachers[whom]
        change = UpdateCourse(teacher.group_id, duration_minutes=minutes, price=Decimal(price))
        self.town.ask(change, teacher.actor)

    @rule(whom=tutors, rate=st.integers(1, 80))
    def ask_for_another_rate(self, whom: int, rate: int) -> None:
        teacher = self.town.teachers[whom]
        taught = [TaughtSubject(teacher.subject_id)]
        profile = SaveTutorProfile("Expert", Decimal(rate), currency="EUR", subjects=taught)
        self.town.ask(profile, teacher.actor)
