"""Who may hear of an event outside, and which events stay among the services."""

from __future__ import annotations

import pytest

from contracts.booking import (
    BookingCancelled,
    BookingConfirmed,
    BookingEvent,
    BookingExpired,
    BookingHeld,
    BookingRequested,
    BookingStatus,
    PolicyChanged,
    ReliabilityChanged,
)
from contracts.catalog import (
    AccountChanged,
    AccountErased,
    CourseChanged,
    EnrolmentChanged,
    PackageOfferChanged,
)
from contracts.message import Event
from contracts.notifications import OUTSIDE
from contracts.reviews import RatingChanged, ReviewReplied
from contracts.scheduling import OpenHoursChanged
from tests.builders import a_booking_state

S = BookingStatus
STUDENT, TUTOR = 42, 77


def told(kind: type[BookingEvent], status: BookingStatus, came_from: BookingStatus | None) -> frozenset[int]:
    booking = a_booking_state(student_id=STUDENT, tutor_account_id=TUTOR, status=status)
    return kind(booking=booking, from_status=came_from).concerned


@pytest.mark.parametrize(
    ("kind", "status", "came_from"),
    [
        (BookingRequested, S.PENDING, None),
        (BookingRequested, S.PENDING, S.HELD),
        (BookingConfirmed, S.CONFIRMED, S.HELD),
        (BookingConfirmed, S.CONFIRMED, S.PENDING),
        (BookingCancelled, S.CANCELLED_BY_STUDENT, S.PENDING),
        (BookingExpired, S.EXPIRED, S.PENDING),
    ],
)
def test_a_booking_concerns_both_its_sides(
    kind: type[BookingEvent], status: BookingStatus, came_from: BookingStatus | None
) -> None:
    assert told(kind, status, came_from) == {STUDENT, TUTOR}


@pytest.mark.parametrize(
    ("kind", "status", "came_from"),
    [
        (BookingHeld, S.HELD, None),
        (BookingCancelled, S.CANCELLED_BY_STUDENT, S.HELD),
        (BookingExpired, S.EXPIRED, S.HELD),
    ],
)
def test_a_hold_and_its_end_concern_the_student_alone(
    kind: type[BookingEvent], status: BookingStatus, came_from: BookingStatus | None
) -> None:
    assert told(kind, status, came_from) == {STUDENT}


def test_a_review_concerns_who_wrote_it_and_whom_it_is_about() -> None:
    replied = ReviewReplied(1, 2, 3, tutor_account_id=TUTOR, student_id=STUDENT, version=2)
    assert replied.concerned == {STUDENT, TUTOR}


@pytest.mark.parametrize(
    "kind",
    [CourseChanged, EnrolmentChanged, PackageOfferChanged, PolicyChanged, RatingChanged, ReliabilityChanged],
)
def test_what_names_a_profile_concerns_its_tutor(kind: type[Event]) -> None:
    assert kind.concerns_tutors == ("tutor_profile_id",)
    assert kind in OUTSIDE
    assert ReliabilityChanged(10, 0.9, 2).concerned_tutors == {10}


@pytest.mark.parametrize("kind", [AccountChanged, AccountErased, OpenHoursChanged])
def test_what_names_nobody_stays_among_the_services(kind: type[Event]) -> None:
    assert kind.concerns == kind.concerns_tutors == ()
    assert kind not in OUTSIDE
