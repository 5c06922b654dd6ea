"""Package offers as they are stored."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from chassis.database import for_change
from services.catalog.domain import PackageOffer
from services.catalog.store.rows import in_batches
from services.catalog.store.tables import courses, package_offer_ids, package_offers

_OFFERS = sa.select(package_offers)
_c = package_offers.c


class PackageOffers:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def new_id(self) -> int:
        return int(self._connection.scalars(sa.select(package_offer_ids.next_value())).one())

    def add(self, offer: PackageOffer) -> None:
        self._connection.execute(sa.insert(package_offers).values(asdict(offer)))

    def save(self, offer: PackageOffer) -> None:
        self._connection.execute(sa.update(package_offers).where(_c.id == offer.id).values(asdict(offer)))

    def lock(self, offer_id: int) -> PackageOffer | None:
        """The offer, which nobody else can change until the transaction ends."""
        row = self._connection.execute(for_change(_OFFERS.where(_c.id == offer_id))).first()
        return None if row is None else _offer(row)

    def lock_all_of(self, tutor_profile_id: int) -> list[PackageOffer]:
        """All offers of the tutor, those withdrawn as well, locked."""
        theirs = _OFFERS.where(_c.tutor_profile_id == tutor_profile_id).order_by(_c.id)
        return [_offer(row) for row in self._connection.execute(for_change(theirs))]

    def page(self, tutor_profile_id: int, page: int, page_size: int) -> tuple[list[PackageOffer], int]:
        """What the tutor offers at present, by id, with the number of all; no package of a removed course."""
        course_stands = sa.or_(_c.course_id.is_(None), courses.c.active)
        wanted = _OFFERS.outerjoin(courses, courses.c.id == _c.course_id).where(
            _c.tutor_profile_id == tutor_profile_id, _c.active, course_stands
        )
        total = self._connection.scalars(sa.select(sa.func.count()).select_from(wanted.subquery())).one()
        some = wanted.order_by(_c.id).limit(page_size).offset((page - 1) * page_size)
        return [_offer(row) for row in self._connection.execute(some)], total

    def all(self) -> Iterator[PackageOffer]:
        """Those no longer offered as well."""
        for rows in in_batches(self._connection, _OFFERS, _c.id):
            yield from map(_offer, rows)


def _offer(row: Any) -> PackageOffer:
    return PackageOffer(
        id=row.id,
        tutor_profile_id=row.tutor_profile_id,
        name=row.name,
        credits=row.credits,
        price=row.price,
        currency=row.currency,
        valid_days=row.valid_days,
        course_id=row.course_id,
        active=row.active,
        version=row.version,
    )
