"""The database of a service: a bounded pool, transactions, retries, and the words stores are written in.

What the database can not do at the moment is told as `Unavailable`; what the statements
themselves got wrong is left to their author. How connections are made is `chassis.connections`'
concern.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import Connection, Engine, MetaData, Select, Table
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from sqlalchemy.sql.dml import ReturningInsert

from chassis import metrics
from chassis.connections import connect_arguments, disarm, driver_url, wait_green
from chassis.settings import Settings
from contracts.errors import Unavailable

R = TypeVar("R")
S = TypeVar("S", bound=tuple[Any, ...])

POOL_SECONDS = 3  # how long to wait for a free connection
RETRIES = 3

_TELL, _HINTS = "tell", "hints"  # in what a connection remembers

# SQLSTATEs after which the same work may well succeed: serialization failure, deadlock.
_TRY_AGAIN = frozenset({"40001", "40P01"})
# … and beginnings of those that say "not now": lock and statement timeout; out of connections, disk
# or memory (class 53); server starting or stopping (57P); connection failed (08).
_NOT_NOW = (*_TRY_AGAIN, "55P03", "57014", "53", "57P", "08")


@dataclass(frozen=True)
class Database:
    """A pool of connections to one service's database. Connects when first used, and again after a loss.

    `told` is set by each commit that `tell_after_commit` was said for; whoever waits for it clears it.
    `hint` is given, after the commit, what `hint_after_commit` was; it must not raise.
    """

    engine: Engine
    hint: Callable[[Any], None] = field(default=lambda _: None, repr=False)
    told: threading.Event = field(default_factory=threading.Event, repr=False)

    @contextmanager
    def transaction(self, *, read_only: bool = False) -> Iterator[Connection]:
        """A transaction, committed at the end, rolled back on any exception. Raises `Unavailable`."""
        with _telling_unavailable(), _transaction(self, read_only) as connection:
            yield connection

    def connections_in_use(self) -> int:
        """How many connections are out of the pool now."""
        return self.engine.pool.checkedout()  # type: ignore[attr-defined]

    def close(self) -> None:
        """Close all idle connections."""
        self.engine.dispose()


def create_database(settings: Settings, hint: Callable[[Any], None] = lambda _: None) -> Database:
    """The database that the settings name; nothing is connected yet."""
    wait_green()
    engine = sa.create_engine(
        driver_url(settings.database_url),
        hide_parameters=True,  # personal data would reach the logs with the text of an error
        pool_size=settings.pool_size,
        max_overflow=0,
        pool_timeout=POOL_SECONDS,
        connect_args=connect_arguments(settings.service, settings.prepared_statements),
    )
    disarm(engine)
    database = Database(engine, hint)
    metrics.watch_pool(database.connections_in_use)
    return database


def retrying(database: Database, work: Callable[[Connection], R], *, read_only: bool = False) -> R:
    """The result of the work, done in one committed transaction. Raises `Unavailable`.

    Deadlocks and serialization failures are tried three times more. A lost connection is tried once
    more, since the pool may have kept it over a restart of the server; that saves a question to the
    server before each transaction. The work must have no effect elsewhere.
    """
    with _telling_unavailable():
        for failures in range(RETRIES + 1):
            try:
                with _transaction(database, read_only) as connection:
                    return work(connection)
            except DBAPIError as error:
                if not _worth_repeating(error, failures):
                    raise
            _pause(failures)
    raise AssertionError("the last failure was raised")


# --- words for stores -----------------------------------------------------------------------------


class Instant(sa.types.TypeDecorator[datetime]):
    """An aware datetime, in UTC when it comes back."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _: Any) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("an instant needs its offset")
        return value

    def process_result_value(self, value: datetime | None, _: Any) -> datetime | None:
        return None if value is None else value.astimezone(UTC)


def new_metadata() -> MetaData:
    """Metadata whose constraints and indexes are named by one rule. Exclusion constraints name themselves."""
    return MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
        }
    )


def for_change(wanted: Select[S], *, of: Table | None = None, skip_locked: bool = False) -> Select[S]:
    """The rows (of one table) locked until the transaction ends against their change, not against references.

    Who writes a row that refers to one of them has to see that it is there. By a lock against that too he
    would wait for us, while we may wait for what he has locked before.
    """
    return wanted.with_for_update(key_share=True, of=of, skip_locked=skip_locked)


def upsert_newer(connection: Connection, table: Table, values: dict[str, Any]) -> bool:
    """Write the row unless the stored one has the same or a later `version`; says whether it was written."""
    # The count of rows is unknown after ON CONFLICT; what is returned is not.
    return connection.execute(_upsert_newer(table, *values), values).first() is not None


def lock(connection: Connection, *names: str) -> None:
    """Hold these names until the transaction ends; whoever else locks one of them waits.

    Always taken in the same order, so that two that need the same names can not block each other.
    """
    if names:
        connection.execute(_LOCK, {"names": sorted(set(names))})


def try_lock(connection: Connection, name: str) -> bool:
    """Hold the name until the transaction ends, unless somebody else holds it."""
    return bool(connection.scalar(_TRY_LOCK, {"name": name}))


def obtained(name: sa.BindParameter[str]) -> sa.ColumnElement[bool]:
    """Whether `try_lock` held the name, as a part of a statement."""
    return sa.func.pg_try_advisory_xact_lock(sa.func.hashtextextended(name, 0))


def tell_after_commit(connection: Connection) -> None:
    """Have `Database.told` set once this transaction has committed, and only then."""
    connection.info[_TELL] = True


def hint_after_commit(connection: Connection, hint: object) -> None:
    """Have it given to `Database.hint` once this transaction has committed, and only then."""
    connection.info.setdefault(_HINTS, []).append(hint)


def violated(error: IntegrityError) -> str:
    """The name of the constraint that was violated."""
    return getattr(error.orig, "diag").constraint_name or ""  # noqa: B009 - known to psycopg only


@cache
def _upsert_newer(table: Table, *columns: str) -> ReturningInsert[Any]:
    """Made once for each table and the columns that are told, since copies are written with every event."""
    key = list(table.primary_key.columns)
    statement = insert(table).values({name: sa.bindparam(name) for name in columns})
    news = {name: statement.excluded[name] for name in columns if name not in table.primary_key.columns}
    newer = table.c.version < statement.excluded.version
    return statement.on_conflict_do_update(index_elements=key, set_=news, where=newer).returning(*key)


_LOCK = sa.text(  # an array is gone through in its order
    "SELECT pg_advisory_xact_lock(hashtextextended(name, 0)) FROM unnest(CAST(:names AS text[])) AS name"
)
_TRY_LOCK = sa.select(obtained(sa.bindparam("name")))


# --- transactions ---------------------------------------------------------------------------------


@contextmanager
def _transaction(database: Database, read_only: bool) -> Iterator[Connection]:
    with database.engine.connect() as connection:
        if read_only:
            connection.execution_options(postgresql_readonly=True)
        transaction = connection.begin()
        for what in (_TELL, _HINTS):
            connection.info.pop(what, None)  # of a transaction that was rolled back
        yield connection
        try:
            transaction.commit()
        except DBAPIError as error:
            if error.connection_invalidated and not read_only:
                raise Unavailable() from error  # it may have been committed: not to be done twice
            raise
        if connection.info.pop(_TELL, False):
            database.told.set()
        for hint in connection.info.pop(_HINTS, ()):
            database.hint(hint)


@contextmanager
def _telling_unavailable() -> Iterator[None]:
    try:
        yield
    except PoolExhausted as error:
        raise Unavailable() from error
    except DBAPIError as error:
        if _is_not_now(error):
            raise Unavailable() from error
        raise


def _worth_repeating(error: DBAPIError, failures: int) -> bool:
    if error.connection_invalidated:
        return failures == 0
    return failures < RETRIES and _sqlstate(error) in _TRY_AGAIN


def _is_not_now(error: DBAPIError) -> bool:
    state = _sqlstate(error)
    never_connected = isinstance(error, OperationalError) and not state
    return error.connection_invalidated or never_connected or state.startswith(_NOT_NOW)


def _sqlstate(error: DBAPIError) -> str:
    return getattr(error.orig, "sqlstate", None) or ""


def _pause(failures: int) -> None:
    """Keep rivals apart: up to 20, 40, 80 ms."""
    time.sleep(0.02 * 2**failures * random.random())  # noqa: S311 - nothing secret
