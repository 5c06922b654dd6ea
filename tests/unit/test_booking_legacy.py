"""What becomes of a row of an older system."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest

from contracts.booking import BookingStatus, PolicyTerms
from contracts.catalog import TutorStatus
from services.booking.legacy import Rejected, booking_of, instant_of, read_row
from services.booking.offer import Subject, Tutor

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
TUTOR = Tutor(10, 50, TutorStatus.APPROVED, 4500, "GBP", (Subject(5, "Mathematics", 4500),))

ROW = {
    "id": "7",
    "student_id": "42",
    "tutor_id": "10",
    "booking_date": "2024-10-05",
    "start_time": "10:00:00",
    "end_time": "11:00:00",
    "status": "completed",
    "subject": "mathematics",
    "notes": None,
    "created_at": "2024-10-01 08:00:00",
}


def imported(**changes: str | None) -> BookingStatus:
    row = read_row({**ROW, **changes})
    return booking_of(row, TUTOR, "Europe/London", PolicyTerms(), NOW, "https://meet.example/x").status


@pytest.mark.parametrize(
    ("word", "past", "coming"),
    [
        ("pending", "EXPIRED", "PENDING"),
        ("confirmed", "COMPLETED", "CONFIRMED"),
        ("PLANNED", "COMPLETED", "CONFIRMED"),
        ("scheduled", "COMPLETED", "CONFIRMED"),
        ("in_progress", "COMPLETED", "CONFIRMED"),
        ("rescheduled", "COMPLETED", "CONFIRMED"),
        ("COMPLETED", "COMPLETED", "COMPLETED"),
        ("attended", "COMPLETED", "COMPLETED"),
        ("declined", "DECLINED", "DECLINED"),
        ("Cancelled", "CANCELLED_BY_ADMIN", "CANCELLED_BY_ADMIN"),
        ("no_show", "NO_SHOW_STUDENT", "NO_SHOW_STUDENT"),
    ],
)
def test_every_status_of_both_vocabularies_has_its_own(word: str, past: str, coming: str) -> None:
    assert imported(status=word) == past
    assert imported(status=word, booking_date="2026-03-02") == coming


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"status": "lost"}, "unknown_status"),
        ({"status": None}, "unknown_status"),
        ({"id": " "}, "missing_id"),
        ({"student_id": ""}, "missing_student_id"),
        ({"student_id": "-4"}, "bad_student_id"),
        ({"student_id": "٤"}, "bad_student_id"),
        ({"tutor_id": str(2**60)}, "bad_tutor_id"),
        ({"booking_date": "2024-13-01"}, "bad_booking_date"),
        ({"start_time": "25:00"}, "bad_start_time"),
        ({"end_time": "noon"}, "bad_end_time"),
        ({"end_time": "11:00:00+01:00"}, "bad_end_time"),
        ({"end_time": "10:00:00"}, "end_not_after_start"),
        ({"end_time": "10:00:30"}, "not_whole_minutes"),
        (
            {"booking_date": "2024-03-31", "start_time": "01:30:00", "end_time": "02:30:00"},
            "no_such_local_time",
        ),
    ],
)
def test_what_can_not_be_imported_says_why(changes: dict[str, str | None], reason: str) -> None:
    with pytest.raises(Rejected, match=reason):
        imported(**changes)


def test_local_times_become_instants_and_the_first_of_two_is_taken() -> None:
    assert instant_of(date(2024, 7, 1), time(10), "Europe/London") == datetime(2024, 7, 1, 9, tzinfo=UTC)
    assert instant_of(date(2024, 10, 27), time(1, 30), "Europe/London") == datetime(
        2024, 10, 27, 0, 30, tzinfo=UTC
    )


def test_a_subject_that_is_taught_keeps_its_id_and_any_other_its_name() -> None:
    taught = booking_of(read_row(ROW), TUTOR, "UTC", PolicyTerms(), NOW, "x").lesson
    other = booking_of(read_row({**ROW, "subject": "Juggling"}), TUTOR, "UTC", PolicyTerms(), NOW, "x").lesson
    assert (taught.subject_id, taught.subject_name) == (5, "Mathematics")
    assert (other.subject_id, other.subject_name) == (None, "Juggling")
