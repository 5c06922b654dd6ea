"""When a calendar says that somebody is busy: each row worked out by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from contracts.bookable import Block
from services.scheduling.busy import MOST_EVENTS, MOST_TIMES, TooComplicated, busy_times
from tests.calendars import a_calendar, an_event

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
WINTER = Block(datetime(2026, 10, 1, tzinfo=UTC), datetime(2027, 4, 5, tzinfo=UTC))
HOUR = timedelta(hours=1)

# Of the zone of Berlin, by no name that anybody knows.
OWN_ZONE = (
    "BEGIN:VTIMEZONE|TZID:Our Office"
    "|BEGIN:DAYLIGHT|DTSTART:19700329T020000|RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU"
    "|TZOFFSETFROM:+0100|TZOFFSETTO:+0200|END:DAYLIGHT"
    "|BEGIN:STANDARD|DTSTART:19701025T030000|RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU"
    "|TZOFFSETFROM:+0200|TZOFFSETTO:+0100|END:STANDARD|END:VTIMEZONE"
)
ZONE_OF_ITSELF = (
    "BEGIN:VTIMEZONE|TZID:Loop|BEGIN:STANDARD|DTSTART;TZID=Loop:19700101T000000"
    "|TZOFFSETFROM:+0100|TZOFFSETTO:+0200|RDATE;TZID=Loop:20270101T000000|END:STANDARD|END:VTIMEZONE"
)
WEEKLY = "DTSTART;TZID=Europe/Berlin:{start}|DTEND;TZID=Europe/Berlin:{end}|RRULE:FREQ=WEEKLY"


def busy(*events: str, head: str = "", zone: ZoneInfo = BERLIN, period: Block = WINTER) -> list[str]:
    """The busy times in UTC; the end without its date where that is the same."""
    return list(map(_shown, busy_times(a_calendar(*events, head=head), zone, period)))


def _shown(block: Block) -> str:
    same = block.start.date() == block.end.date()
    return f"{block.start:%m-%d %H:%M}–{block.end:{'%H:%M' if same else '%m-%d %H:%M'}}"


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ("DTSTART:20261201T090000Z|DTEND:20261201T103000Z", ["12-01 09:00–10:30"]),
        ("DTSTART:20261201T090000Z|DURATION:PT45M", ["12-01 09:00–09:45"]),
        ("DTSTART:20261201T090000Z|DURATION:P1DT2H", ["12-01 09:00–12-02 11:00"]),
        ("DTSTART;TZID=America/New_York:20261201T090000|DURATION:PT1H", ["12-01 14:00–15:00"]),
        ("DTSTART;TZID=W. Europe Standard Time:20261201T090000|DURATION:PT1H", ["12-01 08:00–09:00"]),
        ("DTSTART;TZID=Asia/Kolkata:20261201T090000|DTEND:20261201T043000Z", ["12-01 03:30–04:30"]),
        ("DTSTART:20260901T000000Z|DTEND:20261002T000000Z", ["10-01 00:00–10-02 00:00"]),
        ("DTSTART:20260901T090000Z|DTEND:20260901T100000Z", []),
        ("DTSTART:20271201T090000Z|DTEND:20271201T100000Z", []),
    ],
)
def test_an_event_is_busy_from_its_start_to_its_end(event: str, expected: list[str]) -> None:
    assert busy(event) == expected


@pytest.mark.parametrize(
    "event",
    [
        "DTSTART:20261201T090000Z",
        "DTSTART:20261201T090000Z|DTEND:20261201T090000Z",
        "DTSTART:20261201T090000Z|DTEND:20261201T100000Z|TRANSP:TRANSPARENT",
        "DTSTART:20261201T090000Z|DTEND:20261201T100000Z|STATUS:CANCELLED",
        "DTSTART;VALUE=DATE:20261201|TRANSP:transparent",
    ],
)
def test_what_takes_no_time_closes_nothing(event: str) -> None:
    assert busy(event) == []


def test_what_is_tentative_is_busy() -> None:
    assert busy("DTSTART:20261201T090000Z|DURATION:PT1H|STATUS:TENTATIVE|TRANSP:OPAQUE") != []


# --- of no zone --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "zone", "expected"),
    [
        ("", BERLIN, ["12-01 08:00–09:00"]),
        ("", NEW_YORK, ["12-01 14:00–15:00"]),
        ("X-WR-TIMEZONE:Asia/Kathmandu", BERLIN, ["12-01 03:15–04:15"]),
        ("X-WR-TIMEZONE:Nowhere/Else", BERLIN, ["12-01 08:00–09:00"]),
        ("X-WR-TIMEZONE:", BERLIN, ["12-01 08:00–09:00"]),
    ],
)
def test_a_time_of_no_zone_is_the_calendars_own_or_else_the_tutors(
    head: str, zone: ZoneInfo, expected: list[str]
) -> None:
    assert busy("DTSTART:20261201T090000|DTEND:20261201T100000", head=head, zone=zone) == expected
    unknown = "DTSTART;TZID=Nobody's:20261201T090000|DTEND;TZID=Nobody's:20261201T100000"
    assert busy(unknown, head=head, zone=zone) == expected


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ("DTSTART;VALUE=DATE:20261201", ["11-30 23:00–12-01 23:00"]),
        ("DTSTART;VALUE=DATE:20261201|DTEND;VALUE=DATE:20261204", ["11-30 23:00–12-03 23:00"]),
        ("DTSTART;VALUE=DATE:20261201|DURATION:P2D", ["11-30 23:00–12-02 23:00"]),
        ("DTSTART;VALUE=DATE:20261025", ["10-24 22:00–10-25 23:00"]),  # 25 hours long
        ("DTSTART;VALUE=DATE:20270328", ["03-27 23:00–03-28 22:00"]),  # 23 hours long
        (
            "DTSTART;VALUE=DATE:20261201|RRULE:FREQ=WEEKLY;COUNT=3|EXDATE;VALUE=DATE:20261208",
            ["11-30 23:00–12-01 23:00", "12-14 23:00–12-15 23:00"],
        ),
    ],
)
def test_a_whole_day_is_the_local_one(event: str, expected: list[str]) -> None:
    assert busy(event) == expected


def test_a_whole_day_is_of_the_calendars_own_zone_where_it_names_one() -> None:
    found = busy("DTSTART;VALUE=DATE:20261201", head="X-WR-TIMEZONE:America/New_York")
    assert found == ["12-01 05:00–12-02 05:00"]


def test_a_zone_of_the_calendars_own_making_is_understood() -> None:
    hour = "DTSTART;TZID=Our Office:{0}T090000|DTEND;TZID=Our Office:{0}T100000"
    found = busy(hour.format("20261024"), hour.format("20261026"), head=OWN_ZONE, zone=NEW_YORK)
    assert found == ["10-24 07:00–08:00", "10-26 08:00–09:00"]


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ("DTSTART:20270328T023000|DURATION:PT1H", ["03-28 01:30–02:30"]),  # which the clocks leave out
        ("DTSTART:20261025T023000|DTEND:20261025T033000", ["10-25 00:30–02:30"]),  # which they repeat
    ],
)
def test_where_clocks_are_changed_a_time_is_the_first_that_can_be_meant(
    event: str, expected: list[str]
) -> None:
    assert busy(event) == expected


# --- what recurs -------------------------------------------------------------------------------------


def test_a_weekly_hour_keeps_its_place_on_the_wall_when_clocks_go_back() -> None:
    event = WEEKLY.format(start="20261018T090000", end="20261018T100000") + ";COUNT=3"
    assert busy(event) == ["10-18 07:00–08:00", "10-25 08:00–09:00", "11-01 08:00–09:00"]


def test_a_weekly_hour_keeps_its_place_on_the_wall_when_clocks_go_forward() -> None:
    event = WEEKLY.format(start="20270321T090000", end="20270321T100000")
    assert busy(event) == ["03-21 08:00–09:00", "03-28 07:00–08:00", "04-04 07:00–08:00"]


def test_a_weekly_night_is_from_evening_to_morning_on_the_wall() -> None:
    event = WEEKLY.format(start="20261017T220000", end="20261018T060000") + ";UNTIL=20261031T210000Z"
    assert busy(event) == ["10-17 20:00–10-18 04:00", "10-24 20:00–10-25 05:00", "10-31 21:00–11-01 05:00"]


def test_what_lasts_so_many_hours_does_so_when_clocks_are_changed() -> None:
    nights = "DTSTART;TZID=Europe/Berlin:20261017T220000|DURATION:PT8H|RRULE:FREQ=WEEKLY;COUNT=2"
    assert busy(nights) == ["10-17 20:00–10-18 04:00", "10-24 20:00–10-25 04:00"]


def test_what_has_recurred_for_years_is_busy_now() -> None:
    week = Block(datetime(2026, 12, 7, tzinfo=UTC), datetime(2026, 12, 14, tzinfo=UTC))
    event = "DTSTART;TZID=Europe/Berlin:20090105T090000|DURATION:PT1H|RRULE:FREQ=DAILY;BYDAY=MO,WE"
    assert busy(event, period=week) == ["12-07 08:00–09:00", "12-09 08:00–09:00"]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("", ["12-01", "12-08", "12-15"]),
        ("|EXDATE:20261208T090000Z", ["12-01", "12-15"]),
        ("|EXDATE;TZID=Europe/Berlin:20261208T100000", ["12-01", "12-15"]),
        ("|RDATE:20261203T090000Z,20261204T090000Z", ["12-01", "12-03", "12-04", "12-08", "12-15"]),
        ("|STATUS:CANCELLED", []),
    ],
)
def test_dates_are_taken_out_and_added(more: str, expected: list[str]) -> None:
    found = busy(f"DTSTART:20261201T090000Z|DURATION:PT1H|RRULE:FREQ=WEEKLY;COUNT=3{more}")
    assert found == [f"{date} 09:00–10:00" for date in expected]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            "DTSTART:20261208T090000Z|DURATION:PT1H|STATUS:CANCELLED",
            ["12-01 09:00–10:00", "12-15 09:00–10:00"],
        ),
        (
            "DTSTART:20261210T140000Z|DURATION:PT2H",
            ["12-01 09:00–10:00", "12-10 14:00–16:00", "12-15 09:00–10:00"],
        ),
        (
            "DTSTART:20261208T090000Z|DURATION:PT1H|TRANSP:TRANSPARENT",
            ["12-01 09:00–10:00", "12-15 09:00–10:00"],
        ),
        ("DTSTART:20280101T090000Z|DURATION:PT1H", ["12-01 09:00–10:00", "12-15 09:00–10:00"]),
    ],
    ids=["cancelled", "moved", "made free", "moved far away"],
)
def test_one_occurrence_may_be_another(change: str, expected: list[str]) -> None:
    series = "UID:s|DTSTART:20261201T090000Z|DURATION:PT1H|RRULE:FREQ=WEEKLY;COUNT=3"
    assert busy(series, f"UID:s|RECURRENCE-ID:20261208T090000Z|{change}") == expected


def test_an_occurrence_that_was_moved_into_the_period_is_busy() -> None:
    series = "UID:s|DTSTART:20260801T090000Z|DURATION:PT1H|RRULE:FREQ=DAILY;COUNT=5"
    moved = "UID:s|RECURRENCE-ID:20260803T090000Z|DTSTART:20261203T090000Z|DURATION:PT1H"
    assert busy(series, moved) == ["12-03 09:00–10:00"]


# --- as a whole --------------------------------------------------------------------------------------


def test_overlapping_and_touching_times_are_one() -> None:
    hours = [("09", "11"), ("10", "12"), ("12", "13"), ("15", "16")]
    events = [f"DTSTART:20261201T{start}0000Z|DTEND:20261201T{end}0000Z" for start, end in hours]
    assert busy(*events) == ["12-01 09:00–13:00", "12-01 15:00–16:00"]


def test_an_empty_calendar_is_all_free() -> None:
    assert busy() == []


def test_several_calendars_in_one_file_count_together() -> None:
    first, second = (f"DTSTART:20261201T{hour}0000Z|DURATION:PT1H" for hour in ("09", "14"))
    found = busy_times(a_calendar(first) + a_calendar(second), BERLIN, WINTER)
    assert list(map(_shown, found)) == ["12-01 09:00–10:00", "12-01 14:00–15:00"]


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ("FREEBUSY:20261201T090000Z/20261201T103000Z", ["12-01 09:00–10:30"]),
        ("FREEBUSY;FBTYPE=BUSY-TENTATIVE:20261201T090000Z/PT1H", ["12-01 09:00–10:00"]),
        (
            "FREEBUSY:20261201T090000Z/PT1H,20261202T090000Z/PT1H|FREEBUSY:20261203T090000Z/PT1H",
            ["12-01 09:00–10:00", "12-02 09:00–10:00", "12-03 09:00–10:00"],
        ),
        ("FREEBUSY;FBTYPE=FREE:20261201T090000Z/20261201T103000Z", []),
        ("DTSTART:20261201T000000Z|DTEND:20261202T000000Z", []),
    ],
)
def test_a_calendar_may_list_busy_times_alone(times: str, expected: list[str]) -> None:
    assert busy(head=f"BEGIN:VFREEBUSY|{times}|END:VFREEBUSY") == expected


@pytest.mark.parametrize(
    "line", ["SUMMARY Lunch", "Bring|your own", "SUMMARY:Lunch|  DTEND later", "DTEND-NOTE none", "DTENDS"]
)
def test_what_is_broken_but_not_about_time_does_not_matter(line: str) -> None:
    assert busy(f"DTSTART:20261201T090000Z|DURATION:PT1H|{line}") == ["12-01 09:00–10:00"]


def test_a_line_may_go_on_in_the_next() -> None:
    found = busy("DTSTART;TZID=Europe/|\tBerlin:20261201T090000|DURATION:PT1H|RRULE| :FREQ=DAILY;COUNT=1")
    assert found == ["12-01 08:00–09:00"]


def test_letters_of_another_encoding_hide_nothing() -> None:
    event = b"SUMMARY:Caf\xe9 \xff|DTSTART:20261201T090000Z|DURATION:PT1H".replace(b"|", b"\r\n")
    calendar = a_calendar("X-LINES:here").replace(b"X-LINES:here", event)
    assert list(map(_shown, busy_times(b"\xef\xbb\xbf" + calendar, BERLIN, WINTER))) == ["12-01 09:00–10:00"]


@pytest.mark.parametrize(
    "given",
    [
        b"",
        b"<!doctype html><title>Log in</title>",
        b"BEGIN:VCARD\r\nFN:Ada\r\nEND:VCARD\r\n",
        a_calendar("DTSTART:20261201T090000Z|DURATION:PT1H")[:-20],
        a_calendar("DTSTART:20261201T090000Z|DURATION:PT1H")[20:],
        a_calendar("DTSTART:soon|DTEND:20261201T090000Z"),
        a_calendar("DTSTART:20261201T090000Z|DURATION:PT1H|RRULE:FREQ=SOMETIMES"),
        a_calendar("SUMMARY:Some time or other"),
        *(
            a_calendar(f"DTSTART:20261201T090000Z|{line}")
            for line in (
                *("DTEND 20261201T100000Z", "dtend 20261201T10:00", "DTEND", "DTEND:", "DTEND:soon"),
                *('DTEND;TZID="UTC:20261201T100000', "DTEND;TZID=Europe/|\tBerlin", "DURATION PT1H"),
                *("DURATION:PT1H|RRULE FREQ=DAILY", "DURATION:PT1H|RDATE 20261202T090000Z"),
            )
        ),
        a_calendar(head="BEGIN:VFREEBUSY|FREEBUSY:sometimes|END:VFREEBUSY"),
    ],
)
def test_what_can_not_be_understood_is_not_taken_for_free_time(given: bytes) -> None:
    with pytest.raises((ValueError, LookupError)):
        busy_times(given, BERLIN, WINTER)


@pytest.mark.parametrize(
    "given",
    [
        a_calendar("DTSTART:20261201T090000Z|RRULE:FREQ=SECONDLY"),
        a_calendar("DTSTART:20261201T090000Z|RRULE;X=1:INTERVAL=5;freq=minutely"),
        b"BEGIN:VEVENT\r\n" * (MOST_EVENTS + 1),
        a_calendar(*["DTSTART:20261001T000000Z|DURATION:PT5M|RRULE:FREQ=HOURLY;COUNT=4000"] * 3),
        a_calendar(
            *(
                an_event(WINTER.start + hour * HOUR, WINTER.start + (hour + 0.5) * HOUR)
                for hour in range(MOST_TIMES + 1)
            )
        ),
    ],
    ids=["every second", "every five minutes", "events", "occurrences", "times"],
)
def test_more_than_anybodys_appointments_is_not_looked_through(given: bytes) -> None:
    with pytest.raises(TooComplicated):
        busy_times(given, BERLIN, WINTER)


@pytest.mark.parametrize(
    "given",
    [
        b"BEGIN:VCALENDAR\r\n" + b"BEGIN:VEVENT\r\n" * 9_000 + b"END:VCALENDAR",
        a_calendar("DTSTART;TZID=Loop:20261201T090000|DURATION:PT1H", head=ZONE_OF_ITSELF),
        a_calendar("DTSTART:20261201T090000Z|DURATION:P9999999999D"),
        a_calendar("DTSTART:00010101T000000Z|DTEND:99991231T235959Z"),
        bytes(range(256)) * 4_000,
        b"\0" * 1_000_000,
    ],
    ids=["nothing ends", "a zone of itself", "for ever", "since ever", "all bytes", "nothing"],
)
def test_nonsense_is_an_exception_at_once(given: bytes) -> None:
    with pytest.raises(Exception):  # noqa: B017, PT011 - whichever: this is why it is done in a sandbox
        busy_times(given, BERLIN, WINTER)


@pytest.mark.parametrize("line", [f"SUMMARY:{'x' * 900_000}", f"{'X' * 900_000}:"])
def test_lines_may_be_long(line: str) -> None:
    assert busy(f"DTSTART:20261201T090000Z|DURATION:PT1H|{line}") == ["12-01 09:00–10:00"]
