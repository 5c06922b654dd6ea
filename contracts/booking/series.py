"""Recurring series: lessons agreed once and booked again and again, some weeks ahead."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, ClassVar

from contracts.booking.lessons import BookingType, BookingTypeName, BookingView, LessonType, LessonTypeName
from contracts.catalog import RoleName
from contracts.fields import integer, word
from contracts.message import ADMIN, SIGNED_IN, STUDENT, SYSTEM, Command, Event, Query, View
from contracts.values import (
    Count,
    Flag,
    Id,
    Instant,
    Line,
    LocalDate,
    Minutes,
    Name,
    Page,
    PageSize,
    Prose,
    Version,
    WallTime,
    WebAddress,
    Weekday,
    Zone,
)

MOST_OCCURRENCES = 520
MOST_YEARS = 5  # ahead, for the first and the last date of a series
WEEKS_AHEAD = 6  # how far occurrences become bookings by themselves


class Frequency(StrEnum):
    WEEKLY = "weekly"
    BIWEEKLY = "biweekly"
    MONTHLY = "monthly"
    CUSTOM = "custom"


class SeriesStatus(StrEnum):
    ACTIVE = "active"
    PAUSED = "paused"
    CANCELLED = "cancelled"
    COMPLETED = "completed"


class OccurrenceStatus(StrEnum):
    """`booked` and `skipped` are facts; the others are what a preview expects."""

    BOOKED = "booked"
    SKIPPED = "skipped"
    FREE = "free"
    CONFLICT = "conflict"
    CLOSED = "closed"
    PLANNED = "planned"


FrequencyName = Annotated[Frequency, word(Frequency)]
SeriesStatusName = Annotated[SeriesStatus, word(SeriesStatus)]
OccurrenceStatusName = Annotated[OccurrenceStatus, word(OccurrenceStatus)]
OccurrenceIndex = Annotated[int, integer(1, 100_000)]
WeeksAhead = Annotated[int, integer(1, 52)]


@dataclass(frozen=True)
class RecurrenceTerms(View):
    """When a series takes place, by the clock on the wall of `timezone`; RFC 5545 throughout.

    weekly: every `interval` weeks on `days_of_week` (1 is Monday; the day of `start_date`, where
    none are given). biweekly: the same with fortnights. monthly: every `interval` months on the day
    of the month of `start_date`, or on every one of `days_of_week`. custom: every `interval` weeks
    on `days_of_week`, or every `interval` days where none are given. The series begins on the first
    of its days on or after `start_date`, and ends after `occurrence_count` (at most 520), with
    `until_date`, or not at all.
    """

    frequency: FrequencyName
    start_date: LocalDate
    start_time: WallTime
    timezone: Zone
    interval: Annotated[int, integer(1, 52)] = 1
    days_of_week: list[Weekday] = field(default_factory=list)
    occurrence_count: OccurrenceIndex | None = None
    until_date: LocalDate | None = None


@dataclass(frozen=True)
class SeriesTerms(RecurrenceTerms):
    """What a student wants again and again of a tutor: lessons alone, or seats in a course's sessions."""

    tutor_profile_id: Id = field(kw_only=True)
    duration_minutes: Minutes = field(kw_only=True)
    booking_type: BookingTypeName = BookingType.ONE_ON_ONE
    lesson_type: LessonTypeName = LessonType.VIDEO_CALL
    subject_id: Id | None = None
    course_id: Id | None = None
    notes_student: Prose | None = None
    default_meeting_link: WebAddress | None = None
    default_meeting_id: Line | None = None
    default_meeting_passcode: Line | None = None
    use_package_id: Id | None = None


@dataclass(frozen=True)
class OccurrenceView(View):
    """One occurrence; the reason is the code of the refusal that it met."""

    occurrence_index: OccurrenceIndex
    start_at: Instant
    status: OccurrenceStatusName
    booking_id: Id | None = None
    reason: Line | None = None


@dataclass(frozen=True)
class SeriesView(SeriesTerms):
    """A series as its two sides see it, with its next ten bookings."""

    id: Id = field(kw_only=True)
    student_id: Id = field(kw_only=True)
    student_name: Name = field(kw_only=True)
    tutor_name: Name = field(kw_only=True)
    status: SeriesStatusName = field(kw_only=True)
    upcoming: list[BookingView] = field(kw_only=True)
    created_at: Instant = field(kw_only=True)
    updated_at: Instant = field(kw_only=True)
    version: Version = field(kw_only=True)
    subject_name: Line | None = None


@dataclass(frozen=True)
class SeriesDetail(SeriesView):
    """A series with every occurrence that was made so far."""

    occurrences: list[OccurrenceView] = field(kw_only=True)


@dataclass(frozen=True)
class SeriesPage(View):
    items: list[SeriesView]
    total: Count
    page: Page
    page_size: PageSize


@dataclass(frozen=True)
class SeriesPreview(View):
    """The first occurrences: those of the coming weeks judged, later ones `planned`."""

    occurrences: list[OccurrenceView]


@dataclass(frozen=True)
class CreateSeries(SeriesTerms, Command[SeriesDetail]):
    """Agree on lessons again and again; those of the coming six weeks are booked at once.

    Each occurrence is taken as a single lesson is, but for notice and window. One that can not be
    had is `skipped` with its reason, and the others go on. Refuses with Invalid, StartInPast,
    DurationNotOffered, SubjectNotTaught, TutorNotApproved.
    """

    asked_by: ClassVar = STUDENT


@dataclass(frozen=True)
class PreviewSeries(SeriesTerms, Command[SeriesPreview]):
    """What would become of the occurrences if the series were created now. Refuses as CreateSeries does."""

    asked_by: ClassVar = STUDENT


@dataclass(frozen=True)
class GetSeries(Query[SeriesDetail]):
    """One series of the caller's; an admin sees any."""

    series_id: Id


@dataclass(frozen=True)
class ListSeries(Query[SeriesPage]):
    """The caller's series, the newest first; an admin's list has all."""

    status: list[SeriesStatusName] | None = None
    page: Page = 1
    page_size: PageSize = 20


@dataclass(frozen=True)
class CancelSeries(Command[SeriesDetail]):
    """End a series and cancel its coming bookings, each with refund by its own terms.

    From `from_occurrence` on: what comes before it stays, and is still made where it was not yet.
    With `future_only` false also what has begun and the caller may still cancel. Refuses with WrongStatus,
    and Invalid where there is no such occurrence.
    """

    asked_by: ClassVar = SIGNED_IN
    series_id: Id
    future_only: Flag = True
    from_occurrence: OccurrenceIndex | None = None
    reason: Prose | None = None


@dataclass(frozen=True)
class PauseSeries(Command[SeriesDetail]):
    """Make no more bookings for now; those that are made stay. Refuses with WrongStatus."""

    series_id: Id


@dataclass(frozen=True)
class ResumeSeries(Command[SeriesDetail]):
    """Go on; what would have taken place meanwhile is skipped. Refuses with WrongStatus."""

    series_id: Id


@dataclass(frozen=True)
class GenerationView(View):
    """What was made: `booked` and `skipped` count occurrences, `series` those that had any.

    `last` is the series that was looked at last, null where there was none left.
    """

    series: Count
    booked: Count
    skipped: Count
    last: Id | None = None


@dataclass(frozen=True)
class GenerateSessions(Command[GenerationView]):
    """Make the occurrences of the coming weeks into bookings; done twice, nothing is made twice.

    No further ahead than the tutor's hours are known: what lies beyond is left for later. Looks at
    one series, the first after `after`.
    """

    asked_by: ClassVar = ADMIN
    weeks_ahead: WeeksAhead = field(default=WEEKS_AHEAD, metadata={"data_key": "weeksAhead"})
    after: Count = 0


@dataclass(frozen=True)
class GenerateSessionsOnSchedule(GenerateSessions):
    """The same, asked by the operator's own scheduler."""

    asked_by: ClassVar = SYSTEM


# --- events --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SeriesChanged(Event):
    """A series was agreed on, paused, resumed, cut short, cancelled, or is completed.

    `changed_by` is null where nobody did it: it is completed, or only told again.
    """

    concerns: ClassVar = ("student_id", "tutor_account_id")
    id: Id
    student_id: Id
    tutor_profile_id: Id
    tutor_account_id: Id
    booking_type: BookingTypeName
    duration_minutes: Minutes
    status: SeriesStatusName
    recurrence: RecurrenceTerms
    version: Version
    subject_id: Id | None = None
    subject_name: Line | None = None
    course_id: Id | None = None
    from_status: SeriesStatusName | None = None
    changed_by: RoleName | None = None


@dataclass(frozen=True)
class OccurrenceSkipped(Event):
    """An occurrence of a series could not be booked; the reason is the code of the refusal."""

    concerns: ClassVar = ("student_id", "tutor_account_id")
    series_id: Id
    occurrence_index: OccurrenceIndex
    start_at: Instant
    timezone: Zone
    duration_minutes: Minutes
    reason: Line
    student_id: Id
    tutor_profile_id: Id
    tutor_account_id: Id
    subject_name: Line | None = None
    version: Version = 1

    @property
    def subject(self) -> str:
        return f"{self.series_id}/{self.occurrence_index}"
