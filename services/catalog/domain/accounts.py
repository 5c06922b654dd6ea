"""Accounts: who can log in, as what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from contracts.catalog import AccountChanged, Role
from contracts.errors import RoleNotOpen
from services.catalog.domain.owned import following


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

    def changed(self, given: Mapping[str, Any]) -> Account:
        """Take over what is given, leave the rest."""
        return following(self, given)

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
