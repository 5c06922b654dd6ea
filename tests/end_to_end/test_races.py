"""Many at once: one gets the time, the others are told so; and what is sent twice is done once."""

from __future__ import annotations

import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

import pytest
from requests import Response

from tests.end_to_end.groups import announced, place, seen
from tests.end_to_end.people import Json, Student, a_student, a_tutor, registered
from tests.end_to_end.world import World

STUDENTS, ROUNDS, REPEATS = 30, 10, 20
TRIES = 10  # of a client that is told to come again
GENEROUS_SECONDS = 10  # speed is measured elsewhere; here only that nobody hangs


def at_once(calls: Sequence[Callable[[], Response]]) -> list[tuple[Response, float]]:
    """The answers to calls that all begin together, with the seconds that each took."""
    together = Barrier(len(calls))

    def timed(call: Callable[[], Response]) -> tuple[Response, float]:
        together.wait()
        began = time.monotonic()
        return call(), time.monotonic() - began

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(timed, calls))


def statuses(answers: list[tuple[Response, float]]) -> Counter[int]:
    return Counter(response.status_code for response, _ in answers)


def path_of(booking: Json, step: str) -> str:
    return f"/api/tutor/bookings/{booking['id']}/{step}"


@pytest.fixture(scope="module")
def students(world: World) -> list[Student]:
    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(lambda _: registered(world, Student, "student"), range(STUDENTS)))
        list(threads.map(Student.token, made))
    world.settle()
    return made


def test_of_thirty_students_at_once_exactly_one_gets_the_time(world: World, students: list[Student]) -> None:
    tutor = a_tutor(world)
    worst = 0.0
    for start in tutor.starts(first=2)[: 2 * ROUNDS : 2]:
        answers = at_once([partial(student.ask_for, tutor, start) for student in students])
        assert statuses(answers) == {201: 1, 409: STUDENTS - 1}, start
        problems = [response.json() for response, _ in answers if response.status_code == 409]
        assert {problem["code"] for problem in problems} == {"slot_taken"}
        assert all(problem["alternatives"] for problem in problems)
        worst = max(worst, *(seconds for _, seconds in answers))
    print(f"worst answer of {ROUNDS} rounds with {STUDENTS} students: {worst:.2f} s")  # noqa: T201 - a figure to look at
    assert worst < GENEROUS_SECONDS
    world.settle()
    assert tutor.kinds() == ["booking_requested"] * ROUNDS


def test_at_two_replicas_five_of_thirty_get_a_seat_and_who_gives_up_makes_room_in_order(
    world: World, students: list[Student]
) -> None:
    tutor = a_tutor(world)
    free_for_all = tutor.starts(first=10)[0]  # on a day when nobody has won anything yet
    session = announced(tutor, free_for_all, capacity=5)
    path = f"/api/sessions/{session['id']}"
    with world.another("booking"):
        asked = posted((student, f"{path}/bookings") for student in students)
        booked = [(student, response.json()["id"]) for student, response in asked if response.ok]
        full = [student for student, response in asked if refuses(response, "session_full")]
        assert (len(booked), len(full)) == (5, STUDENTS - 5), said(asked)

        waiting = posted((student, f"{path}/waitlist") for student in full)
        line = {response.json().get("position"): student for student, response in waiting}
        assert line.keys() == set(range(1, len(full) + 1)), said(waiting)

        left = posted((student, f"/api/bookings/{booking_id}/cancel") for student, booking_id in booked)
        offered = [number for number, student in line.items() if place(student)["status"] == "offered"]
        assert sorted(offered) == [1, 2, 3, 4, 5], said(left)

        accepted = posted((student, f"/api/waitlist/{place(student)['id']}/accept") for student in full)
        winners = [student.id for student, response in accepted if response.status_code == 201]
        assert sorted(winners) == sorted(line[number].id for number in offered), said(accepted)
        assert all(response.ok or refuses(response, "wrong_status") for _, response in accepted), said(
            accepted
        )
    assert seen(students[0], session)["seats_taken"] == 5


Posted = list[tuple[Student, Response]]


def posted(requests: Iterable[tuple[Student, str]]) -> Posted:
    """What everybody is answered who posts to a path at once."""
    wanted = list(requests)
    answers = at_once([partial(insisting, student, path) for student, path in wanted])
    return [(student, response) for (student, _), (response, _) in zip(wanted, answers, strict=True)]


def insisting(student: Student, path: str) -> Response:
    """What is answered at last to who comes again, with the same key, as long as that is asked for."""
    key = str(uuid.uuid4())
    for _ in range(TRIES):
        response = student.post(path, key=key)
        if response.status_code != 503:
            break
        time.sleep(float(response.headers["Retry-After"]))
    return response


def refuses(response: Response, code: str) -> bool:
    return not response.ok and response.json()["code"] == code


def said(answers: Posted) -> Counter[str]:
    """What everybody was answered, in short."""
    return Counter(f"{response.status_code} {response.json().get('code', '')}" for _, response in answers)


def test_twenty_equal_requests_with_one_key_make_one_booking_and_get_one_answer(world: World) -> None:
    tutor, student = a_tutor(world), a_student(world)
    start = tutor.starts()[0]
    answers = at_once([lambda: student.ask_for(tutor, start, key="once")] * REPEATS)
    assert statuses(answers) == {201: REPEATS}
    assert len({response.content for response, _ in answers}) == 1
    replayed = Counter(response.headers.get("Idempotent-Replayed") for response, _ in answers)
    assert replayed == {None: 1, "true": REPEATS - 1}
    assert student.get("/api/bookings").json()["total"] == 1
    again = student.ask_for(tutor, start, key="once")
    assert again.content == answers[0][0].content


def test_a_key_that_comes_with_another_body_is_refused(world: World) -> None:
    tutor, student, other = a_tutor(world), a_student(world), a_student(world)
    first, _, second, *_ = tutor.starts()
    assert student.ask_for(tutor, first, key="mine").status_code == 201
    response = student.ask_for(tutor, second, key="mine")
    assert (response.status_code, response.json()["code"]) == (422, "idempotency_key_reused")
    assert other.ask_for(tutor, second, key="mine").status_code == 201


def test_a_refusal_is_replayed_as_it_was(world: World) -> None:
    tutor, student, rival = a_tutor(world), a_student(world), a_student(world)
    start = tutor.starts()[0]
    booking = rival.book(tutor, start)
    refused = student.ask_for(tutor, start, key="late")
    rival.cancel(booking)
    again = student.ask_for(tutor, start, key="late")
    assert (refused.status_code, again.content) == (409, refused.content)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert student.ask_for(tutor, start, key="later").status_code == 201


def test_of_confirming_and_declining_at_once_one_comes_first_and_both_agree(world: World) -> None:
    tutor, student = a_tutor(world), a_student(world)
    for start in tutor.starts(first=2)[:10:2]:
        booking = student.book(tutor, start)
        answers = at_once([partial(tutor.post, path_of(booking, step)) for step in ("confirm", "decline")])
        assert statuses(answers) == {200: 1, 409: 1}
        won = next(response.json() for response, _ in answers if response.ok)
        seen = student.booking(booking["id"])
        assert (seen["status"], seen["version"]) == (won["status"], 2)


def test_a_request_that_is_cancelled_while_it_is_confirmed_ends_cancelled(world: World) -> None:
    tutor, student = a_tutor(world), a_student(world)
    for start in tutor.starts(first=2)[:10:2]:
        booking = student.book(tutor, start)
        confirmed, cancelled = at_once(
            [
                partial(tutor.post, path_of(booking, "confirm")),
                partial(student.post, f"/api/bookings/{booking['id']}/cancel"),
            ]
        )
        assert cancelled[0].status_code == 200  # what is confirmed can be cancelled as well
        assert confirmed[0].status_code in (200, 409)
        assert student.booking(booking["id"])["status"] == "CANCELLED_BY_STUDENT"


def test_a_student_who_books_two_tutors_for_one_time_at_once_gets_one(world: World) -> None:
    tutors, student = [a_tutor(world), a_tutor(world)], a_student(world)
    for start in tutors[0].starts(first=2)[:10:2]:
        answers = at_once([partial(student.ask_for, tutor, start) for tutor in tutors])
        assert statuses(answers) == {201: 1, 409: 1}
        assert {response.json().get("code") for response, _ in answers} == {None, "student_busy"}


def test_two_students_who_move_to_one_time_at_once_do_not_both_get_it(world: World) -> None:
    tutor, students = a_tutor(world), [a_student(world), a_student(world)]
    first, _, second, *_, last = tutor.starts(first=2)
    bookings = [student.book(tutor, start) for student, start in zip(students, (first, second), strict=True)]
    pairs = zip(students, bookings, strict=True)
    answers = at_once([partial(student.move, booking, last) for student, booking in pairs])
    assert statuses(answers) == {200: 1, 409: 1}


def test_the_last_place_of_a_day_is_given_once(world: World, students: list[Student]) -> None:
    tutor = a_tutor(world, max_bookings_per_day=1)
    first, *rest = tutor.starts(first=12)  # when none of the students has won anything yet
    starts = [start for start in rest if start.date() == first.date()]
    calls = [partial(student.ask_for, tutor, start) for student, start in zip(students, starts, strict=False)]
    answers = at_once(calls)
    assert statuses(answers) == {201: 1, 409: len(starts) - 1}
    assert {response.json().get("code") for response, _ in answers} == {None, "day_full"}
