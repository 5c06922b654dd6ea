"""When the people of the demo have time for one another, by full hours of the tutor's own clock. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from deploy.demo.cast import Person, Tutor

APART = timedelta(hours=1)  # between two lessons of one person; more than any tutor's buffers
MOST_A_DAY = 2
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Diary:
    """Who is when at a lesson."""

    lessons: dict[str, list[tuple[datetime, datetime]]] = field(default_factory=dict)

    def free_starts(
        self, tutor: Tutor, student: Person, minutes: int, since: datetime, until: datetime
    ) -> list[datetime]:
        """Where a lesson could start in [since, until], in order."""
        starts = full_hours(tutor, since, until, minutes)
        return [start for start in starts if self._is_free(tutor, student, start, minutes)]

    def note(self, start: datetime, minutes: int, *people: Person) -> None:
        """All of them are taken."""
        for person in people:
            self.lessons.setdefault(person.email, []).append((start, start + timedelta(minutes=minutes)))

    def _is_free(self, tutor: Tutor, student: Person, start: datetime, minutes: int) -> bool:
        end = start + timedelta(minutes=minutes)
        theirs = self.lessons.get(tutor.person.email, [])
        taken = [*theirs, *self.lessons.get(student.email, [])]
        apart = all(end + APART <= begin or finish + APART <= start for begin, finish in taken)
        zone = ZoneInfo(tutor.person.zone)
        same_day = [begin for begin, _ in theirs if _date(begin, zone) == _date(start, zone)]
        return apart and len(same_day) < MOST_A_DAY


def full_hours(tutor: Tutor, since: datetime, until: datetime, minutes: int) -> list[datetime]:
    """The starts on full hours of the tutor's windows, within [since, until]."""
    zone = ZoneInfo(tutor.person.zone)
    days = (_date(until, zone) - _date(since, zone)).days + 1
    found: list[datetime] = []
    for day in (_date(since, zone) + n * _DAY for n in range(days)):
        for window in tutor.hours:
            if window.weekday == day.isoweekday():
                found += _of_window(day, window.start, window.end, minutes, zone)
    return sorted(start for start in found if since <= start <= until)


def _of_window(day: date, start: str, end: str, minutes: int, zone: ZoneInfo) -> Iterator[datetime]:
    opens, closes = (
        datetime.combine(day, time.fromisoformat(edge), zone).astimezone(UTC) for edge in (start, end)
    )
    while opens + timedelta(minutes=minutes) <= closes:
        yield opens
        opens += timedelta(hours=1)


def _date(instant: datetime, zone: ZoneInfo) -> date:
    return instant.astimezone(zone).date()
