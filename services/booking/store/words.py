"""Forgetting words: all that somebody wrote in bookings and sessions, or others wrote of them there.

Ids, times and amounts stay, and so does the ledger. Versions stay as well: no booking has made a step.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection
from sqlalchemy.dialects.postgresql import JSONB

from services.booking.store.tables import bookings, history, series, sessions

_NOWHERE = "https://erased.invalid/"  # RFC 2606: there can never be anything

_WORDS_OF_TERMS = (
    "notes_student",
    "default_meeting_link",
    "default_meeting_id",
    "default_meeting_passcode",
)

# A lesson alone meets at an address of the platform's making; a session and a series, where somebody said.
_THEIR_OWN_WAY = sa.and_(
    bookings.c.join_url.is_not(None),
    sa.or_(bookings.c.session_id.is_not(None), bookings.c.series_id.is_not(None)),
)


class Words:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def forget_about_student(self, account_id: int) -> None:
        self._forget_in(bookings.c.student_id == account_id)
        self._forget_in_series(series.c.student_id == account_id)

    def forget_about_tutor(self, tutor_profile_id: int) -> None:
        self._forget_in(bookings.c.tutor_profile_id == tutor_profile_id)
        self._forget_in_series(series.c.tutor_profile_id == tutor_profile_id)
        gone = {"meeting_link": _NOWHERE, "meeting_id": None, "meeting_passcode": None, "cancel_reason": None}
        theirs = sessions.c.tutor_profile_id == tutor_profile_id
        self._connection.execute(sa.update(sessions).where(theirs).values(gone))

    def _forget_in_series(self, theirs: ColumnElement[bool]) -> None:
        """What is noted, and where all meet, is said in the terms of a series."""
        silent = series.c.terms.op("||")(sa.cast(dict.fromkeys(_WORDS_OF_TERMS), JSONB))
        self._connection.execute(sa.update(series).where(theirs).values(terms=silent))

    def _forget_in(self, theirs: ColumnElement[bool]) -> None:
        self._connection.execute(sa.update(bookings).where(theirs, _THEIR_OWN_WAY).values(join_url=_NOWHERE))
        words = dict.fromkeys(("notes_student", "notes_tutor", "decision_reason", "cancel_reason"))
        self._connection.execute(sa.update(bookings).where(theirs).values(words))
        steps = history.c.booking_id.in_(sa.select(bookings.c.id).where(theirs))
        told = sa.and_(steps, history.c.reason.is_not(None))
        self._connection.execute(sa.update(history).where(told).values(reason=None))
