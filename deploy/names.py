"""The names that every part of a deployment agrees on: services, processes, the virtual host."""

from __future__ import annotations

SERVICES = ("catalog", "scheduling", "booking", "notifications", "reviews")
GATEWAY = "gateway"
PROCESSES = (*SERVICES, GATEWAY)

OUTSIDE = "outside"  # an example of a consumer that is none of ours
BROKER_USERS = (*PROCESSES, OUTSIDE)

VHOST = "tutoring"
REQUESTS = "requests"
REPLIES = "replies"


def events_of(service: str) -> str:
    """The exchange on which a service tells its events."""
    return f"{service}.events"
