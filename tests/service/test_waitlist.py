"""The waitlist: strictly first come, first served, whoever comes, goes, or lets the time run out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from chassis.context import Actor
from contracts.booking import (
    AcceptOffer,
    BookingStatus,
    CancelSession,
    DeclineBooking,
    EntryStatus,
    GetSession,
    LeaveWaitlist,
    ListBookings,
    ListWaitlist,
    Means,
    SessionView,
    WaitlistAccepted,
    WaitlistEvent,
    WaitlistExpired,
    WaitlistOffered,
)
from contracts.errors import (
    AlreadyBooked,
    AlreadyStarted,
    AlreadyWaiting,
    Denied,
    NoCredit,
    NotFound,
    Refusal,
    SeatsAvailable,
    SessionFull,
    StudentBusy,
    WrongStatus,
)
from tests.groups import Groups
from tests.subject import Subject, TestClock
from tests.waiting import eventually

HOUR = timedelta(hours=1)
S = EntryStatus


# --- joining ------------------------------------------------------------------------------------------------


def test_who_finds_a_session_full_waits_in_line(groups: Groups) -> None:
    session = groups.announce(capacity=1)
    groups.fill(session)
    first, second = groups.queue(session, 2)
    for position, student in enumerate((first, second), 1):
        place = groups.place(session, student)
        assert (place.status, place.position, place.course_title) == (
            S.WAITING,
            position,
            "Geometry together",
        )
        assert (place.offered_at, place.offer_expires_at) == (None, None)
    groups.booking.ask(LeaveWaitlist(session.id), first)
    assert groups.place(session, second).position == 1


def test_nobody_waits_for_what_can_be_had_or_twice(groups: Groups, clock: TestClock) -> None:
    session = groups.announce(15, 1, capacity=1)
    with pytest.raises(SeatsAvailable) as refused:
        groups.wait(session, groups.student)
    assert refused.value.data["seats_left"] == 1
    groups.seat(session)
    with pytest.raises(AlreadyBooked):
        groups.wait(session, groups.student)
    [waiting] = groups.queue(session, 1)
    with pytest.raises(AlreadyWaiting):
        groups.wait(session, waiting)
    clock.set(session.start_at)
    with pytest.raises(AlreadyStarted):
        groups.wait(session, groups.another_student())


def test_a_place_is_left_once_and_taken_anew_behind_the_others(groups: Groups) -> None:
    session = groups.announce(capacity=1)
    groups.fill(session)
    first, second = groups.queue(session, 2)
    groups.booking.ask(LeaveWaitlist(session.id), first)
    assert groups.place(session, first).status is S.LEFT
    with pytest.raises(NotFound):
        groups.booking.ask(LeaveWaitlist(session.id), first)
    again = groups.wait(session, first)
    assert (again.position, again.version) == (2, 3)
    assert len(groups.booking.ask(ListWaitlist(), first).items) == 1
    assert groups.place(session, second).position == 1


# --- moving up ----------------------------------------------------------------------------------------------


def test_a_seat_that_falls_free_is_held_for_the_first_who_waits(booking: Subject, groups: Groups) -> None:
    session = groups.announce(capacity=2)
    [(leaver, view), _] = groups.fill(session)
    first, second = groups.queue(session, 2)
    groups.give_up(view, leaver)
    offered = groups.place(session, first)
    assert (offered.status, offered.position) == (S.OFFERED, None)
    assert offered.offered_at is not None
    assert offered.offer_expires_at == offered.offered_at + 2 * HOUR
    assert groups.place(session, second).status is S.WAITING
    now = booking.ask(GetSession(session.id))
    assert (now.seats_taken, now.seats_left) == (1, 0)
    for passer in (leaver, second, groups.another_student()):
        with pytest.raises(SessionFull):
            groups.seat(session, passer)
    [told] = _told(booking, WaitlistOffered, session)
    assert (told.entry.student_id, told.from_status) == (first.id, S.WAITING)
    assert (told.session.seats_held, told.session.tutor_account_id) == (1, groups.account_id)
    assert told.entry.offer_expires_at == offered.offer_expires_at


def test_an_offer_is_taken_as_a_booking_like_any_other(booking: Subject, groups: Groups) -> None:
    session = groups.announce(capacity=1)
    [(leaver, view)] = groups.fill(session)
    [student] = groups.queue(session, 1)
    groups.give_up(view, leaver)
    taken = groups.accept(session, student)
    assert (taken.status, taken.session_id, taken.seats_reserved) == (BookingStatus.CONFIRMED, session.id, 1)
    assert taken.total_amount == view.total_amount
    assert groups.place(session, student).status is S.ACCEPTED
    assert booking.ask(GetSession(session.id)).seats_taken == 1
    [told] = _told(booking, WaitlistAccepted, session)
    assert (told.booking_id, told.from_status) == (taken.id, S.OFFERED)
    with pytest.raises(WrongStatus):
        groups.accept(session, student)


def test_an_offer_is_paid_with_a_credit_like_any_other(groups: Groups) -> None:
    session = groups.announce(capacity=1)
    [(leaver, view)] = groups.fill(session)
    [student] = groups.queue(session, 1)
    package = groups.a_package(student)
    groups.give_up(view, leaver)
    with pytest.raises(NoCredit):
        groups.accept(session, student, use_package_id=package.id + 1)
    assert groups.accept(session, student, use_package_id=package.id).paid_with is Means.CREDIT


def test_who_was_offered_a_seat_can_book_it_like_anybody(groups: Groups) -> None:
    session = groups.announce(capacity=2)
    booked = groups.fill(session)
    [student] = groups.queue(session, 1)
    for leaver, view in booked:
        groups.give_up(view, leaver)
    with pytest.raises(SessionFull) as refused:
        groups.seat(session, groups.another_student(), seats=2)
    assert refused.value.data["seats_left"] == 1
    assert groups.seat(session, student, seats=2).seats_reserved == 2
    assert groups.place(session, student).status is S.ACCEPTED


def test_an_offer_that_is_not_taken_in_two_hours_passes_to_the_next(
    booking: Subject, groups: Groups, clock: TestClock
) -> None:
    session = groups.announce(capacity=1)
    [(leaver, view)] = groups.fill(session)
    first, second = groups.queue(session, 2)
    groups.give_up(view, leaver)
    clock.advance(hours=2, seconds=1)
    with pytest.raises(WrongStatus):
        groups.accept(session, first)
    eventually(lambda: groups.place(session, second).status is S.OFFERED, within=10)
    assert groups.place(session, first).status is S.EXPIRED
    [told] = _told(booking, WaitlistExpired, session)
    assert (told.entry.student_id, told.from_status) == (first.id, S.OFFERED)
    groups.accept(session, second)


def test_an_offer_that_is_left_passes_to_the_next(groups: Groups) -> None:
    session = groups.announce(capacity=1)
    [(leaver, view)] = groups.fill(session)
    first, second = groups.queue(session, 2)
    groups.give_up(view, leaver)
    groups.booking.ask(LeaveWaitlist(session.id), first)
    assert groups.place(session, first).status is S.LEFT
    assert groups.place(session, second).status is S.OFFERED


def test_a_declined_request_frees_its_seat_for_the_first(booking: Subject, groups: Groups) -> None:
    groups.terms(requires_approval_for_group=True)
    session = groups.announce(capacity=2)
    view = groups.seat(session, seats=2)
    first, second, third = groups.queue(session, 3)
    booking.ask(DeclineBooking(view.id), groups.tutor)
    assert [groups.place(session, student).status for student in (first, second, third)] == [
        S.OFFERED,
        S.OFFERED,
        S.WAITING,
    ]
    assert groups.accept(session, second).status is BookingStatus.PENDING


def test_a_seat_that_nobody_waits_for_can_be_had_by_anybody(groups: Groups) -> None:
    session = groups.announce(capacity=1)
    [(leaver, view)] = groups.fill(session)
    [student] = groups.queue(session, 1)
    groups.booking.ask(LeaveWaitlist(session.id), student)
    groups.give_up(view, leaver)
    groups.seat(session, groups.another_student())


def test_an_offer_ends_at_the_start_and_so_does_all_waiting(
    booking: Subject, groups: Groups, clock: TestClock
) -> None:
    session = groups.announce(15, 1, capacity=1)
    [(leaver, view)] = groups.fill(session)
    first, second = groups.queue(session, 2)
    clock.set(session.start_at - HOUR)
    groups.give_up(view, leaver)
    assert groups.place(session, first).offer_expires_at == session.start_at
    clock.set(session.start_at)
    with pytest.raises(WrongStatus):
        groups.accept(session, first)
    eventually(lambda: len(_told(booking, WaitlistExpired, session)) == 2, within=10)
    for student in (first, second):
        assert groups.place(session, student).status is S.EXPIRED
    assert len(_told(booking, WaitlistOffered, session)) == 1
    assert booking.sql("SELECT seats_held FROM sessions WHERE id = :id", id=session.id)[0].seats_held == 0


def test_with_its_session_cancelled_nobody_waits_any_more(booking: Subject, groups: Groups) -> None:
    session = groups.announce(capacity=2)
    [(leaver, view), _] = groups.fill(session)
    students = groups.queue(session, 3)
    groups.give_up(view, leaver)
    booking.ask(CancelSession(session.id), groups.tutor)
    assert {groups.place(session, student).status for student in students} == {S.EXPIRED}
    assert len(_told(booking, WaitlistOffered, session)) == 1
    told = _told(booking, WaitlistExpired, session)
    assert [event.entry.student_id for event in told] == [student.id for student in students]
    assert {event.session.status for event in told} == {"cancelled"}


def test_a_refused_acceptance_keeps_the_offer(groups: Groups) -> None:
    session = groups.announce(15, 3, capacity=1)
    [(leaver, view)] = groups.fill(session)
    [student] = groups.queue(session, 1)
    lesson = Groups(groups.booking).book(15, 3, by=student)
    groups.give_up(view, leaver)
    with pytest.raises(StudentBusy):
        groups.accept(session, student)
    assert groups.place(session, student).status is S.OFFERED
    groups.give_up(lesson, student)
    groups.accept(session, student)


def test_an_offer_is_only_for_whom_it_was_made(groups: Groups) -> None:
    session = groups.announce(capacity=1)
    [(leaver, view)] = groups.fill(session)
    first, second = groups.queue(session, 2)
    groups.give_up(view, leaver)
    entry = groups.place(session, first)
    with pytest.raises(Denied):
        groups.booking.ask(AcceptOffer(entry.id), second)
    with pytest.raises(WrongStatus):
        groups.accept(session, second)
    with pytest.raises(NotFound):
        groups.booking.ask(AcceptOffer(999_999_999), first)


# --- many at once -------------------------------------------------------------------------------------------


def test_of_forty_for_five_seats_five_are_booked_and_who_gives_up_makes_room_in_order(
    booking: Subject, groups: Groups
) -> None:
    session = groups.announce(capacity=5)
    students = groups.students(40)
    outcomes = _at_once(students, lambda student: _book_or_wait(groups, session, student))
    assert Counter(outcomes.values()) == {"booked": 5, **{f"waiting as {place}": 1 for place in range(1, 36)}}
    line = _line(booking, session)
    places = {student.id: outcomes[student] for student in students}
    assert [places[student_id] for student_id in line] == [f"waiting as {place}" for place in range(1, 36)]

    booked = [student for student in students if outcomes[student] == "booked"]
    views = {student.id: _booking_of(booking, session, student) for student in booked}
    _at_once(booked, lambda student: groups.give_up(views[student.id], student))
    offers = _told(booking, WaitlistOffered, session)
    assert [event.entry.student_id for event in offers] == line[:5]
    assert _seats(booking, session) == (0, 5)

    by_id = {student.id: student for student in students}
    _at_once([by_id[first] for first in line[:5]], lambda student: groups.accept(session, student))
    assert _seats(booking, session) == (5, 0)
    assert len(_told(booking, WaitlistOffered, session)) == 5
    assert _line(booking, session) == line[5:]


def test_comings_and_goings_at_once_never_pass_the_queue(booking: Subject, groups: Groups) -> None:
    session = groups.announce(capacity=3)
    booked = groups.fill(session)
    waiting = groups.queue(session, 3)
    strangers = groups.students(6)

    def act(student: Actor) -> Any:
        for leaver, view in booked:
            if leaver == student:
                return groups.give_up(view, leaver)
        return groups.seat(session, student)

    outcomes = _at_once([*(student for student, _ in booked), *strangers], act)
    assert [outcomes[stranger] for stranger in strangers] == ["session_full"] * 6
    assert [groups.place(session, student).status for student in waiting] == [S.OFFERED] * 3


def test_an_acceptance_and_a_cancelled_session_at_once_leave_one_truth(
    booking: Subject, groups: Groups
) -> None:
    session = groups.announce(capacity=2)
    booked = groups.fill(session)
    students = groups.queue(session, 2)
    for leaver, view in booked:
        groups.give_up(view, leaver)
    acts: dict[Actor, Callable[[], Any]] = {
        groups.tutor: lambda: booking.ask(CancelSession(session.id), groups.tutor),
        **{student: lambda student=student: groups.accept(session, student) for student in students},
    }
    outcomes = _at_once(list(acts), lambda actor: acts[actor]())
    assert outcomes[groups.tutor] == "done"
    assert _seats(booking, session) == (0, 0)
    active = "SELECT 1 FROM bookings WHERE session_id = :id AND status IN ('PENDING', 'CONFIRMED')"
    assert booking.sql(active, id=session.id) == []


def _at_once(actors: list[Actor], act: Callable[[Actor], Any]) -> dict[Actor, str]:
    """What became of everybody's act: done, or what it returned, or the refusal's code."""

    def outcome(actor: Actor) -> str:
        try:
            result = act(actor)
        except Refusal as refusal:
            return refusal.code
        return result if isinstance(result, str) else "done"

    with ThreadPoolExecutor(len(actors)) as pool:
        return dict(zip(actors, pool.map(outcome, actors), strict=True))


def _book_or_wait(groups: Groups, session: SessionView, student: Actor) -> str:
    try:
        groups.seat(session, student)
    except SessionFull:
        return f"waiting as {groups.wait(session, student).position}"
    return "booked"


def _line(booking: Subject, session: SessionView) -> list[int]:
    rows = booking.sql(
        "SELECT student_id FROM waitlist WHERE session_id = :id AND status = 'waiting' ORDER BY place",
        id=session.id,
    )
    return [row.student_id for row in rows]


def _seats(booking: Subject, session: SessionView) -> tuple[int, int]:
    [row] = booking.sql("SELECT seats_taken, seats_held FROM sessions WHERE id = :id", id=session.id)
    return row.seats_taken, row.seats_held


def _booking_of(booking: Subject, session: SessionView, student: Actor) -> Any:
    items = booking.ask(ListBookings(), student).items
    return next(view for view in items if view.session_id == session.id)


def _told(booking: Subject, kind: type[WaitlistEvent], session: SessionView) -> list[Any]:
    return [event for event in booking.told(kind) if event.session.id == session.id]
