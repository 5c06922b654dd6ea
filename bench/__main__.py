"""Measure the running platform from outside: private servers, all six processes, real HTTP.

Each line is one kind of call: so many at once, the median, the 95th percentile and the slowest in
milliseconds, and calls a second. The last line imports 10,000 bookings of an older system. Figures
of one machine are to be compared with figures of that machine.
"""

from __future__ import annotations

import csv
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from deploy.platform import INHERITED, ROOT
from tests.end_to_end.people import Student, Tutor, a_student, a_tutor
from tests.end_to_end.world import World, a_world
from tests.stack import some_servers

CALLS = 300
LEGACY_ROWS = 10_000
RIVALS = 30


def main() -> None:
    """Measure everything once and print a table."""
    print(f"{'what':40}{'at once':>8}{'median':>9}{'p95':>9}{'slowest':>9}{'per s':>8}")
    with some_servers() as servers, a_world(servers, set(), LOG_LEVEL="WARNING") as world:
        tutor, student = a_tutor(world), a_student(world)
        for at_once in (1, 8):
            measure_reading(at_once, tutor, student)
        measure_booking(world, tutor, student)
        measure_rivals(world, tutor)
        measure_import(world, tutor, student)


def measure_reading(at_once: int, tutor: Tutor, student: Student) -> None:
    """Calls that change nothing."""
    report("GET /api/me", at_once, lambda: student.get("/api/me"))
    report("GET /api/tutors?search_query", at_once, lambda: student.get("/api/tutors", search_query="maths"))
    report("GET /api/tutors/{id}/slots, two weeks", at_once, lambda: tutor.days())
    report("GET /api/bookings", at_once, lambda: student.get("/api/bookings"))


def measure_booking(world: World, tutor: Tutor, student: Student) -> None:
    """Taking a time and giving it back, one after another."""
    start = tutor.starts()[0]
    report("POST /api/bookings and cancel", 1, lambda: student.cancel(student.book(tutor, start)), 60)
    world.settle()


def measure_rivals(world: World, tutor: Tutor) -> None:
    """Thirty students at once for one slot."""
    students = [a_student(world) for _ in range(RIVALS)]
    start, numbers = tutor.starts()[3], count()
    report(
        f"{RIVALS} rivals for one slot",
        RIVALS,
        lambda: students[next(numbers) % RIVALS].ask_for(tutor, start),
        RIVALS,
    )


def measure_import(world: World, tutor: Tutor, student: Student) -> None:
    """Bookings of an older system, each an hour of a past day."""
    with TemporaryDirectory() as folder:
        file = Path(folder, "legacy.csv")
        write_legacy(file, tutor, student)
        inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
        told = {**inherited, **world.stack.platform.environment("booking")}
        command = [sys.executable, "-m", "services.booking.import_legacy", str(file)]
        done = subprocess.run(
            [*command, "--rejected", str(Path(folder, "rejected.csv"))],
            env=told,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        print("import_legacy:", done.stdout.strip().replace("\n", ", "))


def write_legacy(file: Path, tutor: Tutor, student: Student) -> None:
    first = date(2000, 1, 1)
    with file.open("w", newline="") as target:
        writer = csv.writer(target)
        writer.writerow(["id", "student_id", "tutor_id", "booking_date", "start_time", "end_time", "status"])
        for number in range(LEGACY_ROWS):
            day = first + timedelta(days=number)
            writer.writerow([number, student.id, tutor.profile_id, day, "10:00", "11:00", "completed"])


def report(what: str, at_once: int, call: Callable[[], object], calls: int = CALLS) -> None:
    """Make the calls, so many at once, and print a line."""
    began = time.monotonic()
    with ThreadPoolExecutor(at_once) as pool:
        took = sorted(pool.map(lambda _: timed(call), range(calls)))
    rate = calls / (time.monotonic() - began)
    median, slow = statistics.median(took), took[int(len(took) * 0.95) - 1]
    print(f"{what:40}{at_once:>8}{median:>9.1f}{slow:>9.1f}{took[-1]:>9.1f}{rate:>8.0f}", flush=True)


def timed(call: Callable[[], object]) -> float:
    """How long the call takes, in milliseconds."""
    began = time.monotonic()
    call()
    return (time.monotonic() - began) * 1000


if __name__ == "__main__":
    main()
