"""Opening an account, and the account of whoever asks."""

from __future__ import annotations

from chassis.service import answers
from chassis.unit import Unit
from contracts.catalog import AccountView, GetMe, Register, Role, UpdateMe
from contracts.errors import Invalid, Unauthenticated
from services.catalog.domain import (
    Account,
    TutorProfile,
    insist_on_an_address,
    insist_on_open_role,
    insist_on_version,
)
from services.catalog.service.passwords import PasswordDoors
from services.catalog.service.tutors import save
from services.catalog.sessions import may_be_used
from services.catalog.store import Accounts, Tutors
from services.catalog.views import account_view


class AccountDoors(PasswordDoors):
    @answers(Register)
    def register(self, request: Register, unit: Unit) -> AccountView:
        insist_on_open_role(request.role, unit.actor.is_admin)
        insist_on_an_address(request.email)
        if not may_be_used(request.password, self.settings.demo_mode):
            raise Invalid(errors=[{"detail": "Everybody knows this password.", "pointer": "/password"}])
        password_hash = self._passwords.hash(request.password)  # before anything is locked: it takes its time
        account = _opened(request, unit)
        Accounts(unit.connection).add(account, password_hash)
        unit.tell(account.told())
        _draft_profile(account, unit)
        return account_view(account)

    @answers(GetMe)
    def get_me(self, _: GetMe, unit: Unit) -> AccountView:
        return account_view(Accounts(unit.connection).get(unit.actor.id))

    @answers(UpdateMe)
    def update_me(self, request: UpdateMe, unit: Unit) -> AccountView:
        insist_on_an_address(request.email)
        accounts, tutors = Accounts(unit.connection), Tutors(unit.connection)
        account = standing(accounts.lock(unit.actor.id))
        insist_on_version(request.expected_version, account.version)
        changed = account.changed(_given(request))
        if changed is account:
            return account_view(account)
        profile = tutors.lock(account.tutor_profile_id) if account.tutor_profile_id else None
        accounts.save(changed)
        unit.tell(changed.told())
        if profile is not None:
            save(profile, profile.belonging_to(changed), unit)
        return account_view(changed)


def standing(account: Account) -> Account:
    """The account, locked, if it was not erased while it was waited for. Raises `Unauthenticated`."""
    if account.erased_at is not None:
        raise Unauthenticated()
    return account


def _opened(request: Register, unit: Unit) -> Account:
    is_tutor = request.role is Role.TUTOR
    return Account(
        id=Accounts(unit.connection).new_id(),
        email=request.email,
        name=request.name,
        role=request.role,
        timezone=request.timezone,
        locale=request.locale,
        created_at=unit.now,
        tutor_profile_id=Tutors(unit.connection).new_id() if is_tutor else None,
    )


def _draft_profile(account: Account, unit: Unit) -> None:
    """The profile that a tutor has from the beginning."""
    if account.tutor_profile_id is not None:
        profile = TutorProfile(account.tutor_profile_id, account.id, account.name, account.timezone)
        Tutors(unit.connection).add(profile)
        unit.tell(profile.told())


def _given(request: UpdateMe) -> dict[str, str]:
    wishes = {
        "email": request.email,
        "name": request.name,
        "timezone": request.timezone,
        "locale": request.locale,
    }
    return {name: wish for name, wish in wishes.items() if wish is not None}
