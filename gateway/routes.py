"""What a route is, and how a method and a path find theirs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from marshmallow import fields

from chassis.rpc import Answer
from contracts.errors import NotFound
from contracts.message import Request, reply_of, schema_of
from gateway.asking import Asking
from gateway.calls import Call, Reply
from gateway.problems import MethodNotAllowed, NoSuchPath

Handler = Callable[[Any, Asking], Answer | Reply]

JSON = "application/json"
CALENDAR = "text/calendar"
EVENT_STREAM = "text/event-stream"

_PARAMETER = re.compile(r"{(\w+)}")


def of_owner(request: Request[Any], asking: Asking) -> Answer:
    """Ask the one who owns the request: what nearly every route does."""
    return asking.ask(request)


@dataclass(frozen=True)
class Route:
    """A method and a path that stand for one request.

    The path names fields of the request, `query` those that a command takes from the query
    string; the rest comes from the body, or, with GET and DELETE, from the query string.
    `form` is what a caller sends and `view` what it gets where that is not what the owner
    takes and gives; `handler` knows the way between, or makes the whole reply. An answer of another
    `media_type` than JSON is a file or a stream. `read` makes the fields of a call that is taken as it
    came, since its sender signed it so. `guarded` routes are those at which somebody may guess;
    `scheduled` ones are asked by no person, but by the operator's scheduler; at `nameless` ones the body
    alone opens something, and a token beside it, which may have expired, is not looked at; of a `secret`
    one the path is the key, and never repeated.
    """

    method: str
    path: str
    request: type[Request[Any]]
    status: int = 200
    query: tuple[str, ...] = ()
    location: str | None = None
    form: type | None = None
    view: type | None = None
    handler: Handler = of_owner
    media_type: str = JSON
    read: Callable[[Call], dict[str, Any]] | None = None
    guarded: bool = False
    scheduled: bool = False
    nameless: bool = False
    secret: bool = False

    @property
    def sent(self) -> type:
        """The shape that a caller sends."""
        return self.form or self.request

    @property
    def answered(self) -> type:
        """The shape that a caller gets."""
        return self.view or reply_of(self.request)

    @property
    def fields(self) -> Mapping[str, fields.Field[Any]]:
        """The fields that a caller sends, by their names on the wire."""
        known = schema_of(self.sent).fields
        return {field.data_key or name: field for name, field in known.items()}

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names in the path, in order."""
        return tuple(_PARAMETER.findall(self.path))

    @property
    def has_tag(self) -> bool:
        """Whether its answers carry an ETag, and need not be sent to who has them."""
        return self.method == "GET" and self.media_type != EVENT_STREAM


@dataclass(frozen=True)
class Page:
    """Something of the gateway's own to be read: its health, its documents; shown with one of `statuses`."""

    path: str
    summary: str
    media_type: str
    show: Callable[[Call], Reply]
    statuses: tuple[int, ...] = (200,)

    method = "GET"
    guarded = False
    secret = False


class Table:
    """All routes and pages. HEAD finds what GET does; of paths that fit, the one that says most is meant."""

    def __init__(self, doors: Iterable[Route | Page]) -> None:
        found: dict[int, dict[str, _Path]] = {}
        for door in doors:
            of_length = found.setdefault(door.path.count("/"), {})
            path = of_length.setdefault(_PARAMETER.sub("{}", door.path), _Path(door))
            path.doors[door.method] = door
        self._by_length = {
            length: sorted(paths.values(), key=attrgetter("says"), reverse=True)
            for length, paths in found.items()
        }

    def find(self, method: str, path: str) -> tuple[Route | Page, dict[str, Any]]:
        """The door and the arguments in its path. Raises `NoSuchPath`, `MethodNotAllowed`."""
        known, match = self._match(path)
        door = known.doors.get("GET" if method == "HEAD" else method)
        if door is None:
            raise MethodNotAllowed(allow=", ".join(known.methods))
        return door, _arguments(door, match)

    def methods(self, path: str) -> list[str]:
        """What can be done at the path. Raises `NoSuchPath`."""
        return self._match(path)[0].methods

    def shown(self, path: str) -> str:
        """The path as it may be repeated: its template, where it holds a secret."""
        try:
            doors = self._match(path)[0].doors.values()
        except NoSuchPath:
            return path
        return next((door.path for door in doors if door.secret), path)

    def _match(self, path: str) -> tuple[_Path, re.Match[str]]:
        for known in self._by_length.get(path.count("/"), ()):
            if match := known.pattern.fullmatch(path):
                return known, match
        raise NoSuchPath()


class _Path:
    """One path with what each method finds there."""

    def __init__(self, door: Route | Page) -> None:
        fixed = _PARAMETER.split(door.path)[::2]
        self.pattern = re.compile("([^/]+)".join(re.escape(part) for part in fixed))
        self.says = len("".join(fixed))  # how much of it is no parameter
        self.doors: dict[str, Route | Page] = {}

    @property
    def methods(self) -> list[str]:
        head = ["HEAD"] if "GET" in self.doors else []
        return sorted([*self.doors, *head, "OPTIONS"])


def _arguments(door: Route | Page, match: re.Match[str]) -> dict[str, Any]:
    if isinstance(door, Page):
        return {}
    texts = zip(door.parameters, match.groups(), strict=True)
    return {name: _argument(door.fields[name], text) for name, text in texts}


def _argument(field: fields.Field[Any], text: str) -> Any:
    """The text as the field wants it; an id that is no number names nothing."""
    if not isinstance(field, fields.Integer):
        return text
    if not re.fullmatch("[1-9][0-9]{0,15}", text):
        raise NotFound()
    return int(text)
