"""Where recurring series are asked for, and have their coming occurrences made.

One thing is more than asking: series are made one by one, each in a transaction of its own.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

from chassis.rpc import Answer
from contracts.booking import (
    WEEKS_AHEAD,
    CancelSeries,
    CreateSeries,
    GenerateSessions,
    GenerateSessionsOnSchedule,
    GetSeries,
    ListSeries,
    PauseSeries,
    PreviewSeries,
    ResumeSeries,
    WeeksAhead,
)
from contracts.message import View
from gateway.asking import Asking
from gateway.routes import Handler, Route

PATIENCE = 20  # seconds that a caller waits for many series


@dataclass(frozen=True)
class SessionsToGenerate(View):
    """Make the occurrences of the coming weeks into bookings; done twice, nothing is made twice.

    No further ahead than the tutor's hours are known: what lies beyond is left for later. Where
    `last` is not null there was more than could be made while the caller waited: ask again.
    """

    weeks_ahead: WeeksAhead = field(default=WEEKS_AHEAD, metadata={"data_key": "weeksAhead"})


def generating(request: type[GenerateSessions]) -> Handler:
    """Have one series after another made, as long as the caller waits."""

    def generate(wanted: SessionsToGenerate, asking: Asking) -> Answer:
        end = time.monotonic() + PATIENCE
        first = answer = _generated(request(wanted.weeks_ahead), asking)
        made = _counts(answer)
        while (last := answer.view["last"]) is not None and time.monotonic() < end:
            answer = _generated(request(wanted.weeks_ahead, after=last), asking)
            made.update(_counts(answer))
        return Answer({**made, "last": last}, first.replayed)

    return generate


def _generated(request: GenerateSessions, asking: Asking) -> Answer:
    """Each with a key of its own, so that all of them together can be sent again."""
    return replace(asking, key=f"{asking.key}/{request.after}").ask(request)


def _counts(answer: Answer) -> Counter[str]:
    return Counter({name: value for name, value in answer.view.items() if name != "last"})


def _generation(path: str, request: type[GenerateSessions], **options: Any) -> Route:
    return Route("POST", path, request, form=SessionsToGenerate, handler=generating(request), **options)


ROUTES = (
    Route("POST", "/api/series/preview", PreviewSeries),
    Route("POST", "/api/series", CreateSeries, status=201, location="/api/series/{id}"),
    Route("GET", "/api/series", ListSeries),
    Route("GET", "/api/series/{series_id}", GetSeries),
    Route("POST", "/api/series/{series_id}/cancel", CancelSeries),
    Route("POST", "/api/series/{series_id}/pause", PauseSeries),
    Route("POST", "/api/series/{series_id}/resume", ResumeSeries),
    _generation("/api/admin/generate-sessions", GenerateSessions),
    _generation("/api/cron/generate-sessions", GenerateSessionsOnSchedule, scheduled=True),
)
