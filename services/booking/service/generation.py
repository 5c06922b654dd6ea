"""Series go on by themselves: what comes into sight is made, what is over is completed."""

from __future__ import annotations

from datetime import datetime

from chassis.service import Service, answers, every
from chassis.unit import Round, Unit
from contracts.booking import WEEKS_AHEAD, GenerateSessions, GenerateSessionsOnSchedule, GenerationView
from services.booking.service.occurrences import make, weeks_ahead
from services.booking.service.series import change
from services.booking.store import AllSeries

BATCH = 200


class Generation(Service):
    @answers(GenerateSessions)
    def generate(self, request: GenerateSessions, unit: Unit) -> GenerationView:
        return self._make_next(request.after, weeks_ahead(request.weeks_ahead, unit.now), unit)

    @answers(GenerateSessionsOnSchedule)
    def generate_on_schedule(self, request: GenerateSessionsOnSchedule, unit: Unit) -> GenerationView:
        return self.generate(request, unit)

    @every(minutes=1)
    def go_on(self, unit: Round) -> None:
        """One series after another, each in a transaction of its own: none waits long for another's locks."""
        self._make_all(0, weeks_ahead(WEEKS_AHEAD, unit.now), unit)

    @every(seconds=5)
    def complete_series(self, unit: Unit) -> None:
        for series in AllSeries(unit.connection).over(unit.now, BATCH):
            change(unit, series.complete(unit.now))

    def _make_all(self, after: int, until: datetime, unit: Round) -> None:
        last = self._make_next(after, until, unit).last
        if last is not None:
            unit.afterwards(lambda: None, lambda _, following: self._make_all(last, until, following))

    def _make_next(self, after: int, until: datetime, unit: Unit) -> GenerationView:
        """Make what is missing of one series, the first after the given one that lacks anything."""
        series = AllSeries(unit.connection).to_make(until, after)
        if series is None:
            return GenerationView(0, 0, 0)
        _, items = make(series, until, unit, self.settings)
        skipped = sum(item.reason is not None for item in items)
        return GenerationView(int(bool(items)), len(items) - skipped, skipped, series.id)
