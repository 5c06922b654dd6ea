"""How a process connects to PostgreSQL: without stopping its greenlets, with a limit on everything.

Four things are put right here once. psycopg knows nothing of eventlet and would freeze the whole
process for the length of every query. A server that hangs, or a network that swallows packets,
would keep the caller for ever, since the server's own limits do not help then. What was prepared
before a migration can not be used after it. And the text of an error would carry the values of
the offending row into logs.
"""

from __future__ import annotations

import selectors
import sys
from typing import Any

import psycopg
import psycopg.waiting
import sqlalchemy as sa
from psycopg import errors
from sqlalchemy.engine import URL, Dialect, ExceptionContext, make_url

CONNECT_SECONDS = 3
STATEMENT_SECONDS = 5
LOCK_SECONDS = 3
IDLE_IN_TRANSACTION_SECONDS = 10
SERVER_SECONDS = STATEMENT_SECONDS + 2  # the server keeps its own limits, unless it hangs

_PREPARED_AFTER = 3  # times that a connection was asked the same


class Impatient(psycopg.Connection[Any]):
    """A connection that gives a silent server up, and itself with it."""

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        try:
            return super().wait(gen, interval=interval, timeout=timeout or SERVER_SECONDS)
        except errors._WaitTimeout:  # noqa: SLF001 - psycopg has no public name for it
            self.close()
            raise psycopg.OperationalError("The server did not answer in time.") from None


def driver_url(url: str) -> URL:
    """The URL as SQLAlchemy wants it, whichever way it names PostgreSQL."""
    return make_url(url.replace("postgres://", "postgresql://", 1)).set(drivername="postgresql+psycopg")


def connect_arguments(application: str, prepared_statements: bool) -> dict[str, Any]:
    """What every connection of a service is told.

    Statements that the server has prepared cost it a third less; they do not survive a connection pooler in
    transaction mode, which gives each transaction another of its connections.
    """
    limits = {
        "statement_timeout": f"{STATEMENT_SECONDS}s",
        "lock_timeout": f"{LOCK_SECONDS}s",
        "idle_in_transaction_session_timeout": f"{IDLE_IN_TRANSACTION_SECONDS}s",
        "timezone": "UTC",
    }
    return {
        "application_name": application,
        "connect_timeout": CONNECT_SECONDS,
        "options": " ".join(f"-c {name}={value}" for name, value in limits.items()),
        "prepare_threshold": _PREPARED_AFTER if prepared_statements else None,
    }


def disarm(engine: sa.Engine) -> None:
    """Have the engine connect impatiently, leave what is outdated, and tell errors without values of rows."""
    sa.event.listen(engine, "do_connect", _connect)
    sa.event.listen(engine, "handle_error", _leave_outdated)
    sa.event.listen(engine, "handle_error", _without_detail)


def wait_green() -> None:
    """Where eventlet has patched the process, have psycopg wait by the patched selectors.

    Raises `RuntimeError` where psycopg was imported too early for that.
    """
    if not _is_green():
        return
    psycopg.waiting.wait = psycopg.waiting.wait_selector
    if vars(psycopg.waiting)["DefaultSelector"] is not selectors.DefaultSelector:
        raise RuntimeError("psycopg was imported before eventlet patched the process")


def _is_green() -> bool:
    patcher = sys.modules.get("eventlet.patcher")
    return patcher is not None and bool(patcher.is_monkey_patched("select"))


def _connect(_: Dialect, __: Any, arguments: list[Any], options: dict[str, Any]) -> Impatient:
    return Impatient.connect(*arguments, **options)


def _leave_outdated(context: ExceptionContext) -> None:
    """A statement was prepared before its table was changed: the connection is of no use any more."""
    diagnosis = getattr(context.original_exception, "diag", None)
    if diagnosis is not None and diagnosis.source_function == "RevalidateCachedQuery":
        context.is_disconnect = True


def _without_detail(context: ExceptionContext) -> None:
    for error in (context.original_exception, context.sqlalchemy_exception):
        if error is not None and error.args:
            error.args = (str(error.args[0]).partition("\nDETAIL:")[0], *error.args[1:])
