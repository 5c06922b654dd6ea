"""Which steps a booking may take, and by whom: the table of section 4 of the rules, and its one reader."""

from __future__ import annotations

from contracts.booking import ACTIVE, BookingStatus
from contracts.errors import WrongStatus
from services.booking.domain.lesson import Side

# Every step there is: from what (nothing: a new booking), to what, by whom. What stays the same moves.
STEPS = frozenset(
    (before, after, side)
    for befores, after, sides in (
        ((None,), BookingStatus.HELD, (Side.STUDENT,)),
        ((None, BookingStatus.HELD), BookingStatus.PENDING, (Side.STUDENT,)),
        ((None, BookingStatus.HELD), BookingStatus.CONFIRMED, (Side.STUDENT,)),
        ((BookingStatus.PENDING,), BookingStatus.PENDING, (Side.STUDENT,)),
        ((BookingStatus.CONFIRMED,), BookingStatus.CONFIRMED, (Side.STUDENT,)),
        ((BookingStatus.PENDING,), BookingStatus.CONFIRMED, (Side.TUTOR,)),
        ((BookingStatus.PENDING,), BookingStatus.DECLINED, (Side.TUTOR,)),
        (ACTIVE, BookingStatus.CANCELLED_BY_STUDENT, (Side.STUDENT,)),
        (ACTIVE, BookingStatus.CANCELLED_BY_TUTOR, (Side.TUTOR,)),
        (ACTIVE, BookingStatus.CANCELLED_BY_ADMIN, (Side.ADMIN,)),
        ((BookingStatus.CONFIRMED,), BookingStatus.COMPLETED, (Side.TUTOR, Side.SYSTEM)),
        ((BookingStatus.CONFIRMED,), BookingStatus.NO_SHOW_STUDENT, (Side.TUTOR,)),
        ((BookingStatus.CONFIRMED,), BookingStatus.NO_SHOW_TUTOR, (Side.STUDENT,)),
        ((BookingStatus.HELD, BookingStatus.PENDING), BookingStatus.EXPIRED, (Side.SYSTEM,)),
    )
    for before in befores
    for side in sides
)

CANCELLED = {
    Side.STUDENT: BookingStatus.CANCELLED_BY_STUDENT,
    Side.TUTOR: BookingStatus.CANCELLED_BY_TUTOR,
    Side.ADMIN: BookingStatus.CANCELLED_BY_ADMIN,
}
NO_SHOW = {Side.TUTOR: BookingStatus.NO_SHOW_STUDENT, Side.STUDENT: BookingStatus.NO_SHOW_TUTOR}


def check_step(before: BookingStatus | None, after: BookingStatus, side: Side) -> None:
    """Raises `WrongStatus` where there is no such step."""
    if (before, after, side) not in STEPS:
        raise wrong_status(before)


def wrong_status(status: BookingStatus | None) -> WrongStatus:
    """The refusal that names the status."""
    return WrongStatus(f"The booking is {status}, which does not allow this.")
