"""The passwords and keys of one deployment: made once, kept in a file that only its owner can read.

Nothing here is a default: a deployment without the file gets fresh random ones.
"""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from deploy.definitions import ADMIN
from deploy.names import BROKER_USERS, SERVICES


@dataclass(frozen=True, repr=False)
class Credentials:
    """All secrets of one deployment; printed, it tells none of them."""

    postgres_admin: str
    database_owners: dict[str, str]
    database_apps: dict[str, str]
    broker: dict[str, str]
    signing_key: str
    public_key: str
    cron_secret: str
    erlang_cookie: str


def generate() -> Credentials:
    """Fresh random secrets."""
    private = Ed25519PrivateKey.generate()
    signing = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return Credentials(
        postgres_admin=_password(),
        database_owners={service: _password() for service in SERVICES},
        database_apps={service: _password() for service in SERVICES},
        broker={user: _password() for user in (ADMIN, *BROKER_USERS)},
        signing_key=signing.decode(),
        public_key=public.decode(),
        cron_secret=_password(),
        erlang_cookie=secrets.token_hex(20),
    )


def kept_in(path: Path) -> Credentials:
    """The secrets in the file; generated and written (mode 0600) where there is none yet."""
    if path.exists():
        return Credentials(**json.loads(path.read_text()))
    made = generate()
    write_private(path, json.dumps(asdict(made), indent=1))
    return made


def write_private(path: Path, text: str, mode: int = 0o600) -> None:
    """Write a file whole, never for a moment readable by others than `mode` allows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.draft")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as file:
        file.write(text)
    draft.replace(path)


def _password() -> str:
    return secrets.token_urlsafe(24)
