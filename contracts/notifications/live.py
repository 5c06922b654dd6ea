"""The live stream: what concerns a person, in the order in which it was taken down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from contracts.fields import prose
from contracts.message import Event, Query, View
from contracts.values import Count, Id, Instant, Line

MOST_AT_ONCE = 100

Json = Annotated[str, prose(100_000)]


@dataclass(frozen=True)
class LiveEvent(View):
    """`data` is JSON, in the shape that the event of this type has on the bus."""

    id: Id
    type: Line
    data: Json
    at: Instant


@dataclass(frozen=True)
class LivePage(View):
    """The oldest that were asked for, and the id of the newest that there is."""

    items: list[LiveEvent]
    newest: Count


@dataclass(frozen=True)
class ListLiveEvents(Query[LivePage]):
    """The caller's notifications, bookings and whatever else concerns them, as it happens.

    A stream of server-sent events: `event` is the type as on the bus, `data` its data, `id` where
    to go on from. It begins now, or after the id in the header `Last-Event-ID` or the
    parameter `after`; ids are kept for seven days. A comment comes every 15 seconds.
    The stream ends with the access token it was opened with: connect again with a new one.
    The token goes into the `Authorization` header as everywhere, never into the address, where
    it would be logged: a browser reads the stream with `fetch`, since `EventSource` can not
    send headers.
    """

    after: Count | None = None


@dataclass(frozen=True)
class LiveEventsCreated(Event):
    """There is news in the live streams of these people, up to this id: every gateway wakes theirs."""

    subject_field: ClassVar = "newest"
    sequence_field: ClassVar = "newest"
    account_ids: list[Id]
    newest: Id
