"""Copies of bookings, names and tutors, the highest version last."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Connection

from chassis.database import upsert_newer
from contracts.booking import BookingState, BookingStatus
from contracts.catalog import AccountChanged, TutorChanged
from services.reviews.domain import Lesson
from services.reviews.store.tables import lessons, people, tutors


class Lessons:
    """Copies of bookings."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def learn(self, booking: BookingState) -> None:
        upsert_newer(
            self._connection,
            lessons,
            {
                "booking_id": booking.id,
                "student_id": booking.student_id,
                "tutor_profile_id": booking.tutor_profile_id,
                "tutor_account_id": booking.tutor_account_id,
                "status": booking.status,
                "version": booking.version,
            },
        )

    def get(self, booking_id: int) -> Lesson | None:
        row = self._connection.execute(
            sa.select(lessons).where(lessons.c.booking_id == booking_id)
        ).one_or_none()
        if row is None:
            return None
        return Lesson(
            row.booking_id,
            row.student_id,
            row.tutor_profile_id,
            row.tutor_account_id,
            BookingStatus(row.status),
        )


class People:
    """Copies of names."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def learn(self, account: AccountChanged) -> None:
        values = {"account_id": account.account_id, "name": account.name, "version": account.version}
        upsert_newer(self._connection, people, values)

    def names(self, *account_ids: int) -> dict[int, str]:
        """The names of those that are known."""
        query = sa.select(people.c.account_id, people.c.name).where(people.c.account_id.in_(account_ids))
        return {row.account_id: row.name for row in self._connection.execute(query)}


class Tutors:
    """Which tutors there are."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def learn(self, tutor: TutorChanged) -> None:
        values = {"tutor_profile_id": tutor.tutor_profile_id, "version": tutor.version}
        upsert_newer(self._connection, tutors, values)

    def known(self, tutor_profile_id: int) -> bool:
        query = sa.select(tutors.c.tutor_profile_id).where(tutors.c.tutor_profile_id == tutor_profile_id)
        return self._connection.scalar(query) is not None
