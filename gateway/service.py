"""The gateway as a process: its parts put together, started and stopped in order."""

from __future__ import annotations

from cryptography.hazmat.primitives.serialization import load_pem_private_key

from chassis.clock import Clock
from chassis.hearing import Hearing
from chassis.hints import Hints
from chassis.rpc import Asker
from chassis.settings import Settings
from contracts.catalog import AccountErased
from contracts.notifications import LiveEventsCreated
from gateway import booking, catalog, live, notifications, operations, privacy, reviews, scheduling, series
from gateway.asking import Asker as CanAsk
from gateway.budgets import Addresses, Budgets
from gateway.dispatch import Dispatch
from gateway.headers import Headers
from gateway.http import container
from gateway.identity import Identity, Scheduler
from gateway.live import Streams
from gateway.pages import pages
from gateway.routes import Route, Table

NAME = "gateway"


class Gateway:
    """Start it, stop it; in between it answers HTTP."""

    def __init__(self, settings: Settings) -> None:
        key = load_pem_private_key(settings.gateway_signing_key.encode(), password=None)
        self._asker = Asker(settings.broker_url, key, NAME, Hearing())
        streams = Streams(Clock(settings.clock_offset_file))
        answer = assemble(settings, self._asker, streams)
        self._http = container(NAME, answer, settings.http_host, settings.http_port)

        def forget(told: AccountErased) -> None:
            answer.identity.forget(told.account_id)
            streams.end(told.account_id)

        url = settings.broker_url
        self._news = Hints(url, f"{NAME}.live", LiveEventsCreated, streams.wake, streams.wake_all)
        self._erasures = Hints(url, f"{NAME}.erasures", AccountErased, forget)

    def start(self) -> None:
        """Connect first, then listen."""
        self._asker.start()
        self._news.start()
        self._erasures.start()
        self._http.start()

    def stop(self) -> None:
        """Listen no more, finish what runs, let go of the broker."""
        self._http.stop()
        self._news.stop()
        self._erasures.stop()
        self._asker.stop()


def assemble(settings: Settings, asker: CanAsk, streams: Streams) -> Dispatch:
    """Everything between HTTP and the asker, as the settings want it."""
    identity = Identity(
        settings.gateway_signing_key,
        settings.public_url,
        settings.access_token_minutes,
        Clock(settings.clock_offset_file),
    )
    routes = all_routes(identity, streams)
    return Dispatch(
        table=Table([*routes, *pages(routes, asker, identity, settings.public_url)]),
        asker=asker,
        identity=identity,
        scheduler=Scheduler(settings.cron_secret),
        addresses=Addresses(settings.trusted_proxies),
        budgets=Budgets() if settings.rate_limits else None,
        headers=Headers.of(settings.public_url, settings.cors_origins),
        types=f"{settings.public_url}/docs",
        timeout=settings.request_timeout,
    )


def all_routes(identity: Identity, streams: Streams) -> list[Route]:
    """Every route under `/api`."""
    return [
        *catalog.routes(identity),
        *scheduling.ROUTES,
        *booking.ROUTES,
        *series.ROUTES,
        *reviews.ROUTES,
        *notifications.ROUTES,
        *live.routes(streams),
        *privacy.ROUTES,
        *operations.ROUTES,
    ]
