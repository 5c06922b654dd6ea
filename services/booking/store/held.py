"""What a person may have of what booking holds.

Of a booking both sides have the whole; who the other is, is said by an id only. Ways into meetings
are left out: they are secrets of those who meet.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Select, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY

from chassis.context import Actor
from services.booking.store.tables import (
    accounts,
    bookings,
    history,
    ledger,
    packages,
    payments,
    policies,
    reliabilities,
    series,
    sessions,
    student_reliabilities,
    waitlist,
)

_MONEY = {"hourly_rate", "price", "platform_fee", "refunded", "seat_price", "amount"}
_BOOKING = """
    id student_id tutor_profile_id booking_type lesson_type subject_name course_id session_id seats_reserved
    start_at end_at duration_minutes status hourly_rate price platform_fee currency refunded package_id
    credits credit_returned notes_student notes_tutor decision_at decision_reason cancelled_by cancelled_at
    cancel_reason series_id occurrence_index created_at updated_at
"""
_STEP = "booking_id at by from_status to_status reason from_start to_start"
_PACKAGE = """
    id tutor_profile_id name credits_total credits_left price platform_fee currency purchased_at expires_at
    status refunded
"""
_PAYMENT = "id kind booking_id package_id refund_of amount currency status provider created_at"
_SESSION = """
    id course_id course_title start_at end_at capacity seats_taken seat_price currency meeting_provider status
    cancelled_at cancel_reason created_at
"""
_SERIES = "id student_id tutor_profile_id subject_name status created_at updated_at"


def held_about(person: Actor) -> Mapping[str, Select[Any]]:
    """A query for each kind, the newest first."""
    own = _own_bookings(person)
    steps = _of(history, _STEP).join_from(history, bookings).where(own).order_by(history.c.id.desc())
    return {
        "contact": _of(accounts, "name email").where(accounts.c.account_id == person.id),
        "bookings": _of(bookings, _BOOKING).where(own).order_by(bookings.c.id.desc()),
        "history": steps,
        "series": _own_series(person),
        "ledger": _of(ledger, "id at booking_id package_id kind account amount currency")
        .where(ledger.c.account.in_([f"student:{person.id}", f"tutor:{person.tutor_profile_id}"]))
        .order_by(ledger.c.id.desc()),
        **_learning(person.id),
        **_teaching(person.tutor_profile_id),
    }


def _own_bookings(person: Actor) -> ColumnElement[bool]:
    as_tutor = bookings.c.tutor_profile_id == person.tutor_profile_id
    return sa.or_(bookings.c.student_id == person.id, as_tutor)


def _own_series(person: Actor) -> Select[Any]:
    """What was agreed on, by both sides."""
    as_tutor = series.c.tutor_profile_id == person.tutor_profile_id
    ways_in = sa.cast(["default_meeting_link", "default_meeting_id", "default_meeting_passcode"], ARRAY(Text))
    agreed = series.c.terms.op("-")(ways_in).label("terms")
    own = sa.or_(series.c.student_id == person.id, as_tutor)
    return _of(series, _SERIES).add_columns(agreed).where(own).order_by(series.c.id.desc())


def _learning(account_id: int) -> Mapping[str, Select[Any]]:
    waiting = _of(waitlist, "id session_id status joined_at offered_at")
    return {
        "packages": _of(packages, _PACKAGE)
        .where(packages.c.student_id == account_id)
        .order_by(packages.c.id.desc()),
        "payments": _of(payments, _PAYMENT)
        .where(payments.c.student_id == account_id)
        .order_by(payments.c.id.desc()),
        "reliability_as_student": _of(student_reliabilities, "finished kept").where(
            student_reliabilities.c.student_id == account_id
        ),
        "waitlist": waiting.where(waitlist.c.student_id == account_id).order_by(waitlist.c.id.desc()),
    }


def _teaching(profile_id: int | None) -> Mapping[str, Select[Any]]:
    """Nothing of anybody who is no tutor."""
    return {
        "sessions": _of(sessions, _SESSION)
        .where(sessions.c.tutor_profile_id == profile_id)
        .order_by(sessions.c.id.desc()),
        "policies": _of(policies, "course_id terms").where(policies.c.tutor_profile_id == profile_id),
        "reliability": _of(reliabilities, "finished kept").where(
            reliabilities.c.tutor_profile_id == profile_id
        ),
    }


def _of(table: Table, names: str) -> Select[Any]:
    """These columns, money in whole units of its currency."""
    return sa.select(*(_column(table.c[name]) for name in names.split()))


def _column(column: sa.Column[Any]) -> ColumnElement[Any]:
    if column.name not in _MONEY:
        return column
    return sa.func.round(sa.cast(column, sa.Numeric) / 100, 2).label(column.name)
