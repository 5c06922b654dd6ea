"""The shape of messages on the broker: names of exchanges and queues, JSON, CloudEvents.

Says what is sent where; sends nothing itself. Event bodies are CloudEvents 1.0 in the
structured JSON mode, so that a consumer in any language needs the body alone.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import simplejson
from marshmallow import ValidationError

from contracts.formats import format_instant, parse_instant
from contracts.message import Event, dump, load, name_of, owner_of

REQUESTS = "requests"
REPLIES = "replies"
CONTENT_TYPE = "application/json"
EVENT_CONTENT_TYPE = "application/cloudevents+json"


class Malformed(Exception):
    """A message that no handler can ever read."""


@dataclass(frozen=True)
class Outgoing:
    """One message to publish. `expires_in` is in seconds; a durable one survives a restart of the broker."""

    exchange: str
    routing_key: str
    body: bytes
    headers: dict[str, Any] = field(default_factory=dict)
    content_type: str = CONTENT_TYPE
    durable: bool = True
    expires_in: float | None = None
    message_id: str | None = None
    correlation_id: str | None = None
    reply_to: str | None = None
    mandatory: bool = False


@dataclass(frozen=True)
class Told:
    """An event as it arrived, with the attributes that its handling needs."""

    id: str
    correlation_id: str
    event: Event
    envelope: dict[str, Any]
    time: datetime | None = None  # by the clock of its owner

    @property
    def again(self) -> bool:
        """Whether it only says how things stand: nothing has happened."""
        return self.envelope.get("retold") is True


def events_exchange(owner: str) -> str:
    """Where the owner tells its events; the routing key is the event's name."""
    return f"{owner}.events"


def request_queue(service: str) -> str:
    """Where the service takes requests from."""
    return f"{service}.requests.v1"


def handler_queue(handler: str) -> str:
    """Where one consuming method, `service.method`, takes events from."""
    return f"{handler}.v1"


def retry_exchange(service: str) -> str:
    """Takes what shall come back later, sorted by the header `stage` into delay queues."""
    return f"{service}.retry"


def retry_queue(service: str, seconds: float) -> str:
    """Holds messages for that long."""
    return f"{service}.retry.{seconds:g}s.v1"


def returns_exchange(service: str) -> str:
    """Brings delayed and replayed messages back; the routing key is the handler's queue."""
    return f"{service}.returns"


def dead_exchange(service: str) -> str:
    """Takes what could not be handled."""
    return f"{service}.dead"


def dead_queue(service: str) -> str:
    """Holds dead letters until they are filed in the service's database."""
    return f"{service}.dead.v1"


def told_headers(correlation_id: str, report_to: str | None = None) -> dict[str, str]:
    """Of an event; whoever has taken it says so at `report_to`, the reply queue of whoever caused it."""
    wanted = {"report_to": report_to} if report_to else {}
    return {"correlation_id": correlation_id, **wanted}


def hint(event: Event, event_id: str, now: datetime, correlation_id: str) -> Outgoing:
    """An event for whoever listens just then; it is kept for nobody."""
    return Outgoing(
        events_exchange(owner_of(type(event))),
        name_of(type(event)),
        encode(cloud_event(event, event_id, now, correlation_id)),
        told_headers(correlation_id),
        content_type=EVENT_CONTENT_TYPE,
        durable=False,
        message_id=event_id,
    )


def reply(to: str, body: bytes, correlation_id: str) -> Outgoing:
    """An answer on its way back."""
    return Outgoing(REPLIES, to, body, durable=False, correlation_id=correlation_id)


def report(to: str, handler: str, event_id: str) -> Outgoing:
    """Word that the handler has taken the event."""
    return Outgoing(REPLIES, to, b"", {"handler": handler}, durable=False, correlation_id=event_id)


def encode(value: Any) -> bytes:
    """JSON in UTF-8; a `Decimal` becomes a number with the places it has."""
    return simplejson.dumps(
        value, use_decimal=True, allow_nan=False, ensure_ascii=False, separators=(",", ":")
    ).encode()


def decode(body: bytes | str) -> Any:
    """Read JSON; numbers with a fraction become `Decimal`. Raises `Malformed`, also for a name used twice."""
    try:
        return simplejson.loads(body, use_decimal=True, allow_nan=False, object_pairs_hook=_object)
    except (ValueError, TypeError, RecursionError) as error:
        raise Malformed(f"Not JSON: {type(error).__name__}") from error


def traceparent(correlation_id: str, span: str) -> str:
    """A W3C trace context that is the same trace for everything with one correlation id."""
    trace_id = hashlib.sha256(correlation_id.encode()).hexdigest()[:32]
    span_id = hashlib.sha256(span.encode()).hexdigest()[:16]
    return f"00-{trace_id}-{span_id}-01"


def cloud_event(
    event: Event, event_id: str, time: datetime, correlation_id: str, again: bool = False
) -> dict[str, Any]:
    """The event with the CloudEvents 1.0 attributes, as plain JSON values; told `again`, it says so."""
    name = type(event).__name__
    return {
        "specversion": "1.0",
        "id": event_id,
        "source": f"/{owner_of(type(event))}",
        "type": name_of(type(event)),
        "subject": event.subject,
        "time": format_instant(time),
        "datacontenttype": CONTENT_TYPE,
        "dataschema": f"/asyncapi.json#/components/schemas/{name}",
        "sequence": str(event.sequence),
        "correlationid": correlation_id,
        "traceparent": traceparent(correlation_id, event_id),
        **({"retold": True} if again else {}),
        "data": dump(event),
    }


def read_event(body: bytes | str, kinds: dict[str, type[Event]]) -> Told:
    """Read a CloudEvent of one of the given kinds, keyed by type. Raises `Malformed`."""
    envelope = decode(body)
    try:
        kind = kinds[envelope["type"]]
        identity = (str(envelope["id"]), str(envelope.get("correlationid", "")))
        return Told(*identity, load(kind, envelope["data"]), envelope, _time_of(envelope))
    except (KeyError, TypeError, AttributeError) as error:
        raise Malformed(f"Not an event that is consumed here: {type(error).__name__}") from error
    except ValidationError as error:
        raise Malformed(f"Not a valid event: fields {sorted(map(str, error.messages_dict))}") from error


def _time_of(envelope: dict[str, Any]) -> datetime | None:
    """When the event happened, where that is said."""
    if "time" not in envelope:
        return None
    try:
        return parse_instant(envelope["time"])
    except ValidationError as error:
        raise Malformed("Not a valid event: the time is none.") from error


def _object(members: list[tuple[str, Any]]) -> dict[str, Any]:
    """Two readers might take different ones of two members with one name: there must not be two."""
    found = dict(members)
    if len(found) < len(members):
        raise ValueError("A name is there twice.")
    return found
