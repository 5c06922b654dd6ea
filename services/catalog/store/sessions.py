"""Sessions, their refresh tokens, and the log-ins that failed."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import insert

from chassis.database import for_change, lock
from services.catalog.sessions import FORGOTTEN_AFTER, TOKEN_LIFE, Attempts, RefreshToken
from services.catalog.store.tables import log_in_attempts, refresh_tokens, sessions


class Sessions:
    """Tokens are known by their digests only."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def begin(self, account_id: int, now: datetime) -> int:
        """Open a session; its id."""
        row = sa.insert(sessions).values(account_id=account_id, began_at=now).returning(sessions.c.id)
        return int(self._connection.scalars(row).one())

    def end(self, session_id: int, now: datetime) -> None:
        """None of its tokens is good any more."""
        self._connection.execute(
            sa.update(sessions)
            .where(sessions.c.id == session_id, sessions.c.ended_at.is_(None))
            .values(ended_at=now)
        )

    def end_all(self, account_id: int) -> None:
        """Forget every session of the account, and its tokens with them."""
        self._connection.execute(sa.delete(sessions).where(sessions.c.account_id == account_id))

    def issue(self, session_id: int, digest: bytes, now: datetime) -> None:
        """Add the session's next token."""
        self._connection.execute(
            sa.insert(refresh_tokens).values(
                digest=digest, session_id=session_id, expires_at=now + TOKEN_LIFE
            )
        )

    def use(self, digest: bytes, now: datetime) -> None:
        """Note that the token was exchanged."""
        self._connection.execute(
            sa.update(refresh_tokens).where(refresh_tokens.c.digest == digest).values(used_at=now)
        )

    def lock(self, digest: bytes) -> RefreshToken | None:
        """The token, whose session nobody else can change until the transaction ends.

        The session is locked by a statement of its own: only the next one sees what a rival,
        who was waited for, has done to the token.
        """
        of_token = sa.select(refresh_tokens.c.session_id).where(refresh_tokens.c.digest == digest)
        row = sa.select(sessions).where(sessions.c.id == of_token.scalar_subquery())
        session = self._connection.execute(for_change(row)).first()
        if session is None:
            return None
        token = self._connection.execute(
            sa.select(refresh_tokens).where(refresh_tokens.c.digest == digest)
        ).one()
        return RefreshToken(
            session_id=session.id,
            account_id=session.account_id,
            expires_at=token.expires_at,
            used=token.used_at is not None,
            session_ended=session.ended_at is not None,
        )

    def forget(self, now: datetime) -> None:
        """Drop the sessions that nobody can go on with, and their tokens."""
        going_on = sa.exists().where(
            refresh_tokens.c.session_id == sessions.c.id, refresh_tokens.c.expires_at > now
        )
        self._connection.execute(sa.delete(sessions).where(~going_on))
        self._connection.execute(sa.delete(refresh_tokens).where(refresh_tokens.c.expires_at <= now))


class LogInAttempts:
    """Wrong passwords in a row, by the digest of an address."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def at(self, address: bytes) -> Attempts:
        row = self._connection.execute(
            sa.select(log_in_attempts).where(log_in_attempts.c.address_digest == address)
        ).first()
        return Attempts() if row is None else Attempts(row.failures, row.last_failed_at)

    def lock(self, address: bytes) -> Attempts:
        """The attempts so far; rivals at the same address wait until the transaction ends."""
        lock(self._connection, f"log_in:{address.hex()}")
        return self.at(address)

    def save(self, address: bytes, attempts: Attempts) -> None:
        values = {"failures": attempts.failures, "last_failed_at": attempts.last_failed_at}
        row = insert(log_in_attempts).values(address_digest=address, **values)
        key = [log_in_attempts.c.address_digest]
        self._connection.execute(row.on_conflict_do_update(index_elements=key, set_=values))

    def clear(self, address: bytes) -> None:
        self._connection.execute(
            sa.delete(log_in_attempts).where(log_in_attempts.c.address_digest == address)
        )

    def forget(self, now: datetime) -> None:
        """Drop what no longer counts."""
        old = log_in_attempts.c.last_failed_at < now - FORGOTTEN_AFTER
        self._connection.execute(sa.delete(log_in_attempts).where(old))
