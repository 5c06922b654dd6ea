"""Accounts as they are stored. A password's hash goes in and out by itself, never as part of an account."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from chassis.database import for_change, lock
from contracts.catalog import Role
from contracts.errors import EmailTaken, NotFound
from services.catalog.domain import Account
from services.catalog.store.rows import in_batches, unique
from services.catalog.store.tables import account_ids, accounts, one_email, tutor_profiles

_ACCOUNTS = sa.select(
    *(column for column in accounts.c if column.name != "password_hash"),
    tutor_profiles.c.id.label("tutor_profile_id"),
).select_from(accounts.outerjoin(tutor_profiles, tutor_profiles.c.account_id == accounts.c.id))


@dataclass(frozen=True)
class Credentials:
    """What proves that somebody is the owner of an account."""

    account_id: int
    password_hash: str


class Accounts:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def new_id(self) -> int:
        return int(self._connection.scalars(sa.select(account_ids.next_value())).one())

    def add(self, account: Account, password_hash: str) -> None:
        """Raises `EmailTaken`."""
        with unique(one_email, EmailTaken):
            self._connection.execute(
                sa.insert(accounts).values(id=account.id, password_hash=password_hash, **_columns(account))
            )

    def save(self, account: Account) -> None:
        """Raises `EmailTaken`."""
        with unique(one_email, EmailTaken):
            self._connection.execute(
                sa.update(accounts).where(accounts.c.id == account.id).values(_columns(account))
            )

    def lock_out(self, account_id: int, password_hash: str) -> None:
        """Let nobody log in who knows the password of before."""
        own = sa.update(accounts).where(accounts.c.id == account_id)
        self._connection.execute(own.values(password_hash=password_hash))

    def renew(self, known: Credentials, password_hash: str) -> None:
        """Keep another hash of the same password, unless that was changed since."""
        same = (accounts.c.id == known.account_id) & (accounts.c.password_hash == known.password_hash)
        self._connection.execute(sa.update(accounts).where(same).values(password_hash=password_hash))

    def is_erased(self, account_id: int) -> bool:
        erased = sa.select(accounts.c.erased_at.is_not(None)).where(accounts.c.id == account_id)
        return bool(self._connection.scalar(erased))

    def other_admins(self, account_id: int) -> int:
        """How many admins there are besides; no admin goes until the transaction ends."""
        lock(self._connection, "admins")
        others = sa.and_(accounts.c.role == Role.ADMIN, accounts.c.id != account_id)
        counted = sa.select(sa.func.count()).where(others, accounts.c.erased_at.is_(None))
        return self._connection.scalar(counted) or 0

    def get(self, account_id: int) -> Account:
        """Raises `NotFound`."""
        row = self._connection.execute(_ACCOUNTS.where(accounts.c.id == account_id)).first()
        if row is None:
            raise NotFound()
        return _account(row)

    def lock(self, account_id: int) -> Account:
        """The account, which nobody else can change until the transaction ends. Raises `NotFound`."""
        self._connection.execute(for_change(sa.select(accounts.c.id).where(accounts.c.id == account_id)))
        return self.get(account_id)

    def credentials(self, email: str) -> Credentials | None:
        """What the log-in with this address has to match; None where there is no such account."""
        row = self._connection.execute(
            sa.select(accounts.c.id, accounts.c.password_hash).where(
                sa.func.lower(accounts.c.email) == sa.func.lower(email)
            )
        ).first()
        return None if row is None else Credentials(row.id, row.password_hash)

    def all(self) -> Iterator[Account]:
        for rows in in_batches(self._connection, _ACCOUNTS, accounts.c.id):
            yield from map(_account, rows)


def _columns(account: Account) -> dict[str, Any]:
    columns = asdict(account)
    del columns["id"], columns["tutor_profile_id"]
    return columns


def _account(row: Any) -> Account:
    return Account(
        id=row.id,
        email=row.email,
        name=row.name,
        role=Role(row.role),
        timezone=row.timezone,
        locale=row.locale,
        created_at=row.created_at,
        tutor_profile_id=row.tutor_profile_id,
        version=row.version,
        erased_at=row.erased_at,
    )
