"""Who sees what of a booking, and what the bus is told of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import booking as told
from contracts.booking import BookingStatus, BookingView, PolicyTerms, RefundTier
from contracts.catalog import Role
from contracts.errors import Refusal
from contracts.message import dump
from services.booking.domain import SYSTEM, Booking, Person, Side, Step, hold, take
from services.booking.ledger import Kind, postings_for
from services.booking.money import to_decimal
from services.booking.telling import event_of, last_event
from services.booking.views import Contact, preview_of, view_of
from tests.builders import a_booking, a_lesson

START = datetime(2025, 10, 25, 14, tzinfo=UTC)
MADE = datetime(2025, 10, 21, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
STUDENT, TUTOR, ADMIN = Person(Side.STUDENT, 42), Person(Side.TUTOR, 50), Person(Side.ADMIN, 1)
CONTACTS = {42: Contact("John", "john@example.com"), 50: Contact("Jane", "jane@example.com")}
URL = "https://meet.example/xyz"
S = BookingStatus


def _seen(booking: Booking, side: Side, now: datetime = MADE) -> BookingView:
    return view_of(booking, CONTACTS, side, now)


@pytest.mark.parametrize(
    ("booking", "confirmed"),
    [
        (a_booking(S.HELD), False),
        (a_booking(S.PENDING), False),
        (a_booking(S.DECLINED), False),
        (a_booking(S.PENDING).cancel(STUDENT, MADE, None).booking, False),
        (a_booking(S.CONFIRMED), True),
        (a_booking(S.COMPLETED), True),
        (a_booking().cancel(TUTOR, MADE, None).booking, True),
        (a_booking().mark_no_show(STUDENT, START + HOUR, None).booking, True),
    ],
)
def test_the_other_sides_address_shows_from_the_confirmation_on(booking: Booking, confirmed: bool) -> None:
    student, tutor, admin = (_seen(booking, side) for side in (Side.STUDENT, Side.TUTOR, Side.ADMIN))
    assert student.student_email == admin.student_email == "john@example.com"
    assert tutor.tutor_email == admin.tutor_email == "jane@example.com"
    assert student.tutor_email == ("jane@example.com" if confirmed else None)
    assert tutor.student_email == ("john@example.com" if confirmed else None)


@pytest.mark.parametrize("status", BookingStatus)
@pytest.mark.parametrize("side", [Side.STUDENT, Side.TUTOR, Side.ADMIN])
def test_the_two_sides_can_join_while_it_is_confirmed(side: Side, status: BookingStatus) -> None:
    booking = a_booking(status, join_url=URL)
    assert (_seen(booking, side).join_url == URL) == (status is S.CONFIRMED and side is not Side.ADMIN)


def test_a_view_says_what_holds_now() -> None:
    assert _seen(a_booking(S.PENDING), Side.TUTOR, START).status is S.EXPIRED
    assert _seen(a_booking(), Side.TUTOR, START).in_progress
    assert not _seen(a_booking(), Side.TUTOR, START + HOUR).in_progress


def test_a_view_has_the_sums_of_the_source() -> None:
    view = _seen(a_booking(), Side.STUDENT)
    assert [str(view.hourly_rate), str(view.platform_fee), str(view.total_amount)] == [
        "45.00",
        "6.75",
        "51.75",
    ]


def test_names_that_are_not_known_yet_are_stood_in_for() -> None:
    view = view_of(a_booking(), {}, Side.ADMIN, MADE)
    assert (view.student_name, view.tutor_name) == ("Student 42", "Tutor 10")
    assert (view.student_email, view.tutor_email) == (None, None)


def test_a_view_tells_who_ended_it_when_and_why() -> None:
    declined = a_booking(S.PENDING).decline(TUTOR, MADE, "Away.").booking
    view = _seen(declined, Side.STUDENT)
    assert (view.decided_by, view.decision_at, view.decision_reason) == (50, MADE, "Away.")
    cancelled = a_booking().cancel(STUDENT, MADE, "Ill.").booking
    view = _seen(cancelled, Side.TUTOR)
    assert (view.cancelled_by, view.cancelled_at, view.cancel_reason) == (42, MADE, "Ill.")


def test_a_preview_is_what_the_cancellation_gives_back() -> None:
    step = a_booking().cancel(STUDENT, START - 12 * HOUR, None)
    preview = preview_of(step, START - 12 * HOUR)
    assert (preview.refund_amount, preview.refund_percent) == (Decimal("51.75"), 100)
    assert preview.tier == step.booking.terms.refund_tiers[0]


@given(
    tiers=st.lists(st.builds(RefundTier, st.integers(0, 90), st.integers(0, 100)), max_size=4),
    before=st.timedeltas(timedelta(hours=-2), timedelta(hours=96)),
    status=st.sampled_from([S.HELD, S.PENDING, S.CONFIRMED]),
    by=st.sampled_from([STUDENT, TUTOR, ADMIN]),
)
def test_preview_event_and_books_agree_whoever_cancels_whenever(
    tiers: list[RefundTier], before: timedelta, status: BookingStatus, by: Person
) -> None:
    booking, now = a_booking(status, terms=PolicyTerms(refund_tiers=tiers)), START - before
    try:
        step = booking.cancel(by, now, None)
    except Refusal:
        return
    event = event_of(step)
    assert isinstance(event, told.BookingCancelled)
    back = sum(posting.amount for posting in postings_for(step) if posting.kind is Kind.REFUND)
    assert preview_of(step, now).refund_amount == event.refund_amount == to_decimal(back)


@pytest.mark.parametrize(
    ("step", "kind", "more"),
    [
        (hold(7, a_lesson(), STUDENT, MADE), told.BookingHeld, {"from_status": None}),
        (take(7, a_lesson(), STUDENT, MADE, URL), told.BookingRequested, {}),
        (
            a_booking(S.PENDING).confirm(TUTOR, MADE, URL, None),
            told.BookingConfirmed,
            {"from_status": S.PENDING},
        ),
        (a_booking(S.PENDING).decline(TUTOR, MADE, None), told.BookingDeclined, {}),
        (
            a_booking().cancel(TUTOR, MADE, None),
            told.BookingCancelled,
            {"cancelled_by": Role.TUTOR, "refund_amount": Decimal("51.75"), "from_status": S.CONFIRMED},
        ),
        (a_booking(S.HELD).cancel(ADMIN, MADE, None), told.BookingCancelled, {"from_status": S.HELD}),
        (
            a_booking().move(STUDENT, MADE, START + HOUR, "UTC"),
            told.BookingRescheduled,
            {"previous_start_at": START, "from_status": S.CONFIRMED},
        ),
        (a_booking().complete(SYSTEM, START + 25 * HOUR), told.BookingCompleted, {}),
        (a_booking().mark_no_show(TUTOR, START + HOUR, None), told.BookingNoShow, {}),
        (a_booking().mark_no_show(STUDENT, START + HOUR, None), told.BookingNoShow, {}),
        (a_booking(S.HELD).expire(START), told.BookingExpired, {"from_status": S.HELD}),
    ],
)
def test_each_step_is_told_by_its_event(step: Step, kind: type[Any], more: dict[str, Any]) -> None:
    event = event_of(step)
    assert type(event) is kind
    assert (event.booking.status, event.sequence) == (step.booking.status, step.booking.version)
    assert {name: getattr(event, name) for name in more} == more


@pytest.mark.parametrize("status", BookingStatus)
def test_a_booking_in_any_status_can_be_told_again(status: BookingStatus) -> None:
    assert last_event(a_booking(status)).booking.status is status


def test_the_bus_carries_neither_names_nor_addresses_nor_notes() -> None:
    booking = a_booking(lesson=a_lesson(notes="Secret."), notes_tutor="Secret.", decision=None)
    words = str(dump(last_event(booking)))
    assert not [word for word in ("Secret", "John", "Jane", "@", "notes") if word in words]
