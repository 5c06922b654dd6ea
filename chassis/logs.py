"""What a process says of itself: one JSON object a line on standard output, each an event with fields.

Whoever logs asks `structlog.get_logger()`, here configured once. The correlation id and the door
come from structlog's context variables. What libraries say from WARNING on, Python's warnings and
whatever is printed to standard error go the same way. Writing never waits (`chassis.log_buffer`)
and nothing private is written (`chassis.discretion`).
"""

from __future__ import annotations

import atexit
import io
import json
import logging
import os
import sys
from collections.abc import Callable, MutableMapping
from contextlib import suppress
from typing import Any

import structlog

from chassis.discretion import discreet
from chassis.log_buffer import LogBuffer
from chassis.settings import Settings

Fields = MutableMapping[str, Any]

STANDARD_OUTPUT = 1


def configure(settings: Settings) -> None:
    """Have everything that this process says written as the settings want it, from now on."""
    global _buffer
    _buffer = LogBuffer(STANDARD_OUTPUT)
    out = _Out(_buffer.put)
    structlog.configure(
        processors=_processors(settings),
        wrapper_class=structlog.make_filtering_bound_logger(settings.log_level),
        logger_factory=lambda *_: out,
        cache_logger_on_first_use=True,
    )
    _route_libraries()
    sys.stderr = _Spoken()
    atexit.register(flush)


def flush(seconds: float = 1.0) -> bool:
    """Wait, no longer than that, until all that was said is written; says whether it is."""
    return _buffer is None or _buffer.flush(seconds)


def dropped() -> int:
    """How many lines were lost because nobody read them in time."""
    return 0 if _buffer is None else _buffer.dropped


_buffer: LogBuffer | None = None


# --- from fields to a line ------------------------------------------------------------------------


def _processors(settings: Settings) -> list[Any]:
    return [
        structlog.contextvars.merge_contextvars,
        _naming(settings.service),
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        lambda _, __, fields: discreet(fields),
        _pretty() if settings.log_format == "console" else _as_json,
    ]


def _naming(service: str) -> Callable[[Any, str, Fields], Fields]:
    def name(_: Any, __: str, fields: Fields) -> Fields:
        return {"service": service, **fields}

    return name


def _pretty() -> structlog.dev.ConsoleRenderer:
    # Plain tracebacks: the beautiful ones show the values of variables.
    return structlog.dev.ConsoleRenderer(
        colors=os.isatty(STANDARD_OUTPUT), exception_formatter=structlog.dev.plain_traceback
    )


def _as_json(_: Any, __: str, fields: Fields) -> str:
    first = {name: fields.pop(name, None) for name in ("timestamp", "level", "service", "event")}
    return json.dumps({**first, **fields}, ensure_ascii=False)


class _Out:
    """What structlog writes to."""

    def __init__(self, put: Callable[[str], None]) -> None:
        self.debug = self.info = self.warning = self.error = self.critical = self.exception = put


# --- what others say ------------------------------------------------------------------------------


def _route_libraries() -> None:
    logging.raiseExceptions = False
    logging.captureWarnings(True)
    logging.basicConfig(handlers=[_FromLibraries()], level=logging.WARNING, force=True)


class _FromLibraries(logging.Handler):
    """Says again what a library says by the standard library's logging."""

    def emit(self, record: logging.LogRecord) -> None:
        with suppress(TypeError, ValueError):  # a message that does not fit its arguments
            logger = structlog.get_logger(library=record.name)
            logger.log(record.levelno, record.getMessage(), exc_info=record.exc_info)


class _Spoken(io.TextIOBase):
    """Standard error: what the interpreter and the hub print, line by line."""

    def __init__(self) -> None:
        self._begun = ""

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        *lines, self._begun = (self._begun + text).split("\n")
        for line in filter(str.strip, lines):
            structlog.get_logger().warning("stderr", text=line)
        return len(text)
