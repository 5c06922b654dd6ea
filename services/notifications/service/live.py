"""The live streams: taken down here in order, passed on by every gateway, which is woken by what is new."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from chassis import wire
from chassis.service import Service, answers, every
from chassis.unit import Unit
from contracts.message import Event, dump, name_of
from contracts.notifications import MOST_AT_ONCE, ListLiveEvents, LiveEventsCreated, LivePage
from services.notifications.store import LiveStreams, News

KEPT = timedelta(days=7)


class Live(Service):
    @answers(ListLiveEvents)
    def list_live(self, request: ListLiveEvents, unit: Unit) -> LivePage:
        streams, me = LiveStreams(unit.connection), unit.actor.id
        newest = streams.newest(me)
        if request.after is None or request.after >= newest:
            return LivePage([], newest)
        return LivePage(streams.after(me, request.after, MOST_AT_ONCE), newest)

    @every(minutes=10)
    def forget_streams(self, unit: Unit) -> None:
        LiveStreams(unit.connection).forget(unit.now - KEPT)


def news(account_id: int, event: Event) -> News:
    """The event as it goes into somebody's stream."""
    return News(account_id, name_of(type(event)), wire.encode(dump(event)).decode())


def stream(found: Sequence[News], unit: Unit) -> None:
    """Put it into the streams. Once in a unit."""
    if found:
        newest = LiveStreams(unit.connection).add(found, unit.now)
        unit.hint(LiveEventsCreated(sorted({each.account_id for each in found}), newest))
