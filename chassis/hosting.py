"""A service as a process: its container, and the small HTTP server that tells how it is."""

from __future__ import annotations

from chassis.container import Parts, assemble
from chassis.health import Check, HealthServer
from chassis.service import service_class
from chassis.settings import Settings
from chassis.shape import at_head


class Host:
    """Start it, stop it; in between it works."""

    def __init__(self, settings: Settings) -> None:
        self._container, self._parts = assemble(service_class(settings.service), settings)
        self._health = HealthServer(settings.health_host, settings.health_port, _checks(self._parts))

    def start(self) -> None:
        """Answer for one's health first, then open the doors."""
        self._health.start()
        self._container.start()

    def stop(self) -> None:
        """Close the doors, finish what runs, flush what is to be told."""
        self._container.stop()
        self._health.stop()


def _checks(parts: Parts) -> dict[str, Check]:
    def migrated() -> bool:
        with parts.database.transaction(read_only=True) as connection:
            return at_head(connection, parts.service.name)

    return {
        "database": migrated,
        "broker_inbound": lambda: parts.inbound.is_up,
        "broker_outbound": lambda: parts.outbound.is_up,
    }
