"""Bought packages. Whose they are is decided in the statement."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection, Row, Select

from chassis.context import Actor
from chassis.database import for_change
from contracts.booking import PackageStatus
from contracts.errors import Denied, NotFound
from services.booking.domain import Package
from services.booking.money import Sum
from services.booking.store.tables import packages

_c = packages.c
_NEXT_ID = sa.select(sa.Sequence("packages_id_seq").next_value())
_ACTIVE = _c.status == PackageStatus.ACTIVE
_LASTING = _c.status.in_([PackageStatus.UNPAID, PackageStatus.ACTIVE])


@dataclass(frozen=True)
class WantedPackages:
    """Which of a student's packages a list is of. What is null does not matter."""

    student_id: int
    tutor_profile_id: int | None = None
    status: PackageStatus | None = None
    page: int = 1
    page_size: int = 20


class Packages:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def next_id(self) -> int:
        return self._connection.execute(_NEXT_ID).scalar_one()

    def add(self, package: Package) -> None:
        self._connection.execute(sa.insert(packages).values(_row_of(package)))

    def save(self, package: Package) -> None:
        """Write the next version of a package that was read for it."""
        before = sa.and_(_c.id == package.id, _c.version == package.version - 1)
        written = sa.update(packages).where(before).values(_row_of(package)).returning(_c.id)
        self._connection.execute(written).scalar_one()

    def get(self, package_id: int, actor: Actor) -> Package:
        """A package of the actor's, to an admin any. Raises `NotFound`, `Denied`."""
        found = next(self._all(sa.select(packages).where(_c.id == package_id)), None)
        if found is None:
            raise NotFound()
        if not actor.is_admin and found.student_id != actor.id:
            raise Denied()
        return found

    def of(self, package_id: int) -> Package:
        """The package, whoever may see it."""
        return next(self._all(sa.select(packages).where(_c.id == package_id)))

    def lock(self, package_id: int) -> Package | None:
        """The package, which nobody else can change until the transaction ends."""
        return next(self._all(for_change(sa.select(packages).where(_c.id == package_id))), None)

    def going_on(self, tutor_profile_id: int, now: datetime) -> list[Package]:
        """Those for lessons with the tutor that have not run out, locked."""
        wanted = sa.select(packages).where(_c.tutor_profile_id == tutor_profile_id, _LASTING)
        return list(self._all(for_change(wanted.where(_c.expires_at > now).order_by(_c.id))))

    def page(self, wanted: WantedPackages, now: datetime) -> tuple[list[Package], int]:
        """Those that are wanted, the latest first, and how many there are in all."""
        where = sa.and_(*_conditions(wanted, now))
        total = self._connection.scalar(sa.select(sa.func.count()).select_from(packages).where(where)) or 0
        some = sa.select(packages).where(where).order_by(_c.id.desc())
        some = some.offset((wanted.page - 1) * wanted.page_size).limit(wanted.page_size)
        return list(self._all(some)), total

    def run_out(self, now: datetime, most: int) -> list[Package]:
        """Some of what has run out and nobody else is at, locked."""
        over = sa.select(packages).where(_ACTIVE, _c.expires_at <= now).order_by(_c.expires_at)
        return list(self._all(for_change(over.limit(most), skip_locked=True)))

    def to_notice(self, now: datetime, most: int) -> list[Package]:
        """Some, locked, that have credits left and will soon run out, of which nobody was told yet."""
        due = sa.and_(_c.notice_at <= now, _c.expires_at > now, _c.credits_left > 0, _ACTIVE)
        soon = sa.select(packages).where(due).order_by(_c.notice_at)
        return list(self._all(for_change(soon.limit(most), skip_locked=True)))

    def all(self) -> Iterator[Package]:
        """Every one that can still change."""
        return self._all(sa.select(packages).where(_LASTING).order_by(_c.id))

    def _all(self, wanted: Select[Any]) -> Iterator[Package]:
        return (_package_of(row) for row in self._connection.execute(wanted))


def _conditions(wanted: WantedPackages, now: datetime) -> Iterator[ColumnElement[bool]]:
    yield _c.student_id == wanted.student_id
    if wanted.tutor_profile_id is not None:
        yield _c.tutor_profile_id == wanted.tutor_profile_id
    if wanted.status is not None:
        run_out = sa.and_(_ACTIVE, _c.expires_at <= now)
        yield sa.case((run_out, PackageStatus.EXPIRED.value), else_=_c.status) == wanted.status


def _row_of(package: Package) -> dict[str, Any]:
    return {
        "id": package.id,
        "offer_id": package.offer_id,
        "student_id": package.student_id,
        "tutor_profile_id": package.tutor_profile_id,
        "tutor_account_id": package.tutor_account_id,
        "course_id": package.course_id,
        "name": package.name,
        "credits_total": package.credits_total,
        "credits_left": package.credits_left,
        "price": package.price.net,
        "platform_fee": package.price.fee,
        "net_left": package.left.net,
        "fee_left": package.left.fee,
        "currency": package.price.currency,
        "purchased_at": package.purchased_at,
        "expires_at": package.expires_at,
        "notice_at": package.notice_at,
        "status": package.status,
        "refunded": package.refunded,
        "version": package.version,
    }


def _package_of(row: Row[Any]) -> Package:
    return Package(
        id=row.id,
        offer_id=row.offer_id,
        student_id=row.student_id,
        tutor_profile_id=row.tutor_profile_id,
        tutor_account_id=row.tutor_account_id,
        course_id=row.course_id,
        name=row.name,
        credits_total=row.credits_total,
        price=Sum(row.price, row.platform_fee, row.currency),
        credits_left=row.credits_left,
        left=Sum(row.net_left, row.fee_left, row.currency),
        purchased_at=row.purchased_at,
        expires_at=row.expires_at,
        status=PackageStatus(row.status),
        notice_at=row.notice_at,
        refunded=row.refunded,
        version=row.version,
    )
