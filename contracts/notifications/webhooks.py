"""Webhooks: addresses of strangers that are told what concerns their owners.

Which events there are to subscribe to follows from the contracts: all that concern somebody.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, ClassVar

from marshmallow import validate

from contracts import booking, catalog, reviews, scheduling
from contracts.catalog import DoneView
from contracts.fields import line, one_of, word
from contracts.message import Command, Event, Query, View, kinds_of, name_of
from contracts.values import Count, Flag, Id, Instant, Line, Page, PageSize, Version, WebAddress

_OWNERS = (booking, catalog, reviews, scheduling)  # imported, so that all of their events are known

OUTSIDE: tuple[type[Event], ...] = tuple(
    sorted((kind for kind in kinds_of(Event) if kind.concerns or kind.concerns_tutors), key=name_of)
)
EVERYTHING = "*"

_SOME = {"validate": validate.Length(1, 50)}

EventName = Annotated[str, one_of((EVERYTHING, *map(name_of, OUTSIDE)))]
Secret = Annotated[str, line(100)]


class WebhookStatus(StrEnum):
    ACTIVE = "active"
    PAUSED = "paused"


class WebhookDeliveryStatus(StrEnum):
    QUEUED = "queued"
    DELIVERED = "delivered"
    FAILED = "failed"


WebhookStatusName = Annotated[WebhookStatus, word(WebhookStatus)]
WebhookDeliveryStatusName = Annotated[WebhookDeliveryStatus, word(WebhookDeliveryStatus)]


@dataclass(frozen=True)
class WebhookView(View):
    """`secret` is shown when it is made and never again; the one before it signs until `rotated_until`."""

    id: Id
    url: WebAddress
    event_types: list[EventName]
    description: Line
    status: WebhookStatusName
    created_at: Instant
    version: Version
    paused_because: Line | None = None
    rotated_until: Instant | None = None
    secret: Secret | None = field(default=None, repr=False)


@dataclass(frozen=True)
class WebhookPage(View):
    items: list[WebhookView]
    total: Count
    page: Page
    page_size: PageSize


@dataclass(frozen=True)
class CreateWebhook(Command[WebhookView]):
    """Have an address told of events: of those that concern the caller; for an admin, of all.

    Each event is sent as it is on the bus, a CloudEvent in JSON, with the signature of
    Standard Webhooks. What is not answered with 2xx within ten seconds is tried again for
    five days; then, or at a 410, the webhook is paused. `*` stands for every type of event.
    Refuses with AddressNotAllowed, TooManyWebhooks.
    """

    answer_is_secret: ClassVar = True
    url: WebAddress
    event_types: list[EventName] = field(metadata=_SOME)
    description: Line = ""


@dataclass(frozen=True)
class ListWebhooks(Query[WebhookPage]):
    """The caller's webhooks, the oldest first."""

    page: Page = 1
    page_size: PageSize = 20


@dataclass(frozen=True)
class GetWebhook(Query[WebhookView]):
    """One of the caller's webhooks."""

    webhook_id: Id


@dataclass(frozen=True)
class UpdateWebhook(Command[WebhookView]):
    """Change what is given; `status` pauses a webhook or has it go on.

    With `rotate_secret` a new secret is made and shown; the old one signs as well for 24 hours.
    Refuses with AddressNotAllowed, Stale.
    """

    answer_is_secret: ClassVar = True
    webhook_id: Id
    url: WebAddress | None = None
    event_types: list[EventName] | None = field(default=None, metadata=_SOME)
    description: Line | None = None
    status: WebhookStatusName | None = None
    rotate_secret: Flag = False
    expected_version: Version | None = None


@dataclass(frozen=True)
class RemoveWebhook(Command[DoneView]):
    """Tell the address nothing more, and forget what it was told."""

    webhook_id: Id


@dataclass(frozen=True)
class WebhookAttempt(View):
    """One try: what was answered, or in a word why nothing was."""

    at: Instant
    duration_ms: Count
    status: Count | None = None
    error: Line | None = None


@dataclass(frozen=True)
class WebhookDelivery(View):
    """An event on its way to one address; `event_id` is its `webhook-id`, the same at each attempt."""

    id: Id
    webhook_id: Id
    event_id: Line
    event_type: Line
    status: WebhookDeliveryStatusName
    created_at: Instant
    attempts: list[WebhookAttempt]
    next_attempt_at: Instant | None = None


@dataclass(frozen=True)
class WebhookDeliveryPage(View):
    items: list[WebhookDelivery]
    total: Count
    page: Page
    page_size: PageSize


@dataclass(frozen=True)
class ListWebhookDeliveries(Query[WebhookDeliveryPage]):
    """What was sent, or is to be sent, to one of the caller's webhooks in the last 30 days, newest first."""

    webhook_id: Id
    status: WebhookDeliveryStatusName | None = None
    page: Page = 1
    page_size: PageSize = 20


@dataclass(frozen=True)
class ResendWebhookDelivery(Command[WebhookDelivery]):
    """Send it again at once, and from there on as if it were new. Refuses with WebhookPaused."""

    webhook_id: Id
    delivery_id: Id


@dataclass(frozen=True)
class PingWebhook(Command[WebhookDelivery]):
    """Send the address an event of the type `webhook_pinged`. Refuses with WebhookPaused."""

    webhook_id: Id
