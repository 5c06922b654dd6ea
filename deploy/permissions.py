"""Who may declare, write and read what on the broker: the one table, and the regular expressions it becomes.

RabbitMQ asks a user's `configure` expression when something is declared or deleted, `write` when
something is published to an exchange or bound into a queue, `read` when a queue is consumed or an
exchange bound from. On topic exchanges a second table judges the routing key. The shared exchanges
are made by the administrator (`deploy.definitions`), so no user can declare or delete them.
"""

from __future__ import annotations

from dataclasses import dataclass

from deploy.names import BROKER_USERS, GATEWAY, OUTSIDE, REPLIES, REQUESTS, SERVICES, events_of

# Whose events each user hears.
LISTENS = {
    "catalog": ("booking", "reviews"),
    "scheduling": ("catalog", "booking"),
    "booking": ("catalog", "scheduling"),
    "notifications": ("catalog", "scheduling", "booking", "reviews"),
    "reviews": ("catalog", "booking"),
    "gateway": ("catalog", "notifications"),
    "outside": ("booking",),
}

# Where a user hears not all of a service's events: by which routing keys.
HEARS_ONLY = {(GATEWAY, events_of("catalog")): "account_erased"}

# Every exchange that exists before the first service starts.
EXCHANGES = {REQUESTS: "topic", REPLIES: "direct", **{events_of(service): "topic" for service in SERVICES}}

NOTHING = "^$"
ANYTHING = ".*"


@dataclass(frozen=True)
class Permission:
    """What one user may do with the exchanges and queues of the virtual host."""

    configure: str
    write: str
    read: str


@dataclass(frozen=True)
class TopicPermission:
    """With which routing keys one user may write to and bind from one topic exchange."""

    exchange: str
    write: str
    read: str


def permission_of(user: str) -> Permission:
    """A user declares and uses what begins with its own name, and shares the rest by the table."""
    writes, reads = _shared_writes(user), _shared_reads(user)
    return Permission(configure=_own(user), write=_any_of(user, writes), read=_any_of(user, reads))


def topics_of(user: str) -> list[TopicPermission]:
    """One rule for every topic exchange: RabbitMQ allows all keys where no rule stands."""
    return [_topic(user, exchange) for exchange, kind in EXCHANGES.items() if kind == "topic"]


def all_permissions() -> dict[str, Permission]:
    return {user: permission_of(user) for user in BROKER_USERS}


def _shared_writes(user: str) -> list[str]:
    if user in SERVICES:
        return [REPLIES, events_of(user)]
    return [REQUESTS] if user == GATEWAY else []


def _shared_reads(user: str) -> list[str]:
    heard = [events_of(service) for service in LISTENS[user]]
    if user == OUTSIDE:
        return heard
    return [REPLIES if user == GATEWAY else REQUESTS, *heard]


def _topic(user: str, exchange: str) -> TopicPermission:
    write = ANYTHING if exchange in _shared_writes(user) else NOTHING
    read = _readable_keys(user, exchange) if exchange in _shared_reads(user) else NOTHING
    return TopicPermission(exchange, write, read)


def _readable_keys(user: str, exchange: str) -> str:
    if exchange == REQUESTS:
        return rf"^{user}\.[^.*#]+$"
    only = HEARS_ONLY.get((user, exchange))
    return f"^{only}$" if only else ANYTHING


def _own(user: str) -> str:
    """What begins with the user's name, but for the events exchange, which it may only write to."""
    return rf"^{user}\.(?!events$).+$"


def _any_of(user: str, shared: list[str]) -> str:
    names = "|".join(name.replace(".", r"\.") for name in shared)
    return rf"^({user}\.(?!events$).+|{names})$" if names else _own(user)
