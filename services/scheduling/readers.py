"""The border to the calendars of strangers: asked by the one way out, understood in a sandbox."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from chassis import sandbox
from chassis.egress import Answer, Egress, NotReached
from contracts.bookable import Block
from contracts.formats import format_instant
from services.scheduling.calendars import Outcome, Read, Task, Trouble, Unchanged

REDIRECTS = 3

_ACCEPT = {"Accept": "text/calendar, */*;q=0.5"}
_NOT_MODIFIED = 304
_TROUBLES = {401: Trouble.LOCKED, 403: Trouble.LOCKED, 404: Trouble.NOT_FOUND, 410: Trouble.NOT_FOUND}

# What an answer names itself by, and how to ask whether it still is the same.
_CONDITIONS = {"etag": "If-None-Match", "last-modified": "If-Modified-Since"}
_SENDABLE = re.compile("[!-~][ -~]{0,199}")


@dataclass(frozen=True)
class Reader:
    """Goes wherever the way out lets it."""

    egress: Egress

    def read(self, task: Task) -> Outcome:
        """Ask the address once, and understand what it answers."""
        try:
            answer = self.egress.get(task.url, {**_ACCEPT, **task.conditions}, REDIRECTS)
        except NotReached as reason:
            return Trouble(reason.word)
        if answer.status == _NOT_MODIFIED and task.conditions:
            return Unchanged()
        if not answer.is_good:
            return _TROUBLES.get(answer.status, Trouble.OUT_OF_ORDER)
        return _understood(task, answer)


def _understood(task: Task, answer: Answer) -> Outcome:
    period = format_instant(task.period.start), format_instant(task.period.end)
    try:
        times = json.loads(sandbox.call("services.scheduling.busy", answer.body, task.zone, *period))
    except sandbox.Broke:
        return Trouble.NOT_A_CALENDAR
    except sandbox.Overran:
        return Trouble.TOO_COMPLICATED
    if times is None:
        return Trouble.TOO_COMPLICATED
    return Read([Block(_instant(start), _instant(end)) for start, end in times], _conditions(answer.headers))


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _conditions(headers: Mapping[str, str]) -> dict[str, str]:
    """What can be sent back as it came; a stranger may have written anything."""
    known = {asked: headers[told] for told, asked in _CONDITIONS.items() if told in headers}
    return {name: value for name, value in known.items() if _SENDABLE.fullmatch(value)}
