"""The events' description: AsyncAPI 3.0, made from the contracts, for whoever binds a queue of its own."""

from __future__ import annotations

import inspect
from typing import Any

from chassis import wire
from contracts.message import Event, kinds_of, name_of, owner_of
from gateway.shapes import Shapes

Object = dict[str, Any]

_ABOUT = """What the platform tells: every committed change, at least once, each thing's changes in order.

Bind a durable queue to an exchange with the event's name, or `#` for all of an owner's. Bodies
are CloudEvents 1.0 in JSON; `sequence` is the version of `subject`: of two events about one
subject the higher one is the later truth."""


def describe(events: list[type[Event]], version: str) -> Object:
    """The whole document."""
    shapes = Shapes("Tutoring", version)
    messages = {event.__name__: _message(event, shapes) for event in events}
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Tutoring, as it is told", "version": version, "description": _ABOUT},
        "defaultContentType": wire.EVENT_CONTENT_TYPE,
        "channels": {name_of(event): _channel(event) for event in events},
        "operations": {f"tell_{name_of(event)}": _operation(event) for event in events},
        "components": {"messages": messages, "schemas": shapes.spec.to_dict()["components"]["schemas"]},
    }


def all_events() -> list[type[Event]]:
    """Every event that is told: the kinds without kinds of their own, by owner and name."""
    return sorted(kinds_of(Event), key=lambda event: (owner_of(event), event.__name__))


def _channel(event: type[Event]) -> Object:
    exchange = {"name": wire.events_exchange(owner_of(event)), "type": "topic", "durable": True}
    return {
        "address": name_of(event),
        "messages": {event.__name__: {"$ref": f"#/components/messages/{event.__name__}"}},
        "bindings": {"amqp": {"is": "routingKey", "exchange": exchange, "bindingVersion": "0.3.0"}},
    }


def _operation(event: type[Event]) -> Object:
    return {
        "action": "send",
        "channel": {"$ref": f"#/channels/{name_of(event)}"},
        "summary": (inspect.getdoc(event) or "").partition("\n")[0],
    }


def _message(event: type[Event], shapes: Shapes) -> Object:
    text = {"type": "string"}
    attributes = {
        "specversion": {"const": "1.0"},
        "id": text,
        "source": {"const": f"/{owner_of(event)}"},
        "type": {"const": name_of(event)},
        "subject": text,
        "time": {"type": "string", "format": "date-time"},
        "datacontenttype": {"const": wire.CONTENT_TYPE},
        "dataschema": text,
        "sequence": text,
        "correlationid": text,
        "traceparent": text,
    }
    told = {"retold": {"const": True, "description": "It says how things stand: nothing has happened."}}
    envelope = {
        "properties": {**attributes, **told, "data": shapes.of(event)},
        "required": [*attributes, "data"],
    }
    return {
        "name": name_of(event),
        "title": event.__name__,
        "summary": inspect.getdoc(event),
        "contentType": wire.EVENT_CONTENT_TYPE,
        "payload": {"type": "object", **envelope},
    }
