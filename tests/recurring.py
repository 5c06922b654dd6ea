"""Students who agree with a tutor on lessons again and again, in a running booking service."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from chassis.context import Actor
from contracts.booking import (
    BookingType,
    CreateSeries,
    Frequency,
    GenerateSessions,
    GenerationView,
    GetSeries,
    OccurrenceView,
    PackageView,
    PreviewSeries,
    PurchasePackage,
    SeriesDetail,
    SeriesTerms,
)
from tests.builders import a_package_offer_change
from tests.groups import Groups
from tests.teaching import ADMIN, MATHS

WEEK = timedelta(weeks=1)
AT_ONCE = {"requires_approval_for_one_on_one": False}


@dataclass
class Recurring(Groups):
    """A tutor as in `Groups`; a series is weekly at ten from the day after tomorrow on."""

    def series_terms(self, hour: float = 10, day: int = 2, **changes: Any) -> dict[str, Any]:
        start = self.at(hour, day)
        terms: dict[str, Any] = {
            "tutor_profile_id": self.profile_id,
            "duration_minutes": 60,
            "subject_id": MATHS,
            "frequency": Frequency.WEEKLY,
            "start_date": start.date(),
            "start_time": f"{start:%H:%M}",
            "timezone": "UTC",
        }
        return {**terms, **changes}

    def group_terms(self, hour: float = 18, day: int = 2, **changes: Any) -> dict[str, Any]:
        """Seats in the sessions of the tutor's course."""
        group = {"booking_type": BookingType.GROUP_SESSION, "subject_id": None, "course_id": self.course_id}
        return self.series_terms(hour, day, **{"duration_minutes": 90, **group, **changes})

    def agree(self, by: Actor | None = None, **terms: Any) -> SeriesDetail:
        asked = terms if "frequency" in terms else self.series_terms(**terms)
        return self.booking.ask(CreateSeries(**asked), by or self.student)

    def preview(self, by: Actor | None = None, **terms: Any) -> list[OccurrenceView]:
        asked = terms if "frequency" in terms else self.series_terms(**terms)
        return self.booking.ask(PreviewSeries(**asked), by or self.student).occurrences

    def seen(self, series: SeriesTerms, by: Actor | None = None) -> SeriesDetail:
        assert isinstance(series, SeriesDetail)
        return self.booking.ask(GetSeries(series.id), by or self.student)

    def generate(self, weeks: int, since: SeriesDetail) -> GenerationView:
        """As an admin has it done, one series after another, but for those before this one."""
        made = GenerationView(0, 0, 0, since.id - 1)
        while made.last is not None:
            one = self.booking.ask(GenerateSessions(weeks, after=made.last), ADMIN)
            counts = (made.series + one.series, made.booked + one.booked, made.skipped + one.skipped)
            made = GenerationView(*counts, one.last)
        return made

    def package(self, lessons: int, by: Actor | None = None) -> PackageView:
        """So many lessons with the tutor, bought by the student."""
        offer_id = self.profile_id + lessons * 1_000_000
        ids = {"offer_id": offer_id, "tutor_profile_id": self.profile_id}
        self.booking.hear(a_package_offer_change(**ids, credits=lessons))
        return self.booking.ask(PurchasePackage(offer_id), by or self.student)


def starts(series: SeriesDetail) -> list[datetime]:
    return [occurrence.start_at for occurrence in series.occurrences]


def outcomes(occurrences: list[OccurrenceView]) -> list[str]:
    """`booked`, or why not."""
    return [occurrence.reason or occurrence.status.value for occurrence in occurrences]
