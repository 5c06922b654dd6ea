"""The whole platform while parts of it are away, killed, or there twice (promises 1 to 4 and 8)."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta

import psycopg
import pytest
import requests

from deploy.servers import PrivateServers
from tests.end_to_end.people import (
    ALWAYS,
    Anyone,
    Student,
    Tutor,
    a_student,
    a_tutor,
    done,
    refused,
    statuses,
)
from tests.end_to_end.world import World, a_world
from tests.waiting import eventually

pytestmark = pytest.mark.slow

HOUR = timedelta(hours=1)
BOOKERS, BOOKINGS_EACH = 4, 12


@pytest.fixture(scope="module")
def world(servers: PrivateServers, migrated: set[str]) -> Iterator[World]:
    """Callers give up after two seconds, and what fails is tried again soon."""
    with a_world(servers, migrated, REQUEST_TIMEOUT="2", RETRY_SECONDS="0.2,0.5,1,2") as made:
        yield made


@contextmanager
def nobody_relays(world: World) -> Iterator[None]:
    """Hold booking's relay lock, as another replica would, so that committed events stay in the outbox."""
    with psycopg.connect(world.stack.servers.database_url("booking")) as other:
        other.execute("SELECT pg_advisory_lock(hashtextextended('outbox', 0))")
        yield


@contextmanager
def away(world: World, service: str) -> Iterator[None]:
    """Kill a service; it is back, and ready, at the end."""
    world.stack.process(service).kill()
    try:
        yield
    finally:
        world.stack.process(service).start()
        world.stack.platform.wait([service])


def persistently(student: Student, tutor: Tutor, start: datetime) -> list[int]:
    """Ask for a time with one key until it is given; how each try ended."""
    tries: list[int] = []
    key = f"{student.id}-{start:%d%H%M}"
    while 201 not in tries:
        tries.append(student.ask_for(tutor, start, key=key).status_code)
        assert len(tries) < 60, tries
    return tries


# --- the broker ------------------------------------------------------------------------------------------


def test_while_the_broker_restarts_bookings_succeed_or_fail_cleanly_and_everybody_hears_of_them(
    world: World,
) -> None:
    tutors = [a_tutor(world, hours=ALWAYS) for _ in range(BOOKERS)]
    students = [a_student(world) for _ in range(BOOKERS)]
    for student in students:
        student.token()

    def book_all(student: Student, tutor: Tutor, starts: list[datetime]) -> list[int]:
        return list(itertools.chain.from_iterable(persistently(student, tutor, start) for start in starts))

    plans = [tutor.starts(first=2)[: 2 * BOOKINGS_EACH : 2] for tutor in tutors]
    rabbitmq = world.stack.servers.rabbitmq
    with ThreadPoolExecutor(BOOKERS) as threads:
        booking = threads.map(book_all, students, tutors, plans)
        rabbitmq.kill()
        rabbitmq.start()
        rabbitmq.wait()
        ended = set(itertools.chain.from_iterable(booking))
    assert ended == {201, 503}
    for student, tutor, starts in zip(students, tutors, plans, strict=True):
        assert student.get("/api/bookings").json()["total"] == len(starts)
        assert tutor.kinds() == ["booking_requested"] * len(starts)
        assert not set(tutor.starts(first=2)) & set(starts)


# --- a service killed ------------------------------------------------------------------------------------


def test_killed_between_commit_and_publish_everybody_hears_of_it_once_after_the_restart(world: World) -> None:
    tutor, student = a_tutor(world), a_student(world)
    start = tutor.starts()[0]
    booking = student.book_confirmed(tutor, start)
    world.wait_until(start + HOUR)
    with nobody_relays(world):
        tutor.complete(booking)
        later = tutor.starts(first=3)[0]
        student.book(tutor, later)
        assert world.sql("booking", "SELECT count(*) FROM outbox WHERE sent_at IS NULL")[0][0] >= 2
        world.stack.process("booking").kill()
    world.stack.process("booking").start()
    world.stack.platform.wait(["booking"])
    told = ["booking_requested", "booking_confirmed", "booking_completed", "booking_requested"]
    assert student.kinds() == tutor.kinds() == told  # notifications
    assert later not in tutor.starts()  # scheduling
    review = {"booking_id": booking["id"], "rating": 5}
    done(student.post("/api/reviews", review), 201)  # reviews
    world.settle()
    assert done(Anyone(world).get(f"/api/tutors/{tutor.profile_id}"))["reliability"] == 1.0  # catalog
    eventually(lambda: len(world.mails_to(student.email)) == len(told), within=15)


def test_a_killed_service_answers_what_was_asked_again_with_the_same_key_as_before(world: World) -> None:
    tutor, student = a_tutor(world), a_student(world)
    start = tutor.starts()[0]
    first = student.ask_for(tutor, start, key="before-and-after")
    with away(world, "booking"):
        refused(student.ask_for(tutor, start, key="before-and-after"), 503, "unavailable")
    again = student.ask_for(tutor, start, key="before-and-after")
    assert (first.status_code, again.content) == (201, first.content)
    assert again.headers["Idempotent-Replayed"] == "true"


# --- others away -------------------------------------------------------------------------------------------


def test_while_scheduling_is_away_booking_goes_on_and_it_catches_up(world: World) -> None:
    tutor, student, anyone = a_tutor(world), a_student(world), Anyone(world)
    start = tutor.starts()[0]
    slots = f"/api/tutors/{tutor.profile_id}/slots"
    asked = {"from": f"{start:%Y-%m-%d}", "to": f"{start:%Y-%m-%d}", "duration_minutes": 60}
    with away(world, "scheduling"):
        student.book_confirmed(tutor, start)
        response = anyone.get(slots, **asked)
        assert refused(response, 503, "unavailable")["retry_after"] >= 1
        assert int(response.headers["Retry-After"]) >= 1
        assert anyone.get("/readyz").status_code == 503
        assert anyone.get("/healthz").status_code == 200
        assert anyone.get("/api/tutors").status_code == 200
    world.settle()
    assert start not in tutor.starts()
    assert anyone.get("/readyz").status_code == 200


def test_while_all_others_are_away_a_lesson_is_booked_and_confirmed_and_told_of_later(world: World) -> None:
    tutor, student = a_tutor(world), a_student(world)
    start = tutor.starts()[0]
    tutor.token(), student.token()
    others = ("catalog", "scheduling", "notifications", "reviews")
    for service in others:
        world.stack.process(service).kill()
    booking = student.book(tutor, start)
    tutor.confirm(booking)
    assert student.booking(booking["id"])["status"] == "CONFIRMED"
    for service in others:
        world.stack.process(service).start()
    world.stack.platform.wait(others)
    assert student.kinds() == tutor.kinds() == ["booking_requested", "booking_confirmed"]


def test_an_answer_is_held_back_until_who_may_be_asked_next_has_heard_of_it(world: World) -> None:
    tutor, scheduling = a_tutor(world), world.stack.process("scheduling")
    tutor.terms(durations_minutes=[45])
    with ThreadPoolExecutor(1) as threads:
        scheduling.freeze()
        try:
            changing = threads.submit(tutor.put, "/api/tutor/policy", {"durations_minutes": [77]})
            with pytest.raises(TimeoutError):
                changing.result(timeout=0.5)
        finally:
            scheduling.thaw()
        done(changing.result())
    assert tutor.days(minutes=77)


# --- there twice -----------------------------------------------------------------------------------------


def test_two_replicas_share_the_work_and_keep_every_promise(world: World) -> None:
    tutor, students = a_tutor(world), [a_student(world) for _ in range(10)]
    with world.another("booking") as second:
        before = answered(second)
        for start in tutor.starts(first=3)[:6:2]:
            won = at_once(students, tutor, start)
            assert sorted(won) == [201] + [409] * (len(students) - 1)
        assert answered(second) > before
        holds = [student.book(tutor, start, hold=True) for student, start in holdable(students, tutor)]
        world.pass_time(minutes=11)
        for student, held in zip(students, holds, strict=False):
            eventually(lambda: statuses(student, held) == ["HELD", "EXPIRED"], within=15)  # noqa: B023
        world.stack.process("booking").kill()
        student, start = students[-1], tutor.starts(first=4)[0]
        eventually(lambda: student.ask_for(tutor, start, key="to-whom-is-left").status_code == 201, within=15)
        assert student.kinds()[-1] == "booking_requested"
    world.stack.process("booking").start()
    world.stack.platform.wait(["booking"])


def at_once(students: list[Student], tutor: Tutor, start: datetime) -> list[int]:
    with ThreadPoolExecutor(len(students)) as threads:
        return [
            response.status_code
            for response in threads.map(lambda each: each.ask_for(tutor, start), students)
        ]


def holdable(students: list[Student], tutor: Tutor) -> Iterator[tuple[Student, datetime]]:
    tutor.world.settle()
    return zip(students, tutor.starts(first=3)[:10:2], strict=False)


def answered(health: str) -> int:
    """How many requests to book this replica has answered."""
    text = requests.get(f"{health}/metrics", timeout=15).text
    counts = re.findall(r'door_total\{door="booking.create_booking",outcome="\w+"\} (\d+)', text)
    return sum(map(int, counts))
