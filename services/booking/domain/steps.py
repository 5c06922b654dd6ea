"""Which steps a booking may take, and by whom: the table of section 4 of the rules, and its one reader."""

from __future__ import annotations

from enum import StrEnum, auto

from contracts.booking import ACTIVE, BookingStatus
from contracts.errors import WrongStatus
from services.booking.domain.lesson import Side


class Act(StrEnum):
    TAKE = auto()
    CHECK_OUT = auto()
    MOVE = auto()
    CONFIRM = auto()
    DECLINE = auto()
    CANCEL = auto()
    COMPLETE = auto()
    REPORT_NO_SHOW = auto()
    EXPIRE = auto()


_S = BookingStatus

# Every step there is: what is done, by whom, from what (nothing: a new booking), to what.
STEPS = frozenset(
    (act, side, before, after)
    for act, side, befores, after in (
        (Act.TAKE, Side.STUDENT, (None,), _S.HELD),
        (Act.TAKE, Side.STUDENT, (None,), _S.PENDING),
        (Act.TAKE, Side.STUDENT, (None,), _S.CONFIRMED),
        (Act.CHECK_OUT, Side.STUDENT, (_S.HELD,), _S.PENDING),
        (Act.CHECK_OUT, Side.STUDENT, (_S.HELD,), _S.CONFIRMED),
        (Act.MOVE, Side.STUDENT, (_S.PENDING,), _S.PENDING),
        (Act.MOVE, Side.STUDENT, (_S.CONFIRMED,), _S.CONFIRMED),
        (Act.CONFIRM, Side.TUTOR, (_S.PENDING,), _S.CONFIRMED),
        (Act.DECLINE, Side.TUTOR, (_S.PENDING,), _S.DECLINED),
        (Act.CANCEL, Side.STUDENT, ACTIVE, _S.CANCELLED_BY_STUDENT),
        (Act.CANCEL, Side.TUTOR, ACTIVE, _S.CANCELLED_BY_TUTOR),
        (Act.CANCEL, Side.ADMIN, ACTIVE, _S.CANCELLED_BY_ADMIN),
        (Act.CANCEL, Side.SYSTEM, ACTIVE, _S.CANCELLED_BY_ADMIN),
        (Act.COMPLETE, Side.TUTOR, (_S.CONFIRMED,), _S.COMPLETED),
        (Act.COMPLETE, Side.SYSTEM, (_S.CONFIRMED,), _S.COMPLETED),
        (Act.REPORT_NO_SHOW, Side.TUTOR, (_S.CONFIRMED,), _S.NO_SHOW_STUDENT),
        (Act.REPORT_NO_SHOW, Side.STUDENT, (_S.CONFIRMED,), _S.NO_SHOW_TUTOR),
        (Act.EXPIRE, Side.SYSTEM, (_S.HELD, _S.PENDING), _S.EXPIRED),
    )
    for before in befores
)


def outcome(act: Act, side: Side, before: BookingStatus | None) -> BookingStatus:
    """What becomes of it, where there is but one answer. Raises `WrongStatus`."""
    [after] = _outcomes(act, side, before)
    return after


def check_outcome(act: Act, side: Side, before: BookingStatus | None, after: BookingStatus) -> None:
    """Whether this may become of it, where the terms decide. Raises `WrongStatus`."""
    if after not in _outcomes(act, side, before):
        raise wrong_status(before)


def wrong_status(status: BookingStatus | None) -> WrongStatus:
    """The refusal that names the status."""
    return WrongStatus(f"The booking is {status}, which does not allow this.")


def _outcomes(act: Act, side: Side, before: BookingStatus | None) -> list[BookingStatus]:
    """The one reader of the table."""
    found = [after for *step, after in STEPS if step == [act, side, before]]
    if not found:
        raise wrong_status(before)
    return found
