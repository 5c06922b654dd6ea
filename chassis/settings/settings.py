"""What a process was told about the world."""

from __future__ import annotations

from dataclasses import dataclass, field

EVENT_WORKERS = 4  # how many events one process handles at once
SPARE_CONNECTIONS = EVENT_WORKERS + 4  # and the relay, the timers, the readiness check, one to spare


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
    prepared_statements: bool = False  # which a pooler in transaction mode does not bear
    request_timeout: float = 5.0  # seconds
    access_token_minutes: int = 10
    password_memory_kib: int = 19 * 1024  # what hashing a password takes, as OWASP asks at least
    password_rounds: int = 2
    retry_seconds: tuple[float, ...] = (1, 10, 60, 600, 3600)  # between the attempts of a failing handler
