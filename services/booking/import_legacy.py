"""Import bookings of an older system: `python -m services.booking.import_legacy bookings.csv`.

Run with the settings of booking, any number of times: a row that was imported before is left
alone. Every row is imported or reported with its reason. Students and tutors are known here by the
ids of the file, unless `--people` names a CSV `kind,legacy_id,id` that says otherwise (kind:
student, with an account's id, or tutor, with a profile's).
"""

from __future__ import annotations

import csv
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import IO, Annotated

import typer

from chassis.clock import Clock
from chassis.context import SYSTEM
from chassis.database import create_database, retrying
from chassis.settings import Settings, SettingsIncomplete, read_settings
from chassis.unit import Unit
from contracts.errors import SlotTaken, StudentBusy
from services.booking.legacy import COLUMNS, LegacyRow, Rejected, booking_of, read_row
from services.booking.service.steps import new_join_url
from services.booking.store import Accounts, Bookings, LegacyBookings, OpenHours, Policies, Tutors
from services.booking.telling import last_event

BATCH = 200

People = Mapping[tuple[str, int], int]


class Importer:
    """Imports batches of rows, each row by itself: a bad one does not take others with it."""

    def __init__(self, settings: Settings, people: People) -> None:
        self._settings, self._people = settings, people
        self._clock = Clock(settings.clock_offset_file)
        self._database = create_database(settings)

    def take(self, rows: list[dict[str, str]]) -> list[str]:
        """What became of each row: `imported`, `imported before`, or the reason of its rejection."""
        now = self._clock.now()
        return retrying(
            self._database,
            lambda connection: [self._one(row, Unit(connection, now, SYSTEM, "import")) for row in rows],
        )

    def close(self) -> None:
        self._database.close()

    def _one(self, row: dict[str, str], unit: Unit) -> str:
        try:
            return self._import(self._renamed(read_row(row)), unit)
        except Rejected as reason:
            return str(reason)
        except (SlotTaken, StudentBusy) as refusal:
            return refusal.code

    def _import(self, row: LegacyRow, unit: Unit) -> str:
        legacy = LegacyBookings(unit.connection)
        if legacy.has(row.id):
            return "imported before"
        tutor = Tutors(unit.connection).find(row.tutor_id)
        if tutor is None:
            raise Rejected("unknown_tutor")
        if not Accounts(unit.connection).contacts([row.student_id]):
            raise Rejected("unknown_student")
        zone = OpenHours(unit.connection).zone_of(tutor.profile_id)
        terms = Policies(unit.connection).terms_for(tutor.profile_id, None)
        booking = booking_of(row, tutor, zone, terms, unit.now, new_join_url(self._settings))
        booking = replace(booking, id=Bookings(unit.connection).next_id())
        Bookings(unit.connection).add(booking)
        legacy.add(row.id, booking, row.word)
        unit.tell_again(last_event(booking))
        return "imported"

    def _renamed(self, row: LegacyRow) -> LegacyRow:
        student_id = self._people.get(("student", row.student_id), row.student_id)
        tutor_id = self._people.get(("tutor", row.tutor_id), row.tutor_id)
        return replace(row, student_id=student_id, tutor_id=tutor_id)


def main(
    file: Annotated[
        Path, typer.Argument(help="CSV with the columns of the older `bookings` table.", exists=True)
    ],
    people: Annotated[Path | None, typer.Option(help="CSV `kind,legacy_id,id`.", exists=True)] = None,
    rejected: Annotated[Path, typer.Option(help="Where the rejected rows go.")] = Path("rejected.csv"),
) -> None:
    """Import every row that can be, and report every other with its reason."""
    began = time.monotonic()
    try:
        importer = Importer(read_settings("booking"), _people(people))
        with file.open(newline="", encoding="utf-8-sig") as source, rejected.open("w", newline="") as report:
            outcomes = _import_all(importer, source, report)
        importer.close()
    except (SettingsIncomplete, ValueError) as problem:
        sys.exit(str(problem))
    typer.echo(_summary(outcomes, rejected, time.monotonic() - began))


def _import_all(importer: Importer, source: IO[str], report: IO[str]) -> Counter[str]:
    reader = csv.DictReader(source)
    columns = list(reader.fieldnames or ())
    if missing := [name for name in COLUMNS if name not in columns]:
        raise ValueError(f"The file lacks the columns {', '.join(missing)}.")
    writer = csv.DictWriter(report, [*columns, "reason"], extrasaction="ignore")
    writer.writeheader()
    outcomes: Counter[str] = Counter()
    for rows in _batches(reader):
        for row, outcome in zip(rows, importer.take(rows), strict=True):
            outcomes[outcome] += 1
            if not outcome.startswith("imported"):
                writer.writerow({**row, "reason": outcome})
    return outcomes


def _batches(reader: Iterator[dict[str, str]]) -> Iterator[list[dict[str, str]]]:
    while rows := list(islice(reader, BATCH)):
        yield rows


def _people(file: Path | None) -> People:
    if file is None:
        return {}
    with file.open(newline="", encoding="utf-8-sig") as source:
        return {(row["kind"], int(row["legacy_id"])): int(row["id"]) for row in csv.DictReader(source)}


def _summary(outcomes: Counter[str], rejected: Path, seconds: float) -> str:
    lines = [f"{outcome}: {count}" for outcome, count in sorted(outcomes.items())]
    return "\n".join([*lines, f"{outcomes.total()} rows in {seconds:.1f} s; rejected ones are in {rejected}"])


if __name__ == "__main__":
    typer.run(main)
