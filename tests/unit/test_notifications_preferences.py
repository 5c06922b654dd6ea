"""By which channels people are told, and when it is too late or too quiet to tell them."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.booking import ACTIVE, BookingState, BookingStatus, PaymentDue
from contracts.errors import Invalid
from contracts.message import load
from contracts.notifications import (
    Channels,
    NotificationKind,
    PreferencesView,
    QuietHours,
    ReplacePreferences,
)
from services.notifications.audience import note_of_lesson, notes_of_payment
from services.notifications.domain import Channel, Letter, Note, Notification, Reader, Side
from services.notifications.preferences import (
    channels_of,
    complete,
    preferred,
    quiet_until,
    when_to_send,
)
from tests.builders import a_booking_state

REMINDER, CONFIRMED = NotificationKind.LESSON_REMINDER, NotificationKind.BOOKING_CONFIRMED
START = datetime(2025, 10, 25, 14, tzinfo=UTC)
NIGHT = QuietHours("22:00", "07:30")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def a_letter(kind: NotificationKind = CONFIRMED, wanted: PreferencesView | None = None) -> Letter:
    return a_letter_of(note_of_lesson(kind, Side.STUDENT, "soon", a_booking_state()), wanted)


def a_letter_of(note: Note, wanted: PreferencesView | None = None) -> Letter:
    reader = Reader(42, "John Doe", "john@example.com", "Europe/London", "en")
    return Letter(
        1, Notification(7, note, START), reader, "Jane", 1, Channel.EMAIL, wanted or PreferencesView()
    )


# --- channels ---------------------------------------------------------------------------------------


def test_who_has_said_nothing_is_told_by_mail_and_in_the_application() -> None:
    every = complete(PreferencesView())

    assert every.channels == {kind: Channels(email=True, sms=False, in_app=True) for kind in NotificationKind}
    assert list(channels_of(PreferencesView(), CONFIRMED)) == [Channel.EMAIL]


def test_what_is_not_wanted_by_mail_is_not_sent_by_mail() -> None:
    wanted = preferred(ReplacePreferences({CONFIRMED: Channels(email=False)}))

    assert list(channels_of(wanted, CONFIRMED)) == []
    assert list(channels_of(wanted, REMINDER)) == [Channel.EMAIL]


def test_what_is_said_of_one_channel_leaves_the_others() -> None:
    request = load(ReplacePreferences, {"channels": {"lesson_reminder": {"sms": True}}})

    assert complete(preferred(request)).channels[REMINDER] == Channels(email=True, sms=True, in_app=True)


@pytest.mark.parametrize("phone", [None, "+442079460018"])
def test_texts_need_a_telephone(phone: str | None) -> None:
    wanted = preferred(ReplacePreferences({CONFIRMED: Channels(sms=True)}, phone=phone))

    assert list(channels_of(wanted, CONFIRMED)) == [Channel.EMAIL, *([Channel.SMS] if phone else [])]


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("+44 20 7946 0018", "+442079460018"),
        ("+49 (0)151 23456789", "+4915123456789"),
        ("tel:+44-7911-123456", "+447911123456"),
    ],
)
def test_a_telephone_number_is_kept_as_the_world_writes_it(said: str, kept: str) -> None:
    assert preferred(ReplacePreferences(phone=said)).phone == kept


@pytest.mark.parametrize(
    "said", ["07911 123456", "+44", "+1 555 0100", "+44 7911 123456 ext 5", "none", "++44"]
)
def test_what_nobody_can_call_is_no_telephone_number(said: str) -> None:
    with pytest.raises(Invalid) as refused:
        preferred(ReplacePreferences(phone=said))

    assert [error["pointer"] for error in refused.value.errors] == ["/phone"]


def test_a_quiet_without_length_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        preferred(ReplacePreferences(quiet_hours=QuietHours("22:00", "22:00")))

    assert [error["pointer"] for error in refused.value.errors] == ["/quiet_hours/end"]


# --- quiet hours ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "end", "zone", "now", "until"),
    [
        ("22:00", "07:30", "Europe/London", "2025-01-10T21:59", None),
        ("22:00", "07:30", "Europe/London", "2025-01-10T22:00", "2025-01-11T07:30"),
        ("22:00", "07:30", "Europe/London", "2025-01-11T00:30", "2025-01-11T07:30"),
        ("22:00", "07:30", "Europe/London", "2025-01-11T07:30", None),
        ("22:00", "07:30", "Asia/Kathmandu", "2025-01-10T16:15", "2025-01-11T01:45"),
        ("13:00", "15:00", "America/New_York", "2025-07-10T18:30", "2025-07-10T19:00"),
        ("13:00", "15:00", "America/New_York", "2025-07-10T19:00", None),
        # The night in which the clocks go forward is an hour shorter, the other an hour longer.
        ("22:00", "07:30", "Europe/Berlin", "2025-03-29T21:00", "2025-03-30T05:30"),
        ("22:00", "07:30", "Europe/Berlin", "2025-10-25T20:00", "2025-10-26T06:30"),
        # Half past two is left out in March and said twice in October.
        ("22:00", "02:30", "Europe/Berlin", "2025-03-30T00:59", "2025-03-30T01:30"),
        ("22:00", "02:30", "Europe/Berlin", "2025-10-26T00:45", "2025-10-26T01:30"),
        ("02:30", "06:00", "Europe/Berlin", "2025-10-26T00:30", "2025-10-26T05:00"),
        ("02:30", "06:00", "Europe/Berlin", "2025-10-26T01:15", "2025-10-26T05:00"),
    ],
)
def test_a_quiet_ends_by_the_clock_on_the_wall(
    start: str, end: str, zone: str, now: str, until: str | None
) -> None:
    found = quiet_until(QuietHours(start, end), zone, utc(now))

    assert found == (utc(until) if until else None)


WALL = st.times().map(lambda each: each.strftime("%H:%M"))


@given(WALL, WALL, st.integers(0, 365 * 24 * 60 * 60))
def test_without_changes_of_the_clocks_it_is_quiet_when_the_clock_says_so(
    start: str, end: str, seconds: int
) -> None:
    now = utc("2025-01-01") + timedelta(seconds=seconds)
    found = quiet_until(QuietHours(start, end), "Asia/Kolkata", now)

    local = now.astimezone(ZoneInfo("Asia/Kolkata"))
    begin, finish = time.fromisoformat(start), time.fromisoformat(end)
    after, before = local.time() >= begin, local.time() < finish
    assert (found is not None) == ((after and before) if begin < finish else (after or before))
    if found:
        assert found.astimezone(ZoneInfo("Asia/Kolkata")).strftime("%H:%M") == end
        assert timedelta() < found - now <= timedelta(days=1)


# --- when it is sent --------------------------------------------------------------------------------


def test_a_letter_waits_for_the_end_of_the_quiet() -> None:
    quiet = PreferencesView(quiet_hours=NIGHT)

    assert when_to_send(a_letter(wanted=quiet), None, utc("2025-10-24T22:00")) == utc("2025-10-25T06:30")
    assert when_to_send(a_letter(wanted=quiet), None, utc("2025-10-25T06:30")) == utc("2025-10-25T06:30")


def test_a_letter_that_is_not_wanted_any_more_is_never_sent() -> None:
    unwanted = PreferencesView({CONFIRMED: Channels(email=False)})

    assert when_to_send(a_letter(wanted=unwanted), None, START) is None


def test_nobody_is_asked_to_pay_what_can_be_paid_no_longer() -> None:
    due = PaymentDue(1, 42, 50, Decimal("51.75"), "EUR", pay_by=START, version=2)
    letter = a_letter_of(next(notes_of_payment(due)))
    before = START - timedelta.resolution
    assert when_to_send(letter, None, before) == before
    assert when_to_send(letter, None, START) is None


@pytest.mark.parametrize("status", BookingStatus)
def test_nobody_is_asked_to_pay_for_what_was_called_off(status: BookingStatus) -> None:
    due = PaymentDue(1, 42, 50, Decimal("51.75"), "EUR", START, version=2, booking=a_booking_state())
    letter, now = a_letter_of(next(notes_of_payment(due))), START - timedelta(hours=1)

    assert when_to_send(letter, a_booking_state(status=status), now) == (now if status in ACTIVE else None)


@pytest.mark.parametrize(
    ("lesson", "before", "fits"),
    [
        (a_booking_state(), timedelta(hours=1), True),
        (a_booking_state(), timedelta(), False),
        (a_booking_state(start_at=START + timedelta(hours=1)), timedelta(hours=1), False),
        (a_booking_state(status=BookingStatus.CANCELLED_BY_TUTOR), timedelta(hours=1), False),
        (None, timedelta(hours=1), False),
    ],
)
def test_a_reminder_that_comes_late_is_judged_again(
    lesson: BookingState | None, before: timedelta, fits: bool
) -> None:
    now = START - before

    assert when_to_send(a_letter(REMINDER), lesson, now) == (now if fits else None)
