"""People: accounts, and the sessions that they log in to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, ClassVar

from contracts.fields import prose, word
from contracts.message import ANYONE, Command, Event, Query, View
from contracts.values import Email, Id, Instant, Locale, Name, Token, Version, Zone


class Role(StrEnum):
    STUDENT = "student"
    TUTOR = "tutor"
    ADMIN = "admin"


NOBODYS = "@erased.invalid"  # ends the addresses of the erased; no letter can ever get there (RFC 2606)

RoleName = Annotated[Role, word(Role)]
Password = Annotated[str, prose(200, shortest=10)]


@dataclass(frozen=True)
class AccountView(View):
    id: Id
    email: Email
    name: Name
    role: RoleName
    timezone: Zone
    locale: Locale
    created_at: Instant
    version: Version
    tutor_profile_id: Id | None = None


@dataclass(frozen=True)
class GrantView(View):
    """A session was granted: whom the gateway may make an access token for, and the next refresh token."""

    account_id: Id
    role: RoleName
    refresh_token: Token
    granted_at: Instant
    grant_id: Token
    tutor_profile_id: Id | None = None


@dataclass(frozen=True)
class DoneView(View):
    """There is nothing to say but that it is done."""


@dataclass(frozen=True)
class Register(Command[AccountView]):
    """Open an account; a tutor gets a draft profile with it. Refuses with EmailTaken, RoleNotOpen."""

    asked_by: ClassVar = ANYONE
    email: Email
    password: Password
    name: Name
    role: RoleName = Role.STUDENT
    timezone: Zone = "UTC"
    locale: Locale = "en"


@dataclass(frozen=True)
class LogIn(Command[GrantView]):
    """Begin a session. Refuses with WrongCredentials and TooMany, alike for known and unknown addresses."""

    asked_by: ClassVar = ANYONE
    answer_is_secret: ClassVar = True
    email: Email
    password: Annotated[str, prose(200, shortest=1)]


@dataclass(frozen=True)
class RefreshSession(Command[GrantView]):
    """Exchange a refresh token for the next one; a used one ends its whole session.

    Refuses with RefreshTokenInvalid.
    """

    asked_by: ClassVar = ANYONE
    answer_is_secret: ClassVar = True
    refresh_token: Token


@dataclass(frozen=True)
class LogOut(Command[DoneView]):
    """End the session that the refresh token belongs to; says nothing of whether it was known."""

    asked_by: ClassVar = ANYONE
    refresh_token: Token


@dataclass(frozen=True)
class GetMe(Query[AccountView]):
    """The caller's own account."""


@dataclass(frozen=True)
class UpdateMe(Command[AccountView]):
    """Change what is given of the own account, leave the rest. Refuses with EmailTaken, Stale."""

    email: Email | None = None
    name: Name | None = None
    timezone: Zone | None = None
    locale: Locale | None = None
    expected_version: Version | None = None


@dataclass(frozen=True)
class EraseMe(Command[DoneView]):
    """Forget the person for good; what was agreed stays, as an erased person's. Refuses with LastAdmin."""


@dataclass(frozen=True)
class AccountChanged(Event):
    """An account was opened or changed; the one event that carries an e-mail address."""

    subject_field: ClassVar = "account_id"
    account_id: Id
    email: Email
    name: Name
    role: RoleName
    timezone: Zone
    locale: Locale
    version: Version


@dataclass(frozen=True)
class AccountErased(Event):
    """Whose account it was is to be forgotten everywhere: what they wrote, and what they still had to do."""

    subject_field: ClassVar = "account_id"
    account_id: Id
    version: Version
    tutor_profile_id: Id | None = None
