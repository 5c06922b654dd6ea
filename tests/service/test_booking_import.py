"""Bookings of an older system come in: every row imported or reported, and twice is as good as once."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest

from contracts.booking import GetHistory, ListBookings
from deploy.platform import INHERITED, ROOT
from services.booking.legacy import COLUMNS
from tests.subject import Subject
from tests.teaching import Teaching

FIXTURE = ROOT / "tests/fixtures/legacy_bookings.csv"

REJECTED = {
    "11": "student_busy",
    "14": "bad_booking_date",
    "15": "end_not_after_start",
    "16": "bad_start_time",
    "17": "unknown_status",
    "18": "unknown_student",
    "19": "unknown_tutor",
    "20": "missing_student_id",
    "": "missing_id",
}


def run_import(booking: Subject, file: Path) -> str:
    """Import the file as an operator would; what the command said."""
    inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
    told = {**inherited, **booking.stack.platform.environment("booking")}
    command = [sys.executable, "-m", "services.booking.import_legacy", str(file)]
    report = str(file.with_name("rejected.csv"))
    done = subprocess.run(
        [*command, "--rejected", report], env=told, cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def rejected_in(folder: Path) -> dict[str, str]:
    with (folder / "rejected.csv").open(newline="") as report:
        return {row["id"]: row["reason"] for row in csv.DictReader(report)}


@pytest.fixture
def teaching(booking: Subject) -> Teaching:
    return Teaching(booking)


def test_every_row_of_both_vocabularies_is_imported_or_reported(
    booking: Subject, teaching: Teaching, tmp_path: Path
) -> None:
    file = tmp_path / "legacy.csv"
    known = {"student": str(teaching.student.id), "tutor": str(teaching.profile_id)}
    file.write_text(FIXTURE.read_text().format(**known))
    said = run_import(booking, file)
    assert "imported: 13" in said
    assert rejected_in(tmp_path) == REJECTED
    imported = booking.ask(ListBookings(page_size=100), teaching.student)
    assert Counter(str(view.status) for view in imported.items) == {
        "COMPLETED": 5,
        "CANCELLED_BY_ADMIN": 2,
        "NO_SHOW_STUDENT": 1,
        "EXPIRED": 1,
        "DECLINED": 1,
        "CONFIRMED": 2,
        "PENDING": 1,
    }
    assert {str(view.total_amount) for view in imported.items} == {"0.00"}
    again = run_import(booking, file)
    assert "imported before: 13" in again
    assert booking.ask(ListBookings(page_size=100), teaching.student).total == 13


def test_of_a_long_file_every_row_is_imported_or_reported_and_twice_is_as_good_as_once(
    booking: Subject, teaching: Teaching, tmp_path: Path
) -> None:
    file = tmp_path / "legacy.csv"
    write_rows(file, teaching, LONG)
    first = outcomes_of(run_import(booking, file))
    assert first.total() == LONG
    assert first["imported"] == LONG - len(rejected_in(tmp_path))
    made = rows_in(booking)
    again = outcomes_of(run_import(booking, file))
    assert again.pop("imported before") == first.pop("imported")
    assert again == first
    assert rows_in(booking) == made


LONG = 450  # more than are imported at a time


def write_rows(file: Path, teaching: Teaching, number: int) -> None:
    """An hour of each of so many days, in turn in the words of both vocabularies; some rows are wrong."""
    words = ("completed", "attended", "CANCELLED", "no_show", "confirmed", "planned", "declined", "lost")
    with file.open("w", newline="") as target:
        writer = csv.writer(target)
        writer.writerow(COLUMNS)
        for index in range(number):
            day = date(2020, 1, 1) + timedelta(days=index)
            start, end = ("10:00", "11:00") if index % 7 else ("10:00", "10:00")
            people = teaching.student.id, teaching.profile_id
            writer.writerow((f"long-{index}", *people, day, start, end, words[index % len(words)]))


def outcomes_of(said: str) -> Counter[str]:
    """What became of how many rows."""
    lines = [line.rpartition(": ") for line in said.splitlines()[:-1]]
    return Counter({outcome: int(count) for outcome, _, count in lines})


def rows_in(booking: Subject) -> list[int]:
    """How many bookings there are, of how many steps, and how much was told and posted."""
    tables = ("bookings", "history", "legacy_bookings", "outbox", "ledger")
    return [booking.sql(f"SELECT count(*) FROM {table}")[0].count for table in tables]


def test_the_old_id_and_the_old_word_are_kept(booking: Subject, teaching: Teaching, tmp_path: Path) -> None:
    file = tmp_path / "legacy.csv"
    header, *_ = FIXTURE.read_text().splitlines()
    file.write_text(
        f"{header}\nold-{teaching.profile_id},{teaching.student.id},{teaching.profile_id},"
        "2024-10-01,10:00,11:00,attended,,,,\n"
    )
    run_import(booking, file)
    (view,) = booking.ask(ListBookings(), teaching.student).items
    kept = booking.sql("SELECT legacy_id FROM legacy_bookings WHERE booking_id = :id", id=view.id)
    assert kept[0].legacy_id == f"old-{teaching.profile_id}"
    (item,) = booking.ask(GetHistory(view.id), teaching.student).items
    assert "attended" in (item.reason or "")


def test_a_file_without_the_columns_is_refused(booking: Subject, tmp_path: Path) -> None:
    file = tmp_path / "legacy.csv"
    file.write_text("a,b\n1,2\n")
    with pytest.raises(AssertionError, match="lacks the columns"):
        run_import(booking, file)
