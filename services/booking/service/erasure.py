"""Forgetting a person: what is to come is cancelled as they would have done it, what they wrote is forgotten.

What students have bought of a tutor and not used goes back to them.

What has started goes on to its end by itself, and the books stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from chassis.database import lock
from chassis.forgetting import forget_dead
from chassis.service import Service, consumes
from chassis.unit import Unit
from contracts.catalog import AccountChanged, AccountErased, TutorChanged
from services.booking.domain import Booking, Person, Series, Side
from services.booking.service.credits import refund_package
from services.booking.service.series import change
from services.booking.service.sessions import call_off, ended
from services.booking.service.steps import advance
from services.booking.service.waiting import leave
from services.booking.store import AllSeries, Bookings, Packages, Sessions, Tutors, Waitlist, Words


class Erasure(Service):
    @consumes(AccountErased)
    def forget_person(self, event: AccountErased, unit: Unit) -> None:
        if event.tutor_profile_id is None:
            _forget_student(event.account_id, unit)
        else:
            _forget_tutor(event.tutor_profile_id, event.account_id, unit)
            forget_dead(unit.connection, TutorChanged, event.tutor_profile_id)
        forget_dead(unit.connection, AccountChanged, event.account_id)


def _forget_student(account_id: int, unit: Unit) -> None:
    bookings, student = Bookings(unit.connection), Person(Side.STUDENT, account_id)
    _end_series(AllSeries(unit.connection).going_on(student_id=account_id), unit)
    waiting = Waitlist(unit.connection).waited_for_by(account_id)
    booked = bookings.sessions_to_come(account_id, unit.now)
    lock(unit.connection, f"student:{account_id}", *_names({*waiting, *booked}))
    for session_id in waiting:
        leave(unit, session_id, account_id)
    _end(bookings.to_come(unit.now, student_id=account_id), student, unit)
    Words(unit.connection).forget_about_student(account_id)


def _forget_tutor(tutor_profile_id: int, account_id: int, unit: Unit) -> None:
    tutor, announced = Person(Side.TUTOR, account_id), Sessions(unit.connection)
    _end_series(AllSeries(unit.connection).going_on(tutor_profile_id=tutor_profile_id), unit)
    before = announced.to_come_of(tutor_profile_id, unit.now)
    lock(unit.connection, f"tutor:{tutor_profile_id}", *_names(session.id for session in before))
    # Catalog says so as well, but by another queue: whoever waits for the lock must know it already.
    Tutors(unit.connection).suspend(tutor_profile_id)
    for session in announced.to_come_of(tutor_profile_id, unit.now):
        call_off(unit, session.id, tutor, None)
    _end(Bookings(unit.connection).to_come(unit.now, tutor_profile_id=tutor_profile_id), tutor, unit)
    _refund_packages(tutor_profile_id, unit)
    Words(unit.connection).forget_about_tutor(tutor_profile_id)


def _end_series(going_on: list[Series], unit: Unit) -> None:
    """Nothing more is made of them; what was made is ended with all other bookings."""
    for series in going_on:
        change(unit, series.cancel(unit.now, None))


def _end(bookings: list[Booking], by: Person, unit: Unit) -> None:
    advance(unit, *(ended(booking, by, unit) for booking in bookings))


def _refund_packages(tutor_profile_id: int, unit: Unit) -> None:
    """With the credits in them that the lessons which were just cancelled have given back."""
    for package in Packages(unit.connection).going_on(tutor_profile_id, unit.now):
        refund_package(unit, package)


def _names(session_ids: Iterable[int]) -> Iterator[str]:
    """Of the locks of sessions."""
    return (f"session:{session_id}" for session_id in session_ids)
