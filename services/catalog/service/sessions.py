"""Logging in, staying logged in, logging out."""

from __future__ import annotations

import secrets

from chassis.service import answers, every
from chassis.unit import Unit
from contracts.catalog import DoneView, GrantView, LogIn, LogOut, RefreshSession
from contracts.errors import RefreshTokenInvalid, WrongCredentials
from services.catalog.service.accounts import standing
from services.catalog.service.passwords import PasswordDoors
from services.catalog.sessions import (
    Worth,
    digest_of_address,
    digest_of_token,
    insist_on_patience,
    may_be_used,
)
from services.catalog.store import Accounts, Credentials, LogInAttempts, Sessions

TOKEN_BYTES = 32


class SessionDoors(PasswordDoors):
    @answers(LogIn)
    def log_in(self, request: LogIn, unit: Unit) -> GrantView:
        """Verify without a lock, then look at the attempts again: rivals who failed meanwhile count."""
        attempts, address = LogInAttempts(unit.connection), digest_of_address(request.email)
        insist_on_patience(attempts.at(address), unit.now)
        account_id = self._proven(request, unit)
        so_far = attempts.lock(address)
        insist_on_patience(so_far, unit.now)
        if account_id is None:
            attempts.save(address, so_far.failed(unit.now))
            raise WrongCredentials().keeping()
        attempts.clear(address)
        return _grant(Sessions(unit.connection).begin(account_id, unit.now), account_id, unit)

    @answers(RefreshSession)
    def refresh(self, request: RefreshSession, unit: Unit) -> GrantView:
        sessions, digest = Sessions(unit.connection), digest_of_token(request.refresh_token)
        token = sessions.lock(digest)
        if token is None or token.worth(unit.now) is Worth.NOTHING:
            raise RefreshTokenInvalid()
        if token.worth(unit.now) is Worth.REUSED:
            sessions.end(token.session_id, unit.now)
            raise RefreshTokenInvalid().keeping()
        sessions.use(digest, unit.now)
        return _grant(token.session_id, token.account_id, unit)

    @answers(LogOut)
    def log_out(self, request: LogOut, unit: Unit) -> DoneView:
        sessions = Sessions(unit.connection)
        token = sessions.lock(digest_of_token(request.refresh_token))
        if token is not None:
            sessions.end(token.session_id, unit.now)
        return DoneView()

    @every(hours=1)
    def forget_sessions(self, unit: Unit) -> None:
        Sessions(unit.connection).forget(unit.now)
        LogInAttempts(unit.connection).forget(unit.now)

    def _proven(self, request: LogIn, unit: Unit) -> int | None:
        """Whose account the address and the password open; the same work where there is none."""
        known = Accounts(unit.connection).credentials(request.email)
        matches = self._passwords.match(request.password, known.password_hash if known else None)
        if known is None or not (matches and may_be_used(request.password, self.settings.demo_mode)):
            return None
        self._renew(known, request.password, unit)
        return known.account_id

    def _renew(self, known: Credentials, password: str, unit: Unit) -> None:
        """Keep the password at the price of today, now that it is at hand."""
        if self._passwords.is_outdated(known.password_hash):
            Accounts(unit.connection).renew(known, self._passwords.hash(password))


def _grant(session_id: int, account_id: int, unit: Unit) -> GrantView:
    """What the gateway makes the next access token from, and the next refresh token."""
    account = standing(Accounts(unit.connection).get(account_id))
    refresh_token = secrets.token_urlsafe(TOKEN_BYTES)
    Sessions(unit.connection).issue(session_id, digest_of_token(refresh_token), unit.now)
    return GrantView(
        account_id=account.id,
        role=account.role,
        refresh_token=refresh_token,
        granted_at=unit.now,
        grant_id=secrets.token_urlsafe(16),
        tutor_profile_id=account.tutor_profile_id,
    )
