"""What a process counts and times, for Prometheus to read.

Doors, handlers and timers are labels; nothing about persons or things ever is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector

from chassis import logs

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

disable_created_metrics()
registry = CollectorRegistry()
ProcessCollector(registry=registry)

_doors = Counter(
    "door_total", "Requests, events and ticks by how they ended", ["door", "outcome"], registry=registry
)
_seconds = Histogram("door_seconds", "How long a door took", ["door"], buckets=_BUCKETS, registry=registry)
_lag = Gauge("outbox_lag_seconds", "Age of the oldest event not published yet", registry=registry)
_unsent = Gauge("outbox_unsent", "Events not published yet", registry=registry)
_retries = Counter("retries_total", "Events put aside to be handled again", ["handler"], registry=registry)
_dead = Counter("dead_letters_total", "Events that no retry has helped", ["handler"], registry=registry)
_failures = Counter("publish_failures_total", "Messages that the broker did not take", registry=registry)
_pool = Gauge("pool_in_use", "Database connections in use", registry=registry)


class _DroppedLines(Collector):
    """Asks when it is read, since the thread that writes logs must not wait for a lock of the hub."""

    def collect(self) -> Iterator[CounterMetricFamily]:
        yield CounterMetricFamily("log_lines_dropped", "Log lines that nobody read in time", logs.dropped())


registry.register(_DroppedLines())


def record_door(door: str, outcome: str, seconds: float) -> None:
    """A door was used: `outcome` is `ok`, the code of a refusal, or `error`."""
    _doors.labels(door, outcome).inc()
    _seconds.labels(door).observe(seconds)


def record_retry(handler: str) -> None:
    _retries.labels(handler).inc()


def record_dead_letter(handler: str) -> None:
    _dead.labels(handler).inc()


def publish_failed() -> None:
    _failures.inc()


def outbox_measured(unsent: int, lag_seconds: float) -> None:
    _unsent.set(unsent)
    _lag.set(lag_seconds)


def watch_pool(in_use: Callable[[], int]) -> None:
    """Have the number of connections in use asked whenever metrics are read."""
    _pool.set_function(in_use)


def exposition() -> tuple[bytes, str]:
    """All metrics as text, and its content type."""
    return generate_latest(registry), CONTENT_TYPE
