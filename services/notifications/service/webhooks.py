"""Webhooks: subscribed here, told everything that concerns somebody, as it was heard.

Deliveries are handed over by errands of two timers, one for the addresses that answer quickly and
one for the others; each errand goes on with the next delivery that nobody serves.
"""

from __future__ import annotations

import base64
import secrets
import uuid
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from chassis import wire
from chassis.egress import Egress, Lookout
from chassis.service import Service, answers, consumes, every
from chassis.settings import Settings
from chassis.unit import Round, Unit
from contracts.catalog import DoneView
from contracts.errors import Stale, TooManyWebhooks
from contracts.message import Event
from contracts.notifications import (
    OUTSIDE,
    CreateWebhook,
    GetWebhook,
    ListWebhookDeliveries,
    ListWebhooks,
    PingWebhook,
    RemoveWebhook,
    ResendWebhookDelivery,
    UpdateWebhook,
    WebhookDelivery,
    WebhookDeliveryPage,
    WebhookPage,
    WebhookStatus,
    WebhookView,
)
from services.notifications.audience import note_of_pause
from services.notifications.couriers import Courier
from services.notifications.service.live import news, stream
from services.notifications.service.telling import Telling
from services.notifications.store import Tutors, WebhookDeliveries, Webhooks
from services.notifications.webhooks import (
    MOST_WEBHOOKS,
    Attempt,
    Pace,
    Parcel,
    Pause,
    Sendable,
    Webhook,
    WebhookPinged,
    plain,
    verdict_on,
)

KEPT = timedelta(days=30)


class Subscriptions(Service):
    """What owners do with their webhooks."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        egress = Egress(settings.egress_allow_loopback)
        self._courier, self._lookout = Courier(egress), Lookout(egress)

    @answers(CreateWebhook)
    def create_webhook(self, request: CreateWebhook, unit: Unit) -> WebhookView:
        self._lookout.look_at(request.url)  # before anything is locked: it may take a second
        shelf = Webhooks(unit.connection)
        if shelf.count_locked(unit.actor.id) >= MOST_WEBHOOKS:
            raise TooManyWebhooks()
        made = Webhook(
            id=0,
            account_id=unit.actor.id,
            hears_all=unit.actor.is_admin,
            url=request.url,
            event_types=plain(request.event_types),
            description=request.description,
            created_at=unit.now,
            secret=_new_secret(),
        )
        return shelf.add(made).view(unit.now, with_secret=True)

    @answers(ListWebhooks)
    def list_webhooks(self, request: ListWebhooks, unit: Unit) -> WebhookPage:
        found, total = Webhooks(unit.connection).page(unit.actor.id, request.page, request.page_size)
        return WebhookPage([each.view(unit.now) for each in found], total, request.page, request.page_size)

    @answers(GetWebhook)
    def get_webhook(self, request: GetWebhook, unit: Unit) -> WebhookView:
        return Webhooks(unit.connection).get(request.webhook_id, unit.actor.id).view(unit.now)

    @answers(UpdateWebhook)
    def update_webhook(self, request: UpdateWebhook, unit: Unit) -> WebhookView:
        shelf = Webhooks(unit.connection)
        if request.url is not None:
            shelf.get(request.webhook_id, unit.actor.id)  # whose it is comes first
            self._lookout.look_at(request.url)
        webhook = shelf.locked(request.webhook_id, unit.actor.id)
        if request.expected_version not in (None, webhook.version):
            raise Stale()
        changed = _changed(webhook, request)
        if request.rotate_secret:
            changed = changed.rotated(_new_secret(), unit.now)
        return shelf.save(changed).view(unit.now, with_secret=request.rotate_secret)

    @answers(RemoveWebhook)
    def remove_webhook(self, request: RemoveWebhook, unit: Unit) -> DoneView:
        shelf = Webhooks(unit.connection)
        shelf.remove(shelf.locked(request.webhook_id, unit.actor.id))
        return DoneView()


class Sending(Subscriptions, Telling):
    """What is on its way to webhooks."""

    @answers(ListWebhookDeliveries)
    def list_deliveries(self, request: ListWebhookDeliveries, unit: Unit) -> WebhookDeliveryPage:
        webhook = Webhooks(unit.connection).get(request.webhook_id, unit.actor.id)
        shelf = WebhookDeliveries(unit.connection)
        items, total = shelf.page(webhook, request.status, request.page, request.page_size)
        return WebhookDeliveryPage(items, total, request.page, request.page_size)

    @answers(ResendWebhookDelivery)
    def resend_delivery(self, request: ResendWebhookDelivery, unit: Unit) -> WebhookDelivery:
        webhook = _active(request.webhook_id, unit)
        return WebhookDeliveries(unit.connection).again(request.delivery_id, webhook, unit.now)

    @answers(PingWebhook)
    def ping_webhook(self, request: PingWebhook, unit: Unit) -> WebhookDelivery:
        webhook = _active(request.webhook_id, unit)
        event_id, pinged = str(uuid.uuid4()), WebhookPinged(webhook.id)
        sent = _sendable(wire.cloud_event(pinged, event_id, unit.now, unit.correlation_id))
        return WebhookDeliveries(unit.connection).queue(sent, webhook, unit.now)

    @consumes(*OUTSIDE)
    def pass_on(self, event: Event, unit: Unit) -> None:
        """Tell whom it concerns, by webhook and live."""
        heard = unit.heard
        if heard is None or heard.again:
            return
        concerned = event.concerned | Tutors(unit.connection).accounts_of(event.concerned_tutors)
        WebhookDeliveries(unit.connection).spread(_sendable(heard.envelope), concerned, unit.now)
        stream([news(account, event) for account in sorted(concerned)], unit)

    @every(seconds=1, at_once=64)
    def deliver(self, unit: Round) -> None:
        self._hand_over_next(Pace.SWIFT, unit)

    @every(seconds=1, at_once=32)
    def deliver_slowly(self, unit: Round) -> None:
        self._hand_over_next(Pace.SLOW, unit)

    @every(minutes=10)
    def forget_deliveries(self, unit: Unit) -> None:
        WebhookDeliveries(unit.connection).forget(unit.now - KEPT)

    def _hand_over_next(self, pace: Pace, unit: Round) -> None:
        for parcel in Webhooks(unit.connection).claim(pace, unit.room, unit.now):
            hand_over = partial(self._courier.hand_over, parcel)
            unit.afterwards(hand_over, partial(self._settle_parcel, parcel, pace))

    def _settle_parcel(self, parcel: Parcel, pace: Pace, attempt: Attempt, unit: Round) -> None:
        verdict = verdict_on(attempt, parcel, unit.now)
        # The webhook first, as whoever removes it does: else the two could block each other.
        paused = Webhooks(unit.connection).release(parcel, verdict)
        WebhookDeliveries(unit.connection).note(parcel, attempt, verdict)
        if paused:
            self.notify([note_of_pause(paused)], unit)
        self._hand_over_next(pace, unit)


def _active(webhook_id: int, unit: Unit) -> Webhook:
    """The caller's webhook, kept from being removed meanwhile. Raises `WebhookPaused`."""
    webhook = Webhooks(unit.connection).locked(webhook_id, unit.actor.id)
    webhook.must_be_active()
    return webhook


def _changed(webhook: Webhook, wanted: UpdateWebhook) -> Webhook:
    changed = replace(
        webhook,
        url=webhook.url if wanted.url is None else wanted.url,
        event_types=webhook.event_types if wanted.event_types is None else plain(wanted.event_types),
        description=webhook.description if wanted.description is None else wanted.description,
    )
    if wanted.status in (None, webhook.status):
        return changed
    return changed.paused(Pause.ASKED) if wanted.status is WebhookStatus.PAUSED else changed.resumed()


def _sendable(envelope: dict[str, Any]) -> Sendable:
    return Sendable(envelope["id"], envelope["type"], wire.encode(envelope).decode())


def _new_secret() -> str:
    """As Standard Webhooks writes it: 256 bits."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"
