"""The doors of scheduling, a room for each noun, gathered into one service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chassis.context import Actor
from services.scheduling.service.calendars import ReadingCalendars
from services.scheduling.service.copies import Copies
from services.scheduling.service.erasure import Erasure
from services.scheduling.service.hours import Hours
from services.scheduling.service.slots import Slots
from services.scheduling.service.telling import Telling
from services.scheduling.store import held_about


class Scheduling(Hours, ReadingCalendars, Slots, Copies, Erasure, Telling):
    """Owns hours, with all that changes them; keeps copies of tutors, courses, policies and lessons."""

    name = "scheduling"

    def held_about(self, person: Actor) -> Mapping[str, Any]:
        return held_about(person)
