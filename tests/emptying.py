"""Making a service's database and queues empty, so that nothing is left of what was tried before."""

from __future__ import annotations

from contextlib import suppress

import kombu
import psycopg
from amqp.exceptions import NotFound

from chassis import wire
from chassis.service import Consumes, doors_of, service_class
from chassis.settings import Settings
from deploy.servers import PrivateServers

TABLES = """
    SELECT string_agg(quote_ident(tablename), ', ') FROM pg_tables
    WHERE schemaname = 'public' AND tablename <> 'alembic_version'
"""


def purge(servers: PrivateServers, service: str) -> None:
    """Throw away every message that waits for the service."""
    handlers = [name for name, door in doors_of(service_class(service)) if isinstance(door, Consumes)]
    queues = [
        wire.request_queue(service),
        wire.dead_queue(service),
        *(wire.handler_queue(f"{service}.{handler}") for handler in handlers),
        *(wire.retry_queue(service, seconds) for seconds in Settings.retry_seconds),
    ]
    with kombu.Connection(servers.rabbitmq.admin_url) as connection:
        for queue in queues:
            with suppress(NotFound), connection.channel() as channel:
                channel.queue_purge(queue)


def truncate(servers: PrivateServers, service: str) -> bool:
    """Empty all tables; says whether it could be done: timers of a running service may be in the way."""
    with psycopg.connect(servers.migration_url(service)) as owner:
        [tables] = owner.execute(TABLES).fetchone() or [None]
        try:
            owner.execute(f"TRUNCATE {tables} CASCADE".encode())
        except psycopg.errors.DeadlockDetected:
            owner.rollback()
            return False
    return True
