"""What a setting must look like: each check raises `ValidationError` with a sentence for the operator."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from ipaddress import ip_network
from urllib.parse import unquote, urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from environs import ValidationError

# Passwords that everybody knows, besides all that begin with "demo".
_WELL_KNOWN = frozenset({"guest", "postgres", "password", "secret", "admin", "changeme", "change-me", "test"})


def address(*schemes: str) -> Callable[[str], None]:
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


def public_key(text: str) -> None:
    _check_key(load_pem_public_key, text)


def private_key(text: str) -> None:
    _check_key(partial(load_pem_private_key, password=None), text)


web_address = address("http", "https")


def is_network(text: str) -> None:
    try:
        ip_network(text)
    except ValueError:
        raise ValidationError("Must be networks such as 10.0.0.0/8.") from None


def nothing_or(check: Callable[[str], None]) -> Callable[[str], None]:
    def check_what_is_there(text: str) -> None:
        if text:
            check(text)

    return check_what_is_there


def is_not_well_known(text: str) -> None:
    secret = urlsplit(text).password if "://" in text else text
    if secret is not None and (
        unquote(secret).lower() in _WELL_KNOWN or unquote(secret).lower().startswith("demo")
    ):
        raise ValidationError("Is a well-known secret, which is allowed in demo mode only.")


def _check_key(load: Callable[[bytes], object], text: str) -> None:
    try:
        kind = type(load(text.encode())).__name__
    except (ValueError, TypeError, UnsupportedAlgorithm):
        kind = ""
    if "Ed25519" not in kind:
        raise ValidationError("Must be an Ed25519 key in PEM.")
