"""What a process must be told before it starts, and what it refuses to be told."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from chassis.settings import Settings, SettingsIncomplete, read_secret, read_settings

_KEY = Ed25519PrivateKey.generate()
SIGNING_KEY = _KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
PUBLIC_KEY = _KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

BOOKING = {
    "DATABASE_URL": "postgresql://booking_app:k3Jx9@db/booking",
    "BROKER_URL": "amqp://booking:m2Pq8@broker/tutoring",
    "GATEWAY_PUBLIC_KEY": PUBLIC_KEY,
}
NOTIFICATIONS = {
    **BOOKING,
    "SMTP_URL": "smtp://mailer:q7Rt2@mail:587",
    "MAIL_FROM": "Tutoring <no-reply@tutoring.example>",
    "PUBLIC_URL": "https://tutoring.example",
}
GATEWAY = {
    "BROKER_URL": "amqp://gateway:m2Pq8@broker/tutoring",
    "GATEWAY_SIGNING_KEY": SIGNING_KEY,
    "CRON_SECRET": "a-long-random-string",
    "PUBLIC_URL": "https://tutoring.example",
}


def complaints(process: str, environ: dict[str, str]) -> list[str]:
    with pytest.raises(SettingsIncomplete) as refused:
        read_settings(process, environ)
    return refused.value.complaints


@pytest.mark.parametrize(
    ("process", "environ"), [("booking", BOOKING), ("notifications", NOTIFICATIONS), ("gateway", GATEWAY)]
)
def test_each_process_starts_with_exactly_what_it_needs(process: str, environ: dict[str, str]) -> None:
    assert read_settings(process, environ).service == process
    for name in environ:
        lacking = {other: value for other, value in environ.items() if other != name}
        assert complaints(process, lacking) == [f"{name}: Environment variable not set."]


def test_all_gaps_and_errors_are_told_at_once() -> None:
    told = complaints(
        "gateway", {"HTTP_PORT": "http", "POOL_SIZE": "3", "TRUSTED_PROXIES": "10.0.0.0/8,proxy"}
    )
    named = [complaint.partition(":")[0] for complaint in told]
    assert named == [
        *("BROKER_URL", "GATEWAY_SIGNING_KEY", "CRON_SECRET", "PUBLIC_URL"),
        *("HTTP_PORT", "TRUSTED_PROXIES", "POOL_SIZE"),
    ]


def test_a_complaint_does_not_repeat_the_value() -> None:
    told = complaints("booking", {**BOOKING, "DATABASE_URL": "mysql://me:k3Jx9@db/x", "MAX_WORKERS": "k3Jx9"})
    assert len(told) == 2
    assert "k3Jx9" not in "".join(told)


def test_a_process_does_not_hold_what_it_does_not_need() -> None:
    held = read_settings("booking", {**NOTIFICATIONS, **GATEWAY})
    assert (held.gateway_signing_key, held.cron_secret, held.smtp_url) == ("", "", "")
    assert read_settings("gateway", {**BOOKING, **GATEWAY}).database_url == ""


def test_an_empty_value_is_none_at_all() -> None:
    assert complaints("booking", {**BOOKING, "BROKER_URL": ""}) == [
        "BROKER_URL: Environment variable not set."
    ]
    assert read_settings("booking", {**BOOKING, "MAX_WORKERS": ""}).max_workers == 10


@pytest.mark.parametrize("name", list(BOOKING))
def test_every_secret_may_stand_in_a_file(tmp_path: Path, name: str) -> None:
    file = tmp_path / "secret"
    file.write_text(BOOKING[name] + "\n")
    environ = {**BOOKING, name: "", f"{name}_FILE": str(file)}
    assert getattr(read_settings("booking", environ), name.lower()) == BOOKING[name].strip()


def test_a_file_that_can_not_be_read_is_told() -> None:
    told = complaints("booking", {**BOOKING, "BROKER_URL_FILE": "/nowhere"})
    assert "BROKER_URL_FILE: The file can not be read." in told


@pytest.mark.parametrize(
    ("process", "environ", "name", "value"),
    [
        ("booking", BOOKING, "DATABASE_URL", "postgresql://booking_app:demo-password@db/booking"),
        ("booking", BOOKING, "DATABASE_URL", "postgresql://booking_app:postgres@db/booking"),
        ("booking", BOOKING, "BROKER_URL", "amqp://guest:guest@broker"),
        ("gateway", GATEWAY, "CRON_SECRET", "demo-cron-secret-of-some-length"),
    ],
)
def test_well_known_secrets_are_for_the_demo(
    process: str, environ: dict[str, str], name: str, value: str
) -> None:
    assert complaints(process, {**environ, name: value})[0].startswith(f"{name}: Is a well-known secret")
    assert read_settings(process, {**environ, name: value, "DEMO_MODE": "1"}).demo_mode


def test_the_schedulers_secret_is_hard_to_guess_outside_the_demo() -> None:
    assert complaints("gateway", {**GATEWAY, "CRON_SECRET": "x8Kp2"})[0].startswith("CRON_SECRET: ")
    assert (
        read_settings("gateway", {**GATEWAY, "CRON_SECRET": "x8Kp2", "DEMO_MODE": "1"}).cron_secret == "x8Kp2"
    )


TEXTING = {
    "SMS_URL": "https://texts.example",
    "SMS_ACCOUNT": "AC1",
    "SMS_TOKEN": "z8Lm4",
    "SMS_FROM": "+442079460018",
}


def test_texts_are_sent_by_a_provider_that_is_wholly_known_or_not_at_all() -> None:
    assert read_settings("notifications", NOTIFICATIONS).sms_url == ""
    assert read_settings("notifications", {**NOTIFICATIONS, **TEXTING}).sms_from == "+442079460018"
    for name in TEXTING:
        told = complaints("notifications", {**NOTIFICATIONS, **TEXTING, name: ""})
        assert [complaint.partition(":")[0] for complaint in told] == ["SMS_URL"]
    assert complaints("notifications", {**NOTIFICATIONS, **TEXTING, "SMS_URL": "texts.example"})
    assert "well-known" in complaints("notifications", {**NOTIFICATIONS, **TEXTING, "SMS_TOKEN": "secret"})[0]


def test_the_token_of_the_provider_may_stand_in_a_file_and_is_nobody_elses(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("z8Lm4\n")
    settings = read_settings(
        "notifications", {**NOTIFICATIONS, **TEXTING, "SMS_TOKEN": "", "SMS_TOKEN_FILE": str(file)}
    )
    assert settings.sms_token == "z8Lm4"
    assert "z8Lm4" not in repr(settings)
    assert read_settings("booking", {**BOOKING, **TEXTING}).sms_token == ""


def test_the_clock_can_be_moved_in_the_demo_only() -> None:
    moved = {**BOOKING, "CLOCK_OFFSET_FILE": "/tmp/clock"}
    assert complaints("booking", moved) == ["CLOCK_OFFSET_FILE: Is allowed in demo mode only."]
    assert read_settings("booking", {**moved, "DEMO_MODE": "true"}).clock_offset_file == "/tmp/clock"


def test_passwords_cost_no_less_than_they_should_but_in_the_demo() -> None:
    cheap = {**BOOKING, "PASSWORD_MEMORY_KIB": "19455", "PASSWORD_ROUNDS": "1"}
    assert complaints("catalog", cheap) == [
        "PASSWORD_MEMORY_KIB: Must be at least 19456 outside demo mode.",
        "PASSWORD_ROUNDS: Must be at least 2 outside demo mode.",
    ]
    assert len(complaints("catalog", {**BOOKING, "PASSWORD_ROUNDS": "many"})) == 1
    assert read_settings("catalog", {**cheap, "DEMO_MODE": "1"}).password_rounds == 1
    dear = {**BOOKING, "PASSWORD_MEMORY_KIB": "65536", "PASSWORD_ROUNDS": "3"}
    assert read_settings("catalog", dear).password_memory_kib == 65536


def test_this_machine_can_be_asked_in_the_demo_only() -> None:
    asked = {**NOTIFICATIONS, "EGRESS_ALLOW_LOOPBACK": "1"}
    assert complaints("notifications", asked) == ["EGRESS_ALLOW_LOOPBACK: Is allowed in demo mode only."]
    assert read_settings("notifications", {**asked, "DEMO_MODE": "1"}).egress_allow_loopback


def test_the_demo_has_defaults_for_all_but_the_keys_to_its_servers() -> None:
    secrets = ("BROKER_URL", "GATEWAY_SIGNING_KEY")
    settings = read_settings("gateway", {"DEMO_MODE": "1", **{name: GATEWAY[name] for name in secrets}})
    assert settings.public_url == "http://localhost:8000"
    assert complaints("gateway", {"DEMO_MODE": "1"}) == [
        f"{name}: Environment variable not set." for name in secrets
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "booking"),
        ("DATABASE_URL", "postgresql://"),
        ("DATABASE_URL", "postgresql://db:port/booking"),
        ("BROKER_URL", "http://broker"),
        ("GATEWAY_PUBLIC_KEY", "not a key"),
        ("GATEWAY_PUBLIC_KEY", SIGNING_KEY),
        ("MAX_WORKERS", "0"),
        ("REQUEST_TIMEOUT", "0"),
        ("ACCESS_TOKEN_MINUTES", "11"),
        ("LOG_LEVEL", "loud"),
        ("CORS_ORIGINS", "https://a.example,b.example"),
        ("TRUSTED_PROXIES", "10.0.0.1/8"),
        ("RATE_LIMITS", "perhaps"),
    ],
)
def test_a_wrong_value_is_refused_by_name(name: str, value: str) -> None:
    assert [complaint.partition(":")[0] for complaint in complaints("booking", {**BOOKING, name: value})] == [
        name
    ]


def test_a_key_of_another_kind_is_refused() -> None:
    other = generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    told = complaints("gateway", {**GATEWAY, "GATEWAY_SIGNING_KEY": other.decode()})
    assert told == ["GATEWAY_SIGNING_KEY: Must be an Ed25519 key in PEM."]


def test_lists_have_commas_and_switches_have_words() -> None:
    told = {
        "CORS_ORIGINS": "https://a.example, https://b.example",
        "TRUSTED_PROXIES": "10.0.0.0/8,::1",
        "RATE_LIMITS": "off",
    }
    settings = read_settings("gateway", {**GATEWAY, **told})
    assert settings.cors_origins == ("https://a.example", "https://b.example")
    assert settings.trusted_proxies == ("10.0.0.0/8", "::1")
    assert settings.rate_limits is False


def test_the_pool_grows_with_the_workers() -> None:
    assert read_settings("booking", {**BOOKING, "MAX_WORKERS": "30"}).pool_size >= 32
    assert complaints("booking", {**BOOKING, "POOL_SIZE": "11"})[0].startswith("POOL_SIZE:")


def test_secrets_do_not_show_when_settings_are_printed() -> None:
    shown = repr(read_settings("notifications", NOTIFICATIONS)) + repr(read_settings("gateway", GATEWAY))
    assert "k3Jx9" not in shown
    assert "m2Pq8" not in shown
    assert "PRIVATE" not in shown
    assert GATEWAY["CRON_SECRET"] not in shown


def test_one_secret_can_be_read_by_itself(tmp_path: Path) -> None:
    file = tmp_path / "url"
    file.write_text("postgresql://owner@db/booking\n")
    assert read_secret("MIGRATION_DATABASE_URL", {"MIGRATION_DATABASE_URL_FILE": str(file)}).endswith(
        "/booking"
    )
    with pytest.raises(SettingsIncomplete, match="MIGRATION_DATABASE_URL"):
        read_secret("MIGRATION_DATABASE_URL", {})


def test_settings_made_by_hand_have_the_same_defaults() -> None:
    assert Settings("booking").pool_size == read_settings("booking", BOOKING).pool_size
