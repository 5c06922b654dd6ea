"""What people do about series of lessons, and of seats."""

from __future__ import annotations

from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import rule

from contracts.booking import (
    BookingType,
    CancelSeries,
    CreateSeries,
    Frequency,
    GenerateSessions,
    PauseSeries,
    PreviewSeries,
    ResumeSeries,
)
from tests.teaching import ADMIN
from tests.walk.aims import aims, evenings, maybe, sides, students, times, tutors
from tests.walk.town import Teacher, Time, Town

RHYTHMS: tuple[dict[str, Any], ...] = (
    {"frequency": Frequency.CUSTOM, "occurrence_count": 2},
    {"frequency": Frequency.WEEKLY, "occurrence_count": 3},
    {"frequency": Frequency.BIWEEKLY},
)
rhythms = st.sampled_from(RHYTHMS)


class Recurring:
    town: ClassVar[Town]

    @rule(who=students, whom=tutors, when=times, rhythm=rhythms, with_credit=maybe)
    def agree(self, who: int, whom: int, when: Time, rhythm: dict[str, Any], with_credit: bool) -> None:
        student, teacher = self.town.students[who], self.town.teachers[whom]
        package = self.town.package(student, teacher) if with_credit else None
        asked = {"subject_id": teacher.subject_id, "use_package_id": package, **rhythm}
        self.town.ask(CreateSeries(**self._terms(teacher, when, **asked)), student)

    @rule(who=students, whom=tutors, when=evenings, with_credit=maybe)
    def agree_on_seats(self, who: int, whom: int, when: Time, with_credit: bool) -> None:
        student, teacher = self.town.students[who], self.town.teachers[whom]
        package = self.town.package(student, teacher) if with_credit else None
        asked = {**RHYTHMS[0], "use_package_id": package, "course_id": teacher.group_id}
        terms = self._terms(teacher, when, booking_type=BookingType.GROUP_SESSION, **asked)
        self.town.ask(CreateSeries(**terms), student)

    @rule(who=students, whom=tutors, when=times, rhythm=rhythms)
    def preview(self, who: int, whom: int, when: Time, rhythm: dict[str, Any]) -> None:
        teacher = self.town.teachers[whom]
        terms = self._terms(teacher, when, subject_id=teacher.subject_id, **rhythm)
        self.town.ask(PreviewSeries(**terms), self.town.students[who])

    @rule(aim=aims, side=sides)
    def pause(self, aim: int, side: str) -> None:
        series = self.town.one("series", aim, "status = 'active'")
        self.town.ask(PauseSeries(series.id), self.town.on(side, series))

    @rule(aim=aims, side=sides)
    def resume(self, aim: int, side: str) -> None:
        series = self.town.one("series", aim, "status = 'paused'")
        self.town.ask(ResumeSeries(series.id), self.town.on(side, series))

    @rule(aim=aims, side=sides, whole=maybe)
    def end(self, aim: int, side: str, whole: bool) -> None:
        series = self.town.one("series", aim, "status IN ('active', 'paused')")
        wanted = CancelSeries(series.id, from_occurrence=None if whole else 2)
        self.town.ask(wanted, self.town.on(side, series))

    @rule(weeks=st.integers(1, 10), aim=aims)
    def generate(self, weeks: int, aim: int) -> None:
        after = self.town.one("series", aim, "status = 'active'").id - 1
        self.town.ask(GenerateSessions(weeks, after=after), ADMIN)

    def _terms(self, teacher: Teacher, when: Time, **more: Any) -> dict[str, Any]:
        start = self.town.at(when)
        return {
            "tutor_profile_id": teacher.profile_id,
            "duration_minutes": 60,
            "start_date": start.date(),
            "start_time": f"{start:%H:%M}",
            "timezone": "UTC",
            **more,
        }
