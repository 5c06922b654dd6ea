"""Accounts: who can log in, as what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from contracts.catalog import NOBODYS, AccountChanged, AccountErased, Role
from contracts.errors import Invalid, LastAdmin, RoleNotOpen
from services.catalog.domain.owned import following

ERASED = "Erased person"


@dataclass(frozen=True)
class Account:
    """A person who can log in; `tutor_profile_id` is set for every tutor."""

    id: int
    email: str
    name: str
    role: Role
    timezone: str
    locale: str
    created_at: datetime
    tutor_profile_id: int | None = None
    version: int = 1
    erased_at: datetime | None = None

    def changed(self, given: Mapping[str, Any]) -> Account:
        """Take over what is given, leave the rest."""
        return following(self, given)

    def erased(self, now: datetime) -> Account:
        """Nobody's from now on: the id and the role are all that is left of the person."""
        nobody = {"email": f"erased-{self.id}{NOBODYS}", "name": ERASED, "timezone": "UTC", "locale": "en"}
        return following(self, {**nobody, "erased_at": now})

    def told_erased(self) -> AccountErased:
        return AccountErased(self.id, self.version, self.tutor_profile_id)

    def told(self) -> AccountChanged:
        return AccountChanged(
            account_id=self.id,
            email=self.email,
            name=self.name,
            role=self.role,
            timezone=self.timezone,
            locale=self.locale,
            version=self.version,
        )


def insist_on_open_role(role: Role, by_admin: bool) -> None:
    """Anyone may become a student or a tutor. Raises `RoleNotOpen`."""
    if role is Role.ADMIN and not by_admin:
        raise RoleNotOpen()


def insist_on_an_address(email: str | None) -> None:
    """What is made of an erased person's address is nobody else's either. Raises `Invalid`."""
    if email is not None and email.casefold().endswith(NOBODYS):
        raise Invalid(errors=[{"detail": "There can be no such address.", "pointer": "/email"}])


def insist_on_an_admin(leaving: Account, others: int) -> None:
    """Somebody has to look after the platform. Raises `LastAdmin`."""
    if leaving.role is Role.ADMIN and not others:
        raise LastAdmin()
