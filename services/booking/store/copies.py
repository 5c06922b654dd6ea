"""What is kept of facts that others own, the highest version last."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row
from sqlalchemy.dialects.postgresql import JSONB

from chassis.database import upsert_newer
from contracts.catalog import (
    AccountChanged,
    CourseChanged,
    CourseKind,
    PackageOfferChanged,
    TutorChanged,
    TutorStatus,
)
from contracts.message import dump
from contracts.scheduling import OpenHoursChanged
from services.booking.domain import PackageOffer
from services.booking.money import to_minor
from services.booking.offer import Course, Subject, Tutor
from services.booking.store.tables import (
    accounts,
    courses,
    open_hours,
    open_intervals,
    package_offers,
    tutors,
)
from services.booking.views import Contact


class Accounts:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def learn(self, event: AccountChanged) -> None:
        values = {"name": event.name, "email": event.email, "version": event.version}
        upsert_newer(self._connection, accounts, {"account_id": event.account_id, **values})

    def contacts(self, account_ids: Iterable[int]) -> dict[int, Contact]:
        """Those of the accounts that are known."""
        known = sa.select(accounts).where(accounts.c.account_id.in_(set(account_ids)))
        return {row.account_id: Contact(row.name, row.email) for row in self._connection.execute(known)}


class Tutors:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def learn(self, event: TutorChanged) -> None:
        subjects = [
            {"id": taught.subject_id, "name": taught.name, "hourly_rate": to_minor(taught.hourly_rate)}
            for taught in event.subjects
        ]
        values = {
            "tutor_profile_id": event.tutor_profile_id,
            "account_id": event.account_id,
            "status": event.status,
            "hourly_rate": to_minor(event.hourly_rate),
            "currency": event.currency,
            "subjects": subjects,
            "version": event.version,
        }
        upsert_newer(self._connection, tutors, values)

    def suspend(self, tutor_profile_id: int) -> None:
        """Until the owner's next version says how it stands."""
        known = tutors.c.tutor_profile_id == tutor_profile_id
        self._connection.execute(sa.update(tutors).where(known).values(status=TutorStatus.SUSPENDED))

    def find(self, tutor_profile_id: int) -> Tutor | None:
        known = sa.select(tutors).where(tutors.c.tutor_profile_id == tutor_profile_id)
        row = self._connection.execute(known).first()
        return _tutor_of(row) if row is not None else None


class Courses:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def learn(self, event: CourseChanged) -> None:
        values = {
            "course_id": event.course_id,
            "tutor_profile_id": event.tutor_profile_id,
            "subject_id": event.subject_id,
            "subject_name": event.subject_name,
            "title": event.title,
            "duration_minutes": event.duration_minutes,
            "kind": event.kind,
            "active": event.active,
            "price": None if event.price is None else to_minor(event.price),
            "version": event.version,
        }
        upsert_newer(self._connection, courses, values)

    def find(self, course_id: int) -> Course | None:
        row = self._connection.execute(sa.select(courses).where(courses.c.course_id == course_id)).first()
        return _course_of(row) if row is not None else None


class PackageOffers:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def learn(self, event: PackageOfferChanged) -> None:
        upsert_newer(self._connection, package_offers, {**vars(event), "price": to_minor(event.price)})

    def find(self, offer_id: int) -> PackageOffer | None:
        known = sa.select(package_offers).where(package_offers.c.offer_id == offer_id)
        row = self._connection.execute(known).first()
        return _package_offer_of(row) if row is not None else None


class OpenHours:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def zone_of(self, tutor_profile_id: int) -> str:
        """The tutor's zone; UTC where no hours were ever told."""
        known = sa.select(open_hours.c.timezone).where(open_hours.c.tutor_profile_id == tutor_profile_id)
        return self._connection.scalar(known) or "UTC"

    def known_until(self, tutor_profile_id: int) -> datetime | None:
        """How far ahead the tutor's hours are known; nothing, where no hours were ever told."""
        known = sa.select(open_hours.c.known_until).where(open_hours.c.tutor_profile_id == tutor_profile_id)
        return self._connection.scalar(known)

    def learn(self, event: OpenHoursChanged) -> None:
        """Replace all that was known of the tutor's open hours."""
        tutor = {"tutor_profile_id": event.tutor_profile_id}
        known = {"timezone": event.timezone, "known_until": event.until}
        values = {**tutor, **known, "version": event.version}
        if not upsert_newer(self._connection, open_hours, values):
            return
        theirs = open_intervals.c.tutor_profile_id == event.tutor_profile_id
        self._connection.execute(sa.delete(open_intervals).where(theirs))
        self._connection.execute(_ADD_INTERVALS, {**tutor, "intervals": dump(event)["intervals"]})


# A year of intervals goes in as one value: by the row it would be some hundred statements.
_told = (
    sa.func.jsonb_to_recordset(sa.bindparam("intervals", type_=JSONB))
    .table_valued(*(sa.column(name, open_intervals.c[name].type) for name in ("start_at", "end_at", "grid")))
    .render_derived(with_types=True)
)
_ADD_INTERVALS = sa.insert(open_intervals).from_select(
    ["tutor_profile_id", "start_at", "end_at", "grid"],
    sa.select(
        sa.bindparam("tutor_profile_id", type_=sa.BigInteger), _told.c.start_at, _told.c.end_at, _told.c.grid
    ),
)


def _tutor_of(row: Row[Any]) -> Tutor:
    return Tutor(
        profile_id=row.tutor_profile_id,
        account_id=row.account_id,
        status=TutorStatus(row.status),
        hourly_rate=row.hourly_rate,
        currency=row.currency,
        subjects=tuple(Subject(**subject) for subject in row.subjects),
    )


def _course_of(row: Row[Any]) -> Course:
    return Course(
        id=row.course_id,
        tutor_profile_id=row.tutor_profile_id,
        subject_id=row.subject_id,
        subject_name=row.subject_name,
        title=row.title,
        duration_minutes=row.duration_minutes,
        kind=CourseKind(row.kind),
        active=row.active,
        price=row.price,
    )


def _package_offer_of(row: Row[Any]) -> PackageOffer:
    return PackageOffer(
        id=row.offer_id,
        tutor_profile_id=row.tutor_profile_id,
        name=row.name,
        credits=row.credits,
        price=row.price,
        currency=row.currency,
        valid_days=row.valid_days,
        active=row.active,
        course_id=row.course_id,
    )
