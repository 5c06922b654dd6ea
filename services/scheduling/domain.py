"""A tutor's schedule, and what may be said of it.

How hours become open intervals is calculated in `availability`, which starts they offer in `slots`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from contracts.catalog import CourseKind
from contracts.errors import Invalid, Stale
from contracts.scheduling import DayWindow, ReplaceAvailability, WeeklyWindow

MOST_WINDOWS = 50
MOST_COMING = 366  # overrides, additions or periods off of one tutor that have not begun


@dataclass(frozen=True)
class Schedule:
    """A tutor's zone and weekly hours; empty where they were never set.

    `version` counts how often the tutor replaced them, `told` how often the open hours that
    follow from them and their exceptions were told.
    """

    tutor_profile_id: int
    timezone: str = "UTC"
    weekly_hours: Sequence[WeeklyWindow] = ()
    version: int = 0
    told: int = 0

    def replaced(self, request: ReplaceAvailability) -> Schedule:
        """Raises `Stale`, `Invalid`."""
        if request.expected_version not in (None, self.version):
            raise Stale()
        check_windows(request.weekly_hours, "/weekly_hours")
        return replace(
            self,
            timezone=request.timezone,
            weekly_hours=tuple(request.weekly_hours),
            version=self.version + 1,
        )

    def emptied(self) -> Schedule:
        """Without any hours, in no zone of anybody's."""
        return replace(self, timezone="UTC", weekly_hours=(), version=self.version + 1)


@dataclass(frozen=True)
class Course:
    """A course that a tutor offers."""

    duration_minutes: int
    kind: CourseKind


def check_windows(windows: Sequence[WeeklyWindow | DayWindow], pointer: str) -> None:
    """Windows may overlap, which makes them one, but must end after they start. Raises `Invalid`."""
    if len(windows) > MOST_WINDOWS:
        raise Invalid(errors=[{"detail": f"At most {MOST_WINDOWS} windows.", "pointer": pointer}])
    backward = [number for number, window in enumerate(windows) if window.end <= window.start]
    if backward:
        raise Invalid(errors=[_ends_too_early(f"{pointer}/{number}") for number in backward])


def check_order(ordered: bool, pointer: str) -> None:
    """Raises `Invalid`, pointing to the end, where it does not come after the start."""
    if not ordered:
        raise Invalid(errors=[_ends_too_early(pointer)])


def check_room(coming: int) -> None:
    """Whether there may be one more besides those to come. Raises `Invalid`."""
    if coming >= MOST_COMING:
        raise Invalid(f"There are already {MOST_COMING} to come; remove some first.")


def _ends_too_early(pointer: str) -> dict[str, str]:
    return {"detail": "Must end after it starts.", "pointer": pointer}
