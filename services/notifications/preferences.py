"""What follows from how somebody wants to be told: by which channels, and how late.

Pure. What was decided when a notification was made is decided again when it is sent: by then
people may want it otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import phonenumbers

from contracts.booking import ACTIVE, BookingState
from contracts.errors import Invalid
from contracts.notifications import (
    Channels,
    NotificationKind,
    PreferencesView,
    QuietHours,
    ReplacePreferences,
)
from services.notifications.domain import Channel, Due, Letter, Note
from services.notifications.reminders import still_fits

_A_DAY = timedelta(days=1)


def preferred(request: ReplacePreferences) -> PreferencesView:
    """What is asked for, as it is kept. Raises `Invalid`."""
    hours = request.quiet_hours
    if hours and hours.start == hours.end:
        raise Invalid(errors=[_error("quiet_hours/end", "Must be another time than the start.")])
    phone = _international(request.phone) if request.phone else None
    return PreferencesView(request.channels, hours, phone)


def complete(preferences: PreferencesView) -> PreferencesView:
    """The same with every kind named."""
    every = {kind: chosen(preferences, kind) for kind in NotificationKind}
    return PreferencesView(every, preferences.quiet_hours, preferences.phone)


def chosen(preferences: PreferencesView, kind: NotificationKind) -> Channels:
    return preferences.channels.get(kind, Channels())


def channels_of(preferences: PreferencesView, kind: NotificationKind) -> Iterator[Channel]:
    """Those by which somebody is told of the kind outside the application."""
    channels = chosen(preferences, kind)
    if channels.email:
        yield Channel.EMAIL
    if channels.sms and preferences.phone:
        yield Channel.SMS


def hangs_on_its_lesson(note: Note) -> bool:
    """Whether it may be needed no more, because of what has become of the lesson since."""
    return note.kind is NotificationKind.LESSON_REMINDER or note.facts.due is not None


def when_to_send(letter: Letter, lesson: BookingState | None, now: datetime) -> datetime | None:
    """Now, or at the end of the quiet hours; None where nobody needs it any more.

    `lesson` is the one that the letter hangs on, as it now stands.
    """
    note, preferences = letter.notification.note, letter.preferences
    if letter.channel not in channels_of(preferences, note.kind):
        return None
    if note.kind is NotificationKind.LESSON_REMINDER and not still_fits(note, lesson, now):
        return None
    if note.facts.due and not _can_be_paid(note.facts.due, lesson, now):
        return None
    return quiet_until(preferences.quiet_hours, letter.reader.timezone, now) or now


def quiet_until(hours: QuietHours | None, timezone: str, now: datetime) -> datetime | None:
    """When the quiet that there is now will end.

    A time that the clocks repeat begins a quiet with the first and ends one with the second; one
    that they leave out is as much later.
    """
    if hours is None:
        return None
    zone = ZoneInfo(timezone)
    today = now.astimezone(zone).date()
    for day in (today - _A_DAY, today):
        begin, end = _quiet(hours, day, zone)
        if begin <= now < end:
            return end
    return None


def _can_be_paid(due: Due, lesson: BookingState | None, now: datetime) -> bool:
    """Whether there is time left, and something to pay for: a package, or a lesson that still stands."""
    return now < due.pay_by and (lesson is None or lesson.status in ACTIVE)


def _quiet(hours: QuietHours, day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The quiet that begins on the day."""
    begin, end = time.fromisoformat(hours.start), time.fromisoformat(hours.end)
    last = day if begin < end else day + _A_DAY
    return _instants(day, begin, zone)[0], max(_instants(last, end, zone))


def _instants(day: date, wall: time, zone: ZoneInfo) -> list[datetime]:
    """When the clock says so: twice the same, but where the clocks are changed."""
    return [datetime.combine(day, wall.replace(fold=fold), zone).astimezone(UTC) for fold in (0, 1)]


def _international(phone: str) -> str:
    """The number in the form of E.164. Raises `Invalid`."""
    try:
        number = phonenumbers.parse(phone, None)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or number.extension or not phonenumbers.is_valid_number(number):
        raise Invalid(
            errors=[_error("phone", "Not a telephone number with its country, such as +442079460018.")]
        )
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _error(place: str, detail: str) -> dict[str, str]:
    return {"detail": detail, "pointer": f"/{place}", "in": "body"}
