"""What each process is told by its environment: the one table for `make run`, the tests and compose.

A process gets what it needs and nothing more: only the gateway can sign, only migrations own tables.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from deploy.credentials import Credentials
from deploy.names import GATEWAY, PROCESSES, SERVICES
from deploy.ports import LOOPBACK

# What a person may choose for all processes; see `chassis.settings`.
OPTIONS = (
    "ACCESS_TOKEN_MINUTES", "CORS_ORIGINS", "DEMO_MODE", "EGRESS_ALLOW_LOOPBACK", "LOG_FORMAT", "LOG_LEVEL",
    "MAIL_FROM", "MAX_WORKERS", "MEETING_URL", "PASSWORD_MEMORY_KIB", "PASSWORD_ROUNDS", "POOL_SIZE",
    "PREPARED_STATEMENTS", "PUBLIC_URL", "RATE_LIMITS", "REQUEST_TIMEOUT", "RETRY_SECONDS", "SMTP_URL",
    "TRUSTED_PROXIES", "CRON_SECRET", "PAYMENTS", "STRIPE_API_BASE", "STRIPE_SECRET_KEY",
    "STRIPE_WEBHOOK_SECRET", "SMS_ACCOUNT", "SMS_FROM", "SMS_TOKEN", "SMS_URL",
)  # fmt: skip

# Of these, what is told to one process alone.
ONLY_FOR = {
    "CRON_SECRET": GATEWAY,
    "PASSWORD_MEMORY_KIB": "catalog",
    "PASSWORD_ROUNDS": "catalog",
    "PAYMENTS": "booking",
    "STRIPE_API_BASE": "booking",
    "STRIPE_SECRET_KEY": "booking",
    "STRIPE_WEBHOOK_SECRET": "booking",
    "SMS_ACCOUNT": "notifications",
    "SMS_FROM": "notifications",
    "SMS_TOKEN": "notifications",
    "SMS_URL": "notifications",
}


class Sites(Protocol):
    """Where the servers are, and as whom to use them."""

    def database_url(self, service: str) -> str: ...

    def migration_url(self, service: str) -> str: ...

    def broker_url(self, user: str) -> str: ...


@dataclass(frozen=True)
class Addresses:
    """Where the processes of one deployment listen, and the files and hosts around them."""

    http_port: int
    health_ports: dict[str, int]
    smtp_url: str
    clock: Path | None  # which the demo has, and nobody else
    http_host: str = LOOPBACK
    mail_from: str = "Tutoring <no-reply@tutoring.example>"
    options: dict[str, str] = field(default_factory=lambda: {"DEMO_MODE": "1"})

    @property
    def public_url(self) -> str:
        return self.options.get("PUBLIC_URL", f"http://{LOOPBACK}:{self.http_port}")

    def health_url(self, process: str) -> str:
        return f"http://{LOOPBACK}:{self.health_ports[process]}"


def environment_of(process: str, sites: Sites, credentials: Credentials, at: Addresses) -> dict[str, str]:
    """The whole configuration of one of the six processes."""
    told = {
        "BROKER_URL": sites.broker_url(process),
        "GATEWAY_PUBLIC_KEY": credentials.public_key,
        "HEALTH_PORT": str(at.health_ports[process]),
        "PUBLIC_URL": at.public_url,
    }
    if at.clock:
        told["CLOCK_OFFSET_FILE"] = str(at.clock)
    if process in SERVICES:
        told["DATABASE_URL"] = sites.database_url(process)
        told["PREPARED_STATEMENTS"] = "1"  # no pooler stands between
    chosen = {name: value for name, value in at.options.items() if ONLY_FOR.get(name, process) == process}
    return {**told, **_its_own(process, credentials, at), **chosen}


def migration_environment(service: str, sites: Sites) -> dict[str, str]:
    """The configuration of `chassis.migrate`: the owner's login, which no running process has."""
    return {"MIGRATION_DATABASE_URL": sites.migration_url(service)}


def health_ports(ports: list[int]) -> dict[str, int]:
    """One port for each process's health and metrics."""
    return dict(zip(PROCESSES, ports, strict=True))


def _its_own(process: str, credentials: Credentials, at: Addresses) -> dict[str, str]:
    if process == GATEWAY:
        return {
            "CRON_SECRET": credentials.cron_secret,
            "GATEWAY_SIGNING_KEY": credentials.signing_key,
            "HTTP_HOST": at.http_host,
            "HTTP_PORT": str(at.http_port),
        }
    if process == "notifications":
        return {"MAIL_FROM": at.mail_from, "SMTP_URL": at.smtp_url}
    return {}
