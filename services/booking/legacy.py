"""Reading bookings of an older system: one row of its table becomes a booking, or a reason why not.

The columns are those of the first source document's `bookings` table, the statuses those of any of
the sources (section 10 of the rules of the trade): local date and times in the tutor's zone. What
was paid was paid there, so an imported booking has no price here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from contracts.booking import BookingStatus, LessonType, PolicyTerms
from services.booking.domain import Booking, Lesson, Mark
from services.booking.money import Price
from services.booking.offer import Tutor

COLUMNS = ("id", "student_id", "tutor_id", "booking_date", "start_time", "end_time", "status")
TOLD_AGAIN = 2  # the version of what is told as a state, not as news: nobody is notified of old lessons

_S = BookingStatus
STATUSES = {
    "pending": _S.PENDING,
    "planned": _S.CONFIRMED,
    "scheduled": _S.CONFIRMED,
    "confirmed": _S.CONFIRMED,
    "in_progress": _S.CONFIRMED,
    "rescheduled": _S.CONFIRMED,
    "attended": _S.COMPLETED,
    "completed": _S.COMPLETED,
    "declined": _S.DECLINED,
    "cancelled": _S.CANCELLED_BY_ADMIN,
    "no_show": _S.NO_SHOW_STUDENT,
}


class Rejected(Exception):
    """The row can not become a booking; says why in one word and the column it is about."""


@dataclass(frozen=True)
class LegacyRow:
    """A row as the older system meant it; times are on the tutor's wall clock."""

    id: str
    student_id: int
    tutor_id: int
    day: date
    start: time
    end: time
    status: BookingStatus
    word: str
    subject: str
    notes: str
    created_at: datetime | None


def read_row(row: Mapping[str, str | None]) -> LegacyRow:
    """The row, understood. Raises `Rejected`."""
    fields = {name: (value or "").strip() for name, value in row.items() if name is not None}
    word = fields.get("status", "").lower()
    if word not in STATUSES:
        raise Rejected("unknown_status")
    return LegacyRow(
        id=fields.get("id") or _missing("id"),
        student_id=_number(fields, "student_id"),
        tutor_id=_number(fields, "tutor_id"),
        day=_day(fields),
        start=_time(fields, "start_time"),
        end=_time(fields, "end_time"),
        status=STATUSES[word],
        word=word,
        subject=_clean(fields.get("subject", ""))[:120],
        notes=_clean(fields.get("notes", ""))[:2000],
        created_at=_moment(fields.get("created_at", "")),
    )


def booking_of(
    row: LegacyRow, tutor: Tutor, zone: str, terms: PolicyTerms, now: datetime, join_url: str
) -> Booking:
    """The booking that the row becomes; its id is given by the store. Raises `Rejected`."""
    lesson = _lesson(row, tutor, zone, terms)
    created_at = min(row.created_at or now, now)
    booking = Booking(0, lesson, _S.CONFIRMED, created_at, now, TOLD_AGAIN)
    status = _status_now(row.status, booking, now)
    return Booking(
        id=0,
        lesson=lesson,
        status=status,
        created_at=created_at,
        updated_at=now,
        version=TOLD_AGAIN,
        join_url=join_url if status in (_S.CONFIRMED, _S.COMPLETED) else None,
        expires_at=lesson.start_at if status is _S.PENDING else None,
        cancellation=Mark(None, now) if status is _S.CANCELLED_BY_ADMIN else None,
    )


def instant_of(day: date, at: time, zone: str) -> datetime:
    """The wall-clock time as an instant; the first where there are two. Raises `Rejected` for none."""
    local = datetime.combine(day, at, ZoneInfo(zone))
    instant = local.astimezone(UTC)
    if instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise Rejected("no_such_local_time")
    return instant


def _lesson(row: LegacyRow, tutor: Tutor, zone: str, terms: PolicyTerms) -> Lesson:
    start, end = instant_of(row.day, row.start, zone), instant_of(row.day, row.end, zone)
    minutes, rest = divmod(end - start, timedelta(minutes=1))
    if minutes < 1 or rest:
        raise Rejected("end_not_after_start" if end <= start else "not_whole_minutes")
    taught = next((each for each in tutor.subjects if each.name.lower() == row.subject.lower()), None)
    return Lesson(
        student_id=row.student_id,
        tutor_profile_id=tutor.profile_id,
        tutor_account_id=tutor.account_id,
        tutor_timezone=zone,
        start_at=start,
        duration_minutes=minutes,
        lesson_type=LessonType.VIDEO_CALL,
        subject_id=taught.id if taught else None,
        subject_name=taught.name if taught else row.subject,
        course_id=None,
        price=Price(0, 0, 0, tutor.currency),
        terms=terms,
        notes=row.notes or None,
    )


def _status_now(status: BookingStatus, booking: Booking, now: datetime) -> BookingStatus:
    """What time has made of it meanwhile: an unanswered request ran out, an old lesson was held."""
    if status is _S.PENDING and booking.start_at <= now:
        return _S.EXPIRED
    if status is _S.CONFIRMED and booking.completes_at < now:
        return _S.COMPLETED
    return status


def _missing(name: str) -> str:
    raise Rejected(f"missing_{name}")


def _number(fields: Mapping[str, str], name: str) -> int:
    text = fields.get(name) or _missing(name)
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 2**53):
        raise Rejected(f"bad_{name}")
    return int(text)


def _day(fields: Mapping[str, str]) -> date:
    try:
        return date.fromisoformat(fields.get("booking_date") or _missing("booking_date"))
    except ValueError:
        raise Rejected("bad_booking_date") from None


def _time(fields: Mapping[str, str], name: str) -> time:
    try:
        parsed = time.fromisoformat(fields.get(name) or _missing(name))
    except ValueError:
        raise Rejected(f"bad_{name}") from None
    if parsed.tzinfo is not None:
        raise Rejected(f"bad_{name}")
    return parsed


def _moment(text: str) -> datetime | None:
    """When the row was made, which the older system kept in UTC; nothing where that is unreadable."""
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        return None
    return parsed.replace(tzinfo=parsed.tzinfo or UTC)


def _clean(text: str) -> str:
    return "".join(letter for letter in text if letter == "\n" or letter.isprintable())
