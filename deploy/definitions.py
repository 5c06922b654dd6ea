"""The broker's definitions, which RabbitMQ loads at boot: virtual host, users, permissions, exchanges.

Derived from `deploy.permissions`; passwords come from `deploy.credentials` and are only ever
written as salted hashes. For a broker that is not ours, `upload` sends them to its management API
and `declare` makes at least the exchanges.
"""

from __future__ import annotations

import hashlib
import secrets
from base64 import b64encode
from typing import Any

import kombu
import requests

from deploy.names import BROKER_USERS, VHOST
from deploy.permissions import ANYTHING, EXCHANGES, permission_of, topics_of

ADMIN = "admin"


def definitions(passwords: dict[str, str]) -> dict[str, Any]:
    """The definitions document; `passwords` has one for `admin` and for each broker user."""
    return {
        "vhosts": [{"name": VHOST}],
        "users": [_user(name, password) for name, password in passwords.items()],
        "permissions": [_all_for_admin(), *(_permission(user) for user in BROKER_USERS)],
        "topic_permissions": [rule for user in BROKER_USERS for rule in _topics(user)],
        "exchanges": [_exchange(name, kind) for name, kind in EXCHANGES.items()],
    }


def upload(management_url: str, passwords: dict[str, str]) -> None:
    """Send the definitions to a broker's management API; the URL carries an administrator's login."""
    own = {user: passwords[user] for user in BROKER_USERS}
    document = definitions(own)
    document["permissions"] = [p for p in document["permissions"] if p["user"] != ADMIN]
    answer = requests.post(f"{management_url.rstrip('/')}/api/definitions", json=document, timeout=10)
    answer.raise_for_status()


def declare(broker_url: str) -> None:
    """Make the shared exchanges over AMQP, where there is no management API to load definitions."""
    with kombu.Connection(broker_url, connect_timeout=5) as connection:
        for name, kind in EXCHANGES.items():
            kombu.Exchange(name, kind, durable=True, channel=connection.default_channel).declare()


def hashed(password: str) -> str:
    """A password as RabbitMQ stores it: base64 of a salt of four bytes and SHA-256 of salt and password."""
    salt = secrets.token_bytes(4)
    return b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()


def _user(name: str, password: str) -> dict[str, Any]:
    return {
        "name": name,
        "password_hash": hashed(password),
        "hashing_algorithm": "rabbit_password_hashing_sha256",
        "tags": ["administrator"] if name == ADMIN else [],
    }


def _all_for_admin() -> dict[str, str]:
    return {"user": ADMIN, "vhost": VHOST, "configure": ANYTHING, "write": ANYTHING, "read": ANYTHING}


def _permission(user: str) -> dict[str, str]:
    may = permission_of(user)
    return {"user": user, "vhost": VHOST, "configure": may.configure, "write": may.write, "read": may.read}


def _topics(user: str) -> list[dict[str, str]]:
    return [
        {"user": user, "vhost": VHOST, "exchange": may.exchange, "write": may.write, "read": may.read}
        for may in topics_of(user)
    ]


def _exchange(name: str, kind: str) -> dict[str, Any]:
    return {
        "name": name,
        "vhost": VHOST,
        "type": kind,
        "durable": True,
        "auto_delete": False,
        "internal": False,
        "arguments": {},
    }
