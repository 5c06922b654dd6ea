"""All configuration of one process, read once from the environment into one frozen object.

`_NEEDS` says which process needs which setting; what a process does not need it does not hold,
even where its environment has it. Every secret may stand in a file instead, named by
`<NAME>_FILE`. All gaps and errors are reported at once. Defaults for secrets, and the moving
clock, exist in demo mode only.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path
from typing import Any, cast
from urllib.parse import unquote, urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from environs import Env, EnvValidationError, ValidationError, validate

GATEWAY = "gateway"
EVENT_WORKERS = 4  # how many events one process handles at once
SPARE_CONNECTIONS = EVENT_WORKERS + 4  # and the relay, the timers, the readiness check, one to spare


class SettingsIncomplete(Exception):
    """The environment lacks settings or has wrong ones; the message lists every one of them."""

    def __init__(self, whose: str, complaints: Sequence[str]) -> None:
        self.complaints = list(complaints)
        lines = "".join(f"\n  {complaint}" for complaint in self.complaints)
        super().__init__(f"The settings of {whose} are incomplete or wrong:{lines}")


@dataclass(frozen=True)
class Settings:
    """What a process was told about the world. Empty where it has no need of it."""

    service: str
    database_url: str = field(default="", repr=False)
    broker_url: str = field(default="", repr=False)
    gateway_public_key: str = field(default="", repr=False)  # PEM, Ed25519
    gateway_signing_key: str = field(default="", repr=False)  # PEM, Ed25519
    cron_secret: str = field(default="", repr=False)
    http_host: str = "0.0.0.0"  # noqa: S104 - the gateway is there to be reached
    http_port: int = 8000
    health_host: str = "127.0.0.1"
    health_port: int = 0  # any free port
    public_url: str = ""
    meeting_url: str = "https://meet.example"
    smtp_url: str = field(default="", repr=False)
    mail_from: str = ""
    sms_url: str = ""  # of a provider that speaks as Twilio does; without one nobody is sent a text
    sms_account: str = ""
    sms_token: str = field(default="", repr=False)
    sms_from: str = ""
    payments: str = "offline"  # settled by hand; or stripe
    stripe_secret_key: str = field(default="", repr=False)
    stripe_webhook_secret: str = field(default="", repr=False)
    stripe_api_base: str = "https://api.stripe.com"
    demo_mode: bool = False
    clock_offset_file: str = ""
    egress_allow_loopback: bool = False  # may strangers have this machine itself asked?
    rate_limits: bool = True
    cors_origins: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ()  # networks, as in 10.0.0.0/8
    log_level: str = "INFO"
    log_format: str = "json"  # or console, for people
    max_workers: int = 10
    pool_size: int = 10 + SPARE_CONNECTIONS
    request_timeout: float = 5.0  # seconds
    access_token_minutes: int = 10
    retry_seconds: tuple[float, ...] = (1, 10, 60, 600, 3600)  # between the attempts of a failing handler


def read_settings(process: str, environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings of a service or of the gateway. Raises `SettingsIncomplete`."""
    env = _Environment(environ)
    demo_mode = bool(env.bool("DEMO_MODE", False))
    values = {**_needed(env, process, demo_mode), **_offered(env), "demo_mode": demo_mode}
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
    env = _Environment(environ)
    value = env.str(name)
    if complaints := env.complaints():
        raise SettingsIncomplete("this command", complaints)
    return str(value)


# --- who needs what -------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Need:
    """A setting without which these processes do not start; secrets are refused where they are well known."""

    by: Callable[[str], bool]
    check: Callable[[str], object]
    secret: bool = False
    demo: str | None = None  # its value in demo mode, where none is given


def _services(process: str) -> bool:
    return process != GATEWAY


def _only(*processes: str) -> Callable[[str], bool]:
    return lambda process: process in processes


def _everyone(_: str) -> bool:
    return True


def _address(*schemes: str) -> Callable[[str], None]:
    """A check for an absolute URL of one of the schemes."""

    def check(text: str) -> None:
        try:
            parts = urlsplit(text)
            good = parts.scheme in schemes and bool(parts.hostname) and (parts.port or 1) > 0
        except ValueError:
            good = False
        if not good:
            raise ValidationError(
                f"Must be an address that begins with {' or '.join(s + '://' for s in schemes)}."
            )

    return check


def _key(load: Callable[[bytes], object]) -> Callable[[str], None]:
    def check(text: str) -> None:
        try:
            kind = type(load(text.encode())).__name__
        except (ValueError, TypeError, UnsupportedAlgorithm):
            kind = ""
        if "Ed25519" not in kind:
            raise ValidationError("Must be an Ed25519 key in PEM.")

    return check


def _private_key(text: bytes) -> object:
    return load_pem_private_key(text, password=None)


_web_address = _address("http", "https")

_NEEDS = {
    "DATABASE_URL": _Need(_services, _address("postgresql", "postgresql+psycopg", "postgres"), secret=True),
    "BROKER_URL": _Need(_everyone, _address("amqp", "amqps", "pyamqp"), secret=True),
    "GATEWAY_PUBLIC_KEY": _Need(_services, _key(load_pem_public_key), secret=True),
    "GATEWAY_SIGNING_KEY": _Need(_only(GATEWAY), _key(_private_key), secret=True),
    "CRON_SECRET": _Need(_only(GATEWAY), validate.Length(min=16), secret=True, demo="demo-cron-secret"),
    "PUBLIC_URL": _Need(_only(GATEWAY, "notifications"), _web_address, demo="http://localhost:8000"),
    "SMTP_URL": _Need(
        _only("notifications"), _address("smtp", "smtps"), secret=True, demo="smtp://127.0.0.1:1025"
    ),
    "MAIL_FROM": _Need(
        _only("notifications"), validate.Regexp(r"[^\r\n]+@[^\r\n]+"), demo="no-reply@demo.example"
    ),
}

# Passwords that everybody knows, besides all that begin with "demo".
_WELL_KNOWN = frozenset({"guest", "postgres", "password", "secret", "admin", "changeme", "change-me", "test"})


def _needed(env: _Environment, process: str, demo_mode: bool) -> dict[str, Any]:
    return {
        name.lower(): _read(env, name, need, demo_mode) for name, need in _NEEDS.items() if need.by(process)
    }


def _read(env: _Environment, name: str, need: _Need, demo_mode: bool) -> str:
    checks = [need.check, *([] if demo_mode or not need.secret else [_is_not_well_known])]
    if demo_mode and need.demo is not None:
        return str(env.str(name, need.demo, validate=checks))
    return str(env.str(name, validate=checks))


def _is_not_well_known(text: str) -> None:
    secret = urlsplit(text).password if "://" in text else text
    if secret is not None and (
        unquote(secret).lower() in _WELL_KNOWN or unquote(secret).lower().startswith("demo")
    ):
        raise ValidationError("Is a well-known secret, which is allowed in demo mode only.")


# --- what may be left out -------------------------------------------------------------------------


def _offered(env: _Environment) -> dict[str, Any]:
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
        "request_timeout": env.float("REQUEST_TIMEOUT", 5.0, validate=validate.Range(0.1, 60)),
        "retry_seconds": tuple(
            env.list(
                "RETRY_SECONDS", list(Settings.retry_seconds), subcast=float, validate=validate.Length(1, 9)
            )
            or ()
        ),
        "access_token_minutes": env.int("ACCESS_TOKEN_MINUTES", 10, validate=validate.Range(1, 10)),
    }


def _texting(env: _Environment, demo_mode: bool) -> dict[str, Any]:
    """Who sends texts to telephones."""
    token = env.str("SMS_TOKEN", "", validate=[] if demo_mode else [_is_not_well_known])
    return {
        "sms_url": env.str("SMS_URL", "", validate=_nothing_or(_web_address)),
        "sms_account": env.str("SMS_ACCOUNT", ""),
        "sms_token": token,
        "sms_from": env.str("SMS_FROM", ""),
    }


def _nothing_or(check: Callable[[str], None]) -> Callable[[str], None]:
    def check_what_is_there(text: str) -> None:
        if text:
            check(text)

    return check_what_is_there


def _addresses(env: _Environment) -> dict[str, Any]:
    port = validate.Range(0, 65535)
    return {
        "http_host": env.str("HTTP_HOST", Settings.http_host),
        "http_port": env.int("HTTP_PORT", Settings.http_port, validate=port),
        "health_host": env.str("HEALTH_HOST", Settings.health_host),
        "health_port": env.int("HEALTH_PORT", Settings.health_port, validate=port),
        "meeting_url": env.str("MEETING_URL", Settings.meeting_url, validate=_web_address),
        "cors_origins": _several(env, "CORS_ORIGINS", _web_address),
        "trusted_proxies": _several(env, "TRUSTED_PROXIES", _is_network),
    }


def _payments(env: _Environment) -> dict[str, Any]:
    """Who moves the money, and the secrets that they ask for."""
    payments = env.str("PAYMENTS", Settings.payments, validate=validate.OneOf(("offline", "stripe")))
    values = {
        "payments": payments,
        "stripe_api_base": env.str("STRIPE_API_BASE", Settings.stripe_api_base, validate=_web_address),
    }
    if payments == "stripe":
        values["stripe_secret_key"] = env.str("STRIPE_SECRET_KEY")
        values["stripe_webhook_secret"] = env.str("STRIPE_WEBHOOK_SECRET")
    return values


def _several(env: _Environment, name: str, check: Callable[[str], object]) -> tuple[str, ...]:
    """A list with commas between."""

    def check_each(items: list[str]) -> None:
        for item in items:
            check(item.strip())

    items: list[str] = env.list(name, [], validate=check_each) or []
    return tuple(item.strip() for item in items)


def _is_network(text: str) -> None:
    try:
        ip_network(text)
    except ValueError:
        raise ValidationError("Must be networks such as 10.0.0.0/8.") from None


_TEXTING = ("sms_url", "sms_account", "sms_token", "sms_from")
_LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


def _contradictions(values: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong only between settings."""
    base = values.get("stripe_api_base", "https://")
    if not base.startswith("https://") and not values["demo_mode"]:
        yield "STRIPE_API_BASE: Must be https outside demo mode."
    if values["clock_offset_file"] and not values["demo_mode"]:
        yield "CLOCK_OFFSET_FILE: Is allowed in demo mode only."
    if values["egress_allow_loopback"] and not values["demo_mode"]:
        yield "EGRESS_ALLOW_LOOPBACK: Is allowed in demo mode only."
    if len({bool(values.get(name)) for name in _TEXTING}) > 1:
        yield "SMS_URL: Goes together with SMS_ACCOUNT, SMS_TOKEN and SMS_FROM, or without any of them."
    if values["pool_size"] is not None and values["pool_size"] < values["max_workers"] + 2:
        yield "POOL_SIZE: Must be at least two more than MAX_WORKERS."


class _Environment(Env):
    """Any mapping, read as environs reads `os.environ`: with files for secrets, and empty meaning absent."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        super().__init__(eager=False)
        self._source = environ
        self._unreadable: list[str] = []

    def complaints(self) -> list[str]:
        """Everything that was wrong with what was read. Nothing can be read after."""
        try:
            self.seal()
        except EnvValidationError as error:
            wrong = cast("dict[str, list[str]]", error.error_messages)
            return [*self._unreadable, *(f"{name}: {' '.join(texts)}" for name, texts in wrong.items())]
        return self._unreadable

    def _get_value(self, env_key: str, default: Any) -> Any:
        if file := self._source.get(f"{env_key}_FILE"):
            return self._content(f"{env_key}_FILE", file, default)
        return self._source.get(env_key) or default

    def _content(self, name: str, file: str, default: Any) -> Any:
        try:
            return Path(file).read_text().strip() or default
        except (OSError, ValueError):
            self._unreadable.append(f"{name}: The file can not be read.")
            return default
