"""A session's life to the instant, what a seat in it is, and who is shown what."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from contracts.bookable import Block
from contracts.booking import BookingStatus, BookingType, MeetingProvider, PolicyTerms, SessionStatus
from contracts.catalog import Role
from contracts.errors import AlreadyStarted, Refusal, SeatNotMovable, SessionFull, WrongStatus
from contracts.message import dump
from services.booking.domain import Mark, Person, Session, Side, take
from services.booking.money import Price, price_of_seats
from services.booking.sessions import entry_view, session_cancelled, session_changed, session_view
from tests.builders import a_booking, a_session, an_entry

START = datetime(2025, 10, 25, 14, tzinfo=UTC)
END = START + timedelta(minutes=90)
INSTANT = timedelta.resolution
TUTOR, STUDENT = Person(Side.TUTOR, 50), Person(Side.STUDENT, 42)
S = SessionStatus


@pytest.mark.parametrize(
    ("status", "now", "expected"),
    [
        (S.SCHEDULED, START - INSTANT, None),
        (S.SCHEDULED, START, AlreadyStarted),
        (S.SCHEDULED, END - INSTANT, AlreadyStarted),
        (S.SCHEDULED, END, WrongStatus),
        (S.COMPLETED, END, WrongStatus),
        (S.CANCELLED, START - INSTANT, WrongStatus),
    ],
)
def test_seats_are_had_until_the_start(status: S, now: datetime, expected: type[Refusal] | None) -> None:
    session = a_session(status=status)
    assert session.takes_seats(now) is (expected is None)
    if expected:
        with pytest.raises(expected):
            session.check_takes_seats(now)
    else:
        session.check_takes_seats(now)


def test_a_session_is_over_at_its_end_whoever_has_recorded_it() -> None:
    session = a_session()
    assert session.status_at(END - INSTANT) is S.SCHEDULED
    assert session.status_at(END) is S.COMPLETED
    assert a_session(status=S.CANCELLED).status_at(END) is S.CANCELLED
    with pytest.raises(WrongStatus):
        session.complete(END - INSTANT)
    completed = session.complete(END)
    assert (completed.status, completed.version) == (S.COMPLETED, 2)


def test_a_session_is_cancelled_until_its_end() -> None:
    cancelled = a_session().cancel(TUTOR, END - INSTANT, "Ill.")
    assert (cancelled.status, cancelled.version) == (S.CANCELLED, 2)
    assert cancelled.cancellation == Mark(50, END - INSTANT, "Ill.")
    for session, now in ((a_session(), END), (cancelled, START)):
        with pytest.raises(WrongStatus):
            session.cancel(TUTOR, now, None)


@pytest.mark.parametrize(
    ("taken", "held", "wanted", "own", "left"),
    [(0, 0, 5, 0, 5), (3, 1, 1, 0, 1), (4, 1, 1, 1, 1), (5, 0, 1, 0, 0), (3, 2, 2, 1, 1)],
)
def test_what_is_held_can_be_had_by_whom_it_is_held_for_alone(
    taken: int, held: int, wanted: int, own: int, left: int
) -> None:
    session = a_session(seats_taken=taken, seats_held=held)
    if wanted <= left:
        session.check_has(wanted, own)
    else:
        with pytest.raises(SessionFull) as refused:
            session.check_has(wanted, own)
        assert refused.value.data == {"seats_left": left}


# --- a seat -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seat_price", "seats", "minutes", "price"),
    [
        (2000, 1, 90, Price(1333, 2000, 300, "EUR")),
        (2000, 3, 90, Price(1333, 6000, 900, "EUR")),
        (333, 1, 60, Price(333, 333, 50, "EUR")),
        (1, 3, 60, Price(1, 3, 0, "EUR")),
        (0, 7, 45, Price(0, 0, 0, "EUR")),
    ],
)
def test_seats_cost_their_price_and_the_fee_on_top(
    seat_price: int, seats: int, minutes: int, price: Price
) -> None:
    assert price_of_seats(seat_price, seats, minutes, "EUR") == price


def test_a_seat_is_a_lesson_at_the_sessions_time_that_blocks_nobody_but_its_student() -> None:
    buffers = PolicyTerms(buffer_before_minutes=10, buffer_after_minutes=20)
    lesson = a_session().lesson(42, 2, buffers, "Two of us.")
    assert (lesson.start_at, lesson.end_at, lesson.course_id) == (START, END, 81)
    assert (lesson.session_id, lesson.seats, lesson.booking_type) == (200, 2, BookingType.GROUP_SESSION)
    assert lesson.blocked == Block(START, END)
    assert (lesson.price.total, lesson.notes) == (4600, "Two of us.")


@pytest.mark.parametrize("asked", [True, False])
def test_whether_a_seat_waits_for_approval_is_the_groups_own_term(asked: bool) -> None:
    terms = PolicyTerms(requires_approval_for_group=asked, requires_approval_for_one_on_one=not asked)
    lesson = a_session().lesson(42, 1, terms, None)
    booking = take(7, lesson, STUDENT, START - timedelta(days=1), "https://zoom.example/j/8").booking
    assert booking.status is (BookingStatus.PENDING if asked else BookingStatus.CONFIRMED)


@pytest.mark.parametrize("status", BookingStatus)
def test_a_seat_is_never_moved(status: BookingStatus) -> None:
    seat = a_booking(status, session_id=200)
    with pytest.raises(SeatNotMovable):
        seat.check_move(STUDENT, START - timedelta(days=3))


# --- what is shown and told -----------------------------------------------------------------------------


def test_the_way_in_is_shown_to_who_takes_part_alone() -> None:
    session = a_session(seats_taken=2, seats_held=1)
    shown, hidden = (session_view(session, "Jane", shows, START) for shows in (True, False))
    assert (shown.meeting_link, shown.meeting_id, shown.meeting_passcode) == (
        "https://zoom.example/j/8",
        "812 345",
        "pythagoras",
    )
    assert (hidden.meeting_link, hidden.meeting_id, hidden.meeting_passcode) == (None, None, None)
    assert shown.meeting_provider is hidden.meeting_provider is MeetingProvider.ZOOM
    assert (hidden.seats_taken, hidden.seats_left, hidden.tutor_name) == (2, 2, "Jane")
    assert session_view(session, None, shows_meeting=False, now=END).status is S.COMPLETED


def test_nothing_of_the_way_in_is_told_on_the_bus() -> None:
    told = str(dump(session_changed(a_session())))
    for secret in ("zoom.example", "812 345", "pythagoras"):
        assert secret not in told


@pytest.mark.parametrize(("side", "role"), [(Side.TUTOR, Role.TUTOR), (Side.ADMIN, Role.ADMIN)])
def test_the_end_of_a_session_says_who_made_it_and_whose_bookings_ended(side: Side, role: Role) -> None:
    session: Session = a_session().cancel(Person(side, 50), START, "Ill.")
    event = session_cancelled(session, Person(side, 50), [42, 43])
    assert (event.cancelled_by, event.reason, event.student_ids) == (role, "Ill.", [42, 43])
    assert (event.subject, event.sequence) == ("200", 2)


def test_a_place_shows_its_position_while_it_waits_and_an_end_while_it_is_offered() -> None:
    session, waiting = a_session(), an_entry()
    offered = waiting.offer(START - timedelta(days=1), START)
    view = entry_view(waiting, session, 3, START - INSTANT)
    assert (view.status, view.position, view.offer_expires_at) == ("waiting", 3, None)
    view = entry_view(offered, session, None, START - timedelta(days=1))
    assert (view.status, view.position, view.offer_expires_at) == ("offered", None, offered.expires_at)
    view = entry_view(waiting, session, 3, START)
    assert (view.status, view.position, view.offer_expires_at) == ("expired", None, None)
