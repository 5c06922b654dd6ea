"""Who needs what: the settings without which a process does not start."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from environs import validate

from chassis.settings.checks import address, is_not_well_known, private_key, public_key, web_address
from chassis.settings.environment import Environment

GATEWAY = "gateway"


@dataclass(frozen=True)
class _Need:
    """A setting without which these processes do not start; `strict` holds outside the demo."""

    by: Callable[[str], bool]
    check: Callable[[str], object]
    strict: Sequence[Callable[[str], object]] = ()
    demo: str | None = None  # its value in demo mode, where none is given


def _services(process: str) -> bool:
    return process != GATEWAY


def _only(*processes: str) -> Callable[[str], bool]:
    return lambda process: process in processes


def _everyone(_: str) -> bool:
    return True


_SECRET = (is_not_well_known,)
_NEEDS = {
    "DATABASE_URL": _Need(_services, address("postgresql", "postgresql+psycopg", "postgres"), _SECRET),
    "BROKER_URL": _Need(_everyone, address("amqp", "amqps", "pyamqp"), _SECRET),
    "GATEWAY_PUBLIC_KEY": _Need(_services, public_key, _SECRET),
    "GATEWAY_SIGNING_KEY": _Need(_only(GATEWAY), private_key, _SECRET),
    "CRON_SECRET": _Need(
        _only(GATEWAY), validate.Length(min=1), (*_SECRET, validate.Length(min=16)), "demo-cron-secret"
    ),
    "PUBLIC_URL": _Need(_only(GATEWAY, "notifications"), web_address, demo="http://localhost:8000"),
    "SMTP_URL": _Need(
        _only("notifications"), address("smtp", "smtps"), _SECRET, demo="smtp://127.0.0.1:1025"
    ),
    "MAIL_FROM": _Need(
        _only("notifications"), validate.Regexp(r"[^\r\n]+@[^\r\n]+"), demo="no-reply@demo.example"
    ),
}


def needed(env: Environment, process: str, demo_mode: bool) -> dict[str, Any]:
    """The settings that the process needs, by the names of `Settings`' fields."""
    return {
        name.lower(): _read(env, name, need, demo_mode) for name, need in _NEEDS.items() if need.by(process)
    }


def _read(env: Environment, name: str, need: _Need, demo_mode: bool) -> str:
    checks = [need.check, *(() if demo_mode else need.strict)]
    if demo_mode and need.demo is not None:
        return str(env.str(name, need.demo, validate=checks))
    return str(env.str(name, validate=checks))
