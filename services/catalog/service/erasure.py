"""Erasing a person: what catalog itself forgets, and telling the others to forget."""

from __future__ import annotations

import secrets

from chassis.database import lock
from chassis.forgetting import forget_told
from chassis.service import answers
from chassis.unit import Unit
from contracts.catalog import AccountChanged, DoneView, EraseMe, TutorChanged
from contracts.errors import Unauthenticated
from services.catalog.domain import Account, TutorProfile, insist_on_an_admin
from services.catalog.service.accounts import standing
from services.catalog.service.passwords import PasswordDoors
from services.catalog.service.tutors import save
from services.catalog.sessions import digest_of_address
from services.catalog.store import (
    Accounts,
    Courses,
    Enrolments,
    Listings,
    LogInAttempts,
    PackageOffers,
    Sessions,
    Tutors,
)


class ErasureDoors(PasswordDoors):
    def admit(self, unit: Unit) -> None:
        """Who was erased is nobody, however long the last access token is good for."""
        account_id = unit.actor.account_id
        if account_id is not None and Accounts(unit.connection).is_erased(account_id):
            raise Unauthenticated()

    @answers(EraseMe)
    def erase_me(self, _: EraseMe, unit: Unit) -> DoneView:
        nobodys_password = self._passwords.hash(secrets.token_urlsafe())  # before anything is locked
        accounts, tutors = Accounts(unit.connection), Tutors(unit.connection)
        account = standing(accounts.lock(unit.actor.id))
        if unit.actor.is_admin:
            insist_on_an_admin(account, accounts.other_admins(account.id))
        profile = tutors.lock(account.tutor_profile_id) if account.tutor_profile_id else None
        erased = account.erased(unit.now)
        accounts.save(erased)
        accounts.lock_out(account.id, nobodys_password)
        _forget_log_ins(account, unit)
        _tell_anew(erased, unit)
        _end_enrolments(account.id, unit)
        if profile is not None:
            _withdraw(profile, erased, unit)
        unit.tell(erased.told_erased())
        return DoneView()


def _forget_log_ins(account: Account, unit: Unit) -> None:
    Sessions(unit.connection).end_all(account.id)
    LogInAttempts(unit.connection).clear(digest_of_address(account.email))


def _tell_anew(erased: Account, unit: Unit) -> None:
    """Have every copy of the name and the address replaced, and keep none that was told before."""
    forget_told(unit.connection, AccountChanged, erased.id)
    unit.tell(erased.told())


def _end_enrolments(student_id: int, unit: Unit) -> None:
    enrolments = Enrolments(unit.connection)
    followed = [enrolment.course.id for enrolment in enrolments.active_of(student_id)]
    lock(unit.connection, *(f"enrolment:{course_id}/{student_id}" for course_id in followed))
    for enrolment in enrolments.active_of(student_id):
        ended = enrolment.ended()
        enrolments.save(ended)
        unit.tell(ended.told())


def _withdraw(profile: TutorProfile, erased: Account, unit: Unit) -> None:
    """Take the profile and all that the tutor offers out of sight, and the words that they were found by."""
    forget_told(unit.connection, TutorChanged, profile.id)
    save(profile, profile.erased_with(erased), unit)
    Listings(unit.connection).refresh_words()
    for course in Courses(unit.connection).lock_all_of(profile.id):
        withdrawn = course.erased()
        if withdrawn is not course:
            Courses(unit.connection).save(withdrawn)
            unit.tell(withdrawn.told())
    for offer in PackageOffers(unit.connection).lock_all_of(profile.id):
        if offer.active:
            PackageOffers(unit.connection).save(offer.withdrawn())
            unit.tell(offer.withdrawn().told())
