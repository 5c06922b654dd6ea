"""Reading: what each process needs, what it may be told besides, and what contradicts."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from environs import validate

from chassis.settings.checks import is_network, is_not_well_known, nothing_or, web_address
from chassis.settings.environment import Environment, SettingsIncomplete
from chassis.settings.needs import needed
from chassis.settings.settings import SPARE_CONNECTIONS, Settings

_TEXTING = ("sms_url", "sms_account", "sms_token", "sms_from")
_LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


def read_settings(process: str, environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings of a service or of the gateway. Raises `SettingsIncomplete`."""
    env = Environment(environ)
    demo_mode = bool(env.bool("DEMO_MODE", False))
    values = {**needed(env, process, demo_mode), **_offered(env), "demo_mode": demo_mode}
    if process == "notifications":
        values |= _texting(env, demo_mode)
    if process == "booking":
        values |= _payments(env)
    complaints = [*env.complaints(), *_contradictions(values)]
    if complaints:
        raise SettingsIncomplete(process, complaints)
    return Settings(service=process, **values)


def read_secret(name: str, environ: Mapping[str, str] = os.environ) -> str:
    """One setting alone, from `<NAME>` or the file that `<NAME>_FILE` names. Raises `SettingsIncomplete`."""
    env = Environment(environ)
    value = env.str(name)
    if complaints := env.complaints():
        raise SettingsIncomplete("this command", complaints)
    return str(value)


def _offered(env: Environment) -> dict[str, Any]:
    """The settings that have defaults for every process."""
    max_workers = env.int("MAX_WORKERS", 10, validate=validate.Range(1, 200)) or 1
    return {
        **_addresses(env),
        "clock_offset_file": env.str("CLOCK_OFFSET_FILE", ""),
        "egress_allow_loopback": env.bool("EGRESS_ALLOW_LOOPBACK", False),
        "rate_limits": env.bool("RATE_LIMITS", True),
        "log_level": env.str("LOG_LEVEL", "INFO", validate=validate.OneOf(_LOG_LEVELS)),
        "log_format": env.str("LOG_FORMAT", "json", validate=validate.OneOf(("json", "console"))),
        "max_workers": max_workers,
        "pool_size": env.int("POOL_SIZE", max_workers + SPARE_CONNECTIONS, validate=validate.Range(1, 500)),
        "prepared_statements": env.bool("PREPARED_STATEMENTS", False),
        "request_timeout": env.float("REQUEST_TIMEOUT", 5.0, validate=validate.Range(0.1, 60)),
        "retry_seconds": tuple(
            env.list(
                "RETRY_SECONDS", list(Settings.retry_seconds), subcast=float, validate=validate.Length(1, 9)
            )
            or ()
        ),
        "password_memory_kib": env.int(
            "PASSWORD_MEMORY_KIB", Settings.password_memory_kib, validate=validate.Range(8, 2**20)
        ),
        "password_rounds": env.int(
            "PASSWORD_ROUNDS", Settings.password_rounds, validate=validate.Range(1, 20)
        ),
        "access_token_minutes": env.int("ACCESS_TOKEN_MINUTES", 10, validate=validate.Range(1, 10)),
    }


def _addresses(env: Environment) -> dict[str, Any]:
    port = validate.Range(0, 65535)
    return {
        "http_host": env.str("HTTP_HOST", Settings.http_host),
        "http_port": env.int("HTTP_PORT", Settings.http_port, validate=port),
        "health_host": env.str("HEALTH_HOST", Settings.health_host),
        "health_port": env.int("HEALTH_PORT", Settings.health_port, validate=port),
        "meeting_url": env.str("MEETING_URL", Settings.meeting_url, validate=web_address),
        "cors_origins": _several(env, "CORS_ORIGINS", web_address),
        "trusted_proxies": _several(env, "TRUSTED_PROXIES", is_network),
    }


def _several(env: Environment, name: str, check: Callable[[str], object]) -> tuple[str, ...]:
    """A list with commas between."""

    def check_each(items: list[str]) -> None:
        for item in items:
            check(item.strip())

    items: list[str] = env.list(name, [], validate=check_each) or []
    return tuple(item.strip() for item in items)


def _texting(env: Environment, demo_mode: bool) -> dict[str, Any]:
    """Who sends texts to telephones."""
    token = env.str("SMS_TOKEN", "", validate=[] if demo_mode else [is_not_well_known])
    return {
        "sms_url": env.str("SMS_URL", "", validate=nothing_or(web_address)),
        "sms_account": env.str("SMS_ACCOUNT", ""),
        "sms_token": token,
        "sms_from": env.str("SMS_FROM", ""),
    }


def _payments(env: Environment) -> dict[str, Any]:
    """Who moves the money, and the secrets that they ask for."""
    payments = env.str("PAYMENTS", Settings.payments, validate=validate.OneOf(("offline", "stripe")))
    values = {
        "payments": payments,
        "stripe_api_base": env.str("STRIPE_API_BASE", Settings.stripe_api_base, validate=web_address),
    }
    if payments == "stripe":
        values["stripe_secret_key"] = env.str("STRIPE_SECRET_KEY")
        values["stripe_webhook_secret"] = env.str("STRIPE_WEBHOOK_SECRET")
    return values


def _contradictions(values: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong only between settings."""
    base = values.get("stripe_api_base", "https://")
    if not base.startswith("https://") and not values["demo_mode"]:
        yield "STRIPE_API_BASE: Must be https outside demo mode."
    if values["clock_offset_file"] and not values["demo_mode"]:
        yield "CLOCK_OFFSET_FILE: Is allowed in demo mode only."
    if values["egress_allow_loopback"] and not values["demo_mode"]:
        yield "EGRESS_ALLOW_LOOPBACK: Is allowed in demo mode only."
    for name in ("password_memory_kib", "password_rounds"):
        least = getattr(Settings, name)
        if not values["demo_mode"] and values[name] is not None and values[name] < least:
            yield f"{name.upper()}: Must be at least {least} outside demo mode."
    if len({bool(values.get(name)) for name in _TEXTING}) > 1:
        yield "SMS_URL: Goes together with SMS_ACCOUNT, SMS_TOKEN and SMS_FROM, or without any of them."
    if values["pool_size"] is not None and values["pool_size"] < values["max_workers"] + 2:
        yield "POOL_SIZE: Must be at least two more than MAX_WORKERS."
