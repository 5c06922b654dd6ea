"""What lessons and time do to packages: their credits are used, come back, and lapse."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from chassis.unit import Unit
from contracts.booking import PackageStatus
from contracts.errors import NoCredit
from services.booking.domain import Lesson, Package, PackageChange, Step
from services.booking.ledger import postings_for_package
from services.booking.service.billing import give_back_package
from services.booking.store import Ledger, Packages
from services.booking.telling import credits_changed


def paid_with(unit: Unit, package_id: int | None, lesson: Lesson) -> Lesson:
    """The lesson, paid with a credit for each seat where a package is named, else with money.

    Raises `NoCredit`. The booking is to be written in the same transaction.
    """
    if package_id is None:
        return lesson
    package = Packages(unit.connection).lock(package_id)
    if package is None:
        raise NoCredit()
    change, credit = package.use(lesson, unit.now)
    change_package(unit, change)
    return replace(lesson, credit=credit)


def give_back(unit: Unit, steps: Iterable[Step]) -> None:
    """Return the credits that bookings had when these steps ended them, where the terms say so."""
    ended = [made.booking for made in steps if made.booking.credit_returned]
    returned = [(booking.credit, booking.id) for booking in ended if booking.credit]
    # In one order everywhere: each locks its package's row.
    for credit, booking_id in sorted(returned, key=lambda each: each[0].package_id):
        package = Packages(unit.connection).lock(credit.package_id)
        assert package is not None, "a package is never removed"
        again = change_package(unit, up_to_date(unit, package).take_back(credit))
        if again.status is PackageStatus.CANCELLED:
            refund_package(unit, again, booking_id)


def refund_package(unit: Unit, package: Package, booking_id: int | None = None) -> None:
    """Have what is left of the package go back; it came from the booking, if one is named."""
    refunded = package.refund(booking_id)
    change_package(unit, refunded)
    give_back_package(unit, refunded)


def up_to_date(unit: Unit, package: Package) -> Package:
    """The package, its end recorded if its time has run out."""
    if package.status_at(unit.now) is package.status:
        return package
    assert package.status_at(unit.now) is PackageStatus.EXPIRED
    return change_package(unit, package.expire())


def change_package(unit: Unit, change: PackageChange) -> Package:
    """Write a change of a package that was there before, and what it leaves behind."""
    Packages(unit.connection).save(change.package)
    record_change(unit, change)
    return change.package


def record_change(unit: Unit, change: PackageChange) -> None:
    """Write what the change puts into the books, and tell it."""
    Ledger(unit.connection).add(postings_for_package(change), unit.now)
    unit.tell(credits_changed(change))
