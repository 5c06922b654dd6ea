"""The demo data and the tour, made as `make run` and `make demo` make them.

The first making is interrupted once: what comes out in the end is the same.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import psycopg
import pytest
import requests

from contracts.booking import BookingStatus
from deploy.demo.cast import ADMIN, PASSWORD, STUDENT, TUTOR
from deploy.names import GATEWAY, SERVICES
from deploy.platform import DEMO_DATA, ROOT
from deploy.running import note
from tests.stack import Stack
from tests.waiting import eventually

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

WHOLE = "26 tutors, 40 students, 170 bookings ("


class Demo:
    """A platform with the demo data, and how they came to be."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        stack.start()
        note(stack.folder, stack.url, stack.clock)
        self.clock = stack.clock.read_text()
        self.interrupted = self._interrupt_making()
        self.clock_after_interruption = stack.clock.read_text()
        self.made = stack.platform.make_demo_data()

    def get(self, path: str, email: str | None = None, **query: Any) -> Any:
        """What the gateway answers to anybody, or to one of the demo's accounts."""
        headers = {"Authorization": f"Bearer {self._token(email)}"} if email else {}
        answer = requests.get(f"{self.stack.url}{path}", params=query, headers=headers, timeout=10)
        assert answer.ok, answer.text
        return answer.json()

    def all_bookings(self) -> list[dict[str, Any]]:
        pages = [self.get("/api/bookings", ADMIN, page=page, page_size=100) for page in (1, 2, 3)]
        assert pages[0]["total"] < 300
        return [item for page in pages for item in page["items"]]

    def tour(self) -> subprocess.Popen[str]:
        """`make demo`, begun."""
        return self._program("deploy.tour", {**os.environ, "LOCAL_FOLDER": str(self.stack.folder)})

    def accounts(self) -> int:
        with psycopg.connect(self.stack.servers.migration_url("catalog")) as connection:
            [count] = connection.execute("SELECT count(*) FROM accounts").fetchone() or [0]
            return int(count)

    def clock_is_moved(self) -> bool:
        return self.stack.clock.read_text() != self.clock

    def _interrupt_making(self) -> int:
        """Begin to make the data, stop it half-way through the accounts; the return code."""
        told = {**os.environ, **self.stack.platform.environment(GATEWAY)}
        making = self._program(DEMO_DATA, told)
        eventually(lambda: self.accounts() > 20, within=60)
        assert self.clock_is_moved()
        making.send_signal(signal.SIGTERM)
        making.communicate(timeout=30)
        return making.returncode

    def _program(self, module: str, told: dict[str, str]) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", module]
        return subprocess.Popen(
            command, env=told, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def _token(self, email: str) -> str:
        known = {"email": email, "password": PASSWORD}
        answer = requests.post(f"{self.stack.url}/api/auth/login", json=known, timeout=10)
        assert answer.ok, answer.text
        return str(answer.json()["access_token"])


@pytest.fixture(scope="module")
def demo(stack: Stack) -> Demo:
    stack.empty(*SERVICES)
    return Demo(stack)


def test_a_making_that_is_interrupted_puts_the_clock_back(demo: Demo) -> None:
    assert demo.interrupted == 1
    assert demo.clock_after_interruption == demo.clock


def test_a_making_makes_all_of_it_and_puts_the_clock_back(demo: Demo) -> None:
    assert demo.made.startswith(WHOLE)
    assert demo.stack.clock.read_text() == demo.clock


def test_bookings_of_every_status_lie_in_the_past_and_to_come(demo: Demo) -> None:
    bookings = demo.all_bookings()
    counted = Counter(booking["status"] for booking in bookings)
    assert set(counted) == {status.value for status in BookingStatus}
    assert counted["COMPLETED"] > 50
    assert counted["CONFIRMED"] > 25
    assert len({booking["currency"] for booking in bookings}) > 10
    assert len({booking["student_id"] for booking in bookings}) > 30


def test_at_least_twenty_five_tutors_of_eight_subjects_are_listed(demo: Demo) -> None:
    tutors = demo.get("/api/tutors", page_size=100)
    assert tutors["total"] == 26
    assert demo.get("/api/subjects")["total"] == 8
    assert len({subject for tutor in tutors["items"] for subject in tutor["subjects"]}) == 8
    assert len({tutor["average_rating"] for tutor in tutors["items"]}) > 4
    assert demo.get("/api/courses")["total"] > 5


def test_reviews_have_replies_and_make_the_rating(demo: Demo) -> None:
    [amara] = demo.get("/api/tutors", search_query="Amara Okafor")["items"]
    reviews = demo.get(f"/api/tutors/{amara['id']}/reviews")["items"]
    assert len(reviews) == amara["total_reviews"] >= 3
    assert amara["average_rating"] == round(sum(review["rating"] for review in reviews) / len(reviews), 2)
    assert any(review["reply"] for review in reviews)
    assert len({review["created_at"][:10] for review in reviews}) > 1


def test_the_own_accounts_have_something_to_look_at(demo: Demo) -> None:
    students = {booking["status"] for booking in demo.get("/api/bookings", STUDENT, page_size=100)["items"]}
    assert {"COMPLETED", "CONFIRMED", "PENDING", "NO_SHOW_TUTOR", "CANCELLED_BY_STUDENT"} <= students
    tutors = {booking["status"] for booking in demo.get("/api/bookings", TUTOR, page_size=100)["items"]}
    assert {"COMPLETED", "CONFIRMED", "PENDING", "NO_SHOW_STUDENT", "DECLINED", "EXPIRED"} <= tutors
    assert demo.get("/api/notifications", STUDENT)["total"] > 10


def test_one_session_is_over_one_full_and_some_have_seats_left(demo: Demo) -> None:
    assert [each["seats_left"] for each in demo.get("/api/sessions")["items"]] == [0, 6, 3]
    own = demo.get("/api/tutor/sessions", TUTOR)["items"]
    assert [each["status"] for each in own] == ["scheduled", "scheduled", "completed"]
    for position, email in enumerate((STUDENT, "louis.martin@demo.example"), start=1):
        [entry] = demo.get("/api/waitlist", email)["items"]
        assert (entry["status"], entry["position"]) == ("waiting", position)


def test_a_weekly_series_is_paid_from_a_package_and_leaves_out_a_day_off(demo: Demo) -> None:
    [series] = demo.get("/api/series", STUDENT)["items"]
    made = demo.get(f"/api/series/{series['id']}", TUTOR)["occurrences"]
    outcomes = [each["reason"] or each["status"] for each in made]
    assert outcomes == [*["booked"] * 4, "not_open", *["booked"] * 3]
    [package] = demo.get("/api/packages", STUDENT)["items"]
    assert (package["status"], package["credits_left"]) == ("active", 3)
    assert demo.get("/api/admin/payments", ADMIN, status="paid")["total"] == 2
    assert demo.get(f"/api/tutors/{series['tutor_profile_id']}/packages")["total"] == 2


def test_a_course_is_followed_and_has_terms_of_its_own(demo: Demo) -> None:
    classes = demo.get("/api/me/classes", STUDENT, page_size=100)["items"]
    followed = {each["title"]: each["course_id"] for each in classes if each["kind"] == "course"}
    assert len(followed) == 3
    approval, weekly = "requires_approval_for_one_on_one", followed["Mathematics every week"]
    assert demo.get("/api/tutor/policy", TUTOR)[approval]
    assert not demo.get("/api/tutor/policy", TUTOR, course_id=weekly)[approval]
    students = demo.get("/api/tutor/students", TUTOR, page_size=100)["items"]
    assert any("Exam clinic" in student["courses"] for student in students)


def test_made_again_nothing_is_made(demo: Demo) -> None:
    before = demo.accounts(), len(demo.all_bookings())
    assert demo.stack.platform.make_demo_data() == "the demo data are there"
    assert (demo.accounts(), len(demo.all_bookings())) == before
    assert demo.stack.clock.read_text() == demo.clock


def test_an_interrupted_tour_puts_the_clock_back(demo: Demo) -> None:
    tour = demo.tour()
    eventually(demo.clock_is_moved, within=60)
    tour.send_signal(signal.SIGINT)
    said, _ = tour.communicate(timeout=30)
    assert tour.returncode == 1
    assert "interrupted" in said
    assert demo.stack.clock.read_text() == demo.clock


def test_after_one_that_was_interrupted_the_tour_is_gone_on_again_to_its_end(demo: Demo) -> None:
    tour = demo.tour()
    said, _ = tour.communicate(timeout=90)
    assert tour.returncode == 0, said
    assert demo.stack.clock.read_text() == demo.clock
    for word in (
        "201",
        "409",
        "and offered",
        "lesson.ics",
        "Reminder",
        "100 % would be refunded",
        "offered to Cleo until",
        "4 credits are left",
        "there are 5 again",
        "NO_SHOW_STUDENT",
    ):
        assert word in said
    assert said.count("sum: 0.00") == 2


def test_without_a_running_copy_the_tour_says_how_to_get_one(tmp_path: Path) -> None:
    told = {**os.environ, "LOCAL_FOLDER": str(tmp_path)}
    tour = subprocess.run(
        [sys.executable, "-m", "deploy.tour"], env=told, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert tour.returncode == 1
    assert "make run" in tour.stderr


def test_nothing_went_wrong_on_the_way(demo: Demo) -> None:
    assert demo.get("/api/admin/dead-letters", ADMIN)["items"] == []
    for log in (demo.stack.folder / "logs").glob("*.log"):
        assert '"level": "error"' not in log.read_text()
