"""Webhooks: who is told what at an address, when it is tried again, and when it is let be.

Pure. Each delivery has tries of its own, over five days. An address that does not even answer
rests meanwhile as a whole, so that a dead one costs one try now and then, however much
waits for it; and one that answers slowly is served apart from those that are quick.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar

from standardwebhooks import Webhook as Signer

from contracts.errors import WebhookPaused
from contracts.message import Event
from contracts.notifications import WebhookDeliveryStatus, WebhookStatus, WebhookView
from contracts.values import Id

MOST_WEBHOOKS = 10  # of one account
ROTATION = timedelta(hours=24)
SLOW = timedelta(seconds=1)

# Between the tries of one delivery: five days in all.
PAUSES = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    *(timedelta(hours=hours) for hours in (2, 5, 10, 14, 20, 24, 24, 20)),
)
TRIES = len(PAUSES) + 1
_FIRST_REST = timedelta(seconds=1)
_LONGEST_REST = timedelta(minutes=10)
_GONE = 410


class Pace(StrEnum):
    """How quickly an address answered when it was last asked."""

    SWIFT = "swift"
    SLOW = "slow"


class Pause(StrEnum):
    """Why a webhook is told nothing more until its owner has it go on."""

    ASKED = "asked"
    GONE = "gone"
    KEPT_FAILING = "kept_failing"


@dataclass(frozen=True)
class WebhookPinged(Event):
    """Its owner wants to see whether a webhook works. Sent to that one alone, not told on the bus."""

    subject_field: ClassVar = "webhook_id"
    sequence_field: ClassVar = "webhook_id"
    webhook_id: Id


@dataclass(frozen=True)
class Webhook:
    """An address that its owner has subscribed to events; `hears_all` beyond those that concern the owner."""

    id: int
    account_id: int
    hears_all: bool
    url: str
    event_types: tuple[str, ...]
    description: str
    created_at: datetime
    secret: str = field(repr=False)
    former_secret: str | None = field(default=None, repr=False)
    rotated_until: datetime | None = None
    status: WebhookStatus = WebhookStatus.ACTIVE
    paused_because: Pause | None = None
    version: int = 1

    @property
    def is_paused(self) -> bool:
        return self.status is WebhookStatus.PAUSED

    def must_be_active(self) -> None:
        """Raises `WebhookPaused`."""
        if self.is_paused:
            raise WebhookPaused()

    def secrets_at(self, now: datetime) -> tuple[str, ...]:
        """Those that sign now, the newest first."""
        former = self.former_secret if self.rotated_until and now < self.rotated_until else None
        return (self.secret, former) if former else (self.secret,)

    def rotated(self, secret: str, now: datetime) -> Webhook:
        """With a new secret; the present one signs as well for a while."""
        return replace(self, secret=secret, former_secret=self.secret, rotated_until=now + ROTATION)

    def paused(self, because: Pause) -> Webhook:
        return replace(self, status=WebhookStatus.PAUSED, paused_because=because)

    def resumed(self) -> Webhook:
        return replace(self, status=WebhookStatus.ACTIVE, paused_because=None)

    def view(self, now: datetime, with_secret: bool = False) -> WebhookView:
        """As its owner sees it; the secret only when it is new."""
        return WebhookView(
            id=self.id,
            url=self.url,
            event_types=list(self.event_types),
            description=self.description,
            status=self.status,
            created_at=self.created_at,
            version=self.version,
            paused_because=self.paused_because,
            rotated_until=self.rotated_until if len(self.secrets_at(now)) > 1 else None,
            secret=self.secret if with_secret else None,
        )


@dataclass(frozen=True)
class Sendable:
    """An event as it is sent: `body` is the whole of it, in JSON."""

    event_id: str
    event_type: str
    body: str = field(repr=False)


@dataclass(frozen=True)
class Parcel:
    """An event on its way to an address; `tries` counts this one, `silences` the unanswered ones before."""

    delivery_id: int
    webhook_id: int
    url: str
    secrets: tuple[str, ...] = field(repr=False)
    event_id: str
    body: str = field(repr=False)
    tries: int
    silences: int
    claimed_at: datetime


@dataclass(frozen=True)
class Attempt:
    """How a try went: the status that was answered, or in a word why there was none."""

    duration: timedelta
    status: int | None = None
    error: str | None = None

    @property
    def is_good(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


@dataclass(frozen=True)
class Verdict:
    """What follows from an attempt, for the delivery and for the address."""

    status: WebhookDeliveryStatus
    pace: Pace
    silences: int = 0
    due_at: datetime | None = None
    rests_until: datetime | None = None
    pause: Pause | None = None


def verdict_on(attempt: Attempt, parcel: Parcel, now: datetime) -> Verdict:
    """Done, to be tried again, or given up and the webhook paused."""
    pace = Pace.SLOW if attempt.duration >= SLOW else Pace.SWIFT
    if attempt.is_good:
        return Verdict(WebhookDeliveryStatus.DELIVERED, pace)
    if attempt.status == _GONE:
        return Verdict(WebhookDeliveryStatus.FAILED, pace, pause=Pause.GONE)
    if parcel.tries >= TRIES:
        return Verdict(WebhookDeliveryStatus.FAILED, pace, pause=Pause.KEPT_FAILING)
    due_at = now + PAUSES[parcel.tries - 1]
    if attempt.status is not None:
        return Verdict(WebhookDeliveryStatus.QUEUED, pace, due_at=due_at)
    silences = parcel.silences + 1
    return Verdict(WebhookDeliveryStatus.QUEUED, pace, silences, due_at, now + rest_after(silences))


def rest_after(silences: int) -> timedelta:
    """How long an address is let be that did not answer so often in a row."""
    doublings: int = 2 ** min(silences, 20)
    return min(_FIRST_REST * doublings, _LONGEST_REST)


def signed(parcel: Parcel, at: datetime) -> dict[str, str]:
    """The headers of Standard Webhooks, with a signature by every secret that is live."""
    signatures = [Signer(secret).sign(parcel.event_id, at, parcel.body) for secret in parcel.secrets]
    return {
        "webhook-id": parcel.event_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def plain(event_types: Sequence[str]) -> tuple[str, ...]:
    """The types as they are kept: each once, in order of the alphabet."""
    return tuple(sorted(set(event_types)))
