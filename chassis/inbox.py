"""What was already taken: events by their id, commands by the caller's key.

Promises: an event told twice takes effect once; a command sent twice is done once and
answered the same both times. The note is made in the transaction of the effect, so the two
can not disagree. A rival with the same key waits on the row's unique index until the first
has committed, and then finds its answer.
"""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime, timedelta

from cryptography.fernet import Fernet
from sqlalchemy import Connection, bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from chassis.tables import commands, inbox, outbox
from contracts.errors import IdempotencyKeyReused

# Made once, since they are part of every message's way.
_TAKE = insert(inbox).on_conflict_do_nothing().returning(inbox.c.event_id)
_NEW = insert(commands)
_CLAIM = _NEW.on_conflict_do_update(
    index_elements=["key_hash"],
    set_={"fingerprint": _NEW.excluded.fingerprint, "created_at": _NEW.excluded.created_at},
    where=commands.c.created_at < bindparam("before"),  # too old to matter, and not dropped yet
).returning(commands.c.key_hash)
_EARLIER = select(commands.c.fingerprint, commands.c.answer).where(commands.c.key_hash == bindparam("of"))
_KEEP = update(commands).where(commands.c.key_hash == bindparam("of"))

ANSWERS_KEPT = timedelta(days=7)
EVENTS_KEPT = timedelta(days=30)


def take(connection: Connection, handler: str, event_id: str, now: datetime) -> bool:
    """Note that the handler takes the event; False where it did before."""
    taken = connection.execute(_TAKE, {"handler": handler, "event_id": event_id, "taken_at": now})
    return taken.first() is not None


def claim(connection: Connection, key: str, fingerprint: bytes, now: datetime, secret: bool) -> bytes | None:
    """Claim the key for this transaction, or return the answer it was given before.

    Raises `IdempotencyKeyReused` where the key came with another request.
    """
    note = {
        "key_hash": _hash(key),
        "fingerprint": fingerprint,
        "created_at": now,
        "before": now - ANSWERS_KEPT,
    }
    if connection.execute(_CLAIM, note).first() is not None:
        return None
    earlier = connection.execute(_EARLIER, {"of": _hash(key)}).one()
    if bytes(earlier.fingerprint) != fingerprint:
        raise IdempotencyKeyReused()
    answer = bytes(earlier.answer)
    return _safe(key).decrypt(answer) if secret else answer


def keep(connection: Connection, key: str, answer: bytes, secret: bool) -> None:
    """Keep the answer of a claimed key; a secret one is readable only with the key, which is not kept."""
    kept = _safe(key).encrypt(answer) if secret else answer
    connection.execute(_KEEP, {"of": _hash(key), "answer": kept})


def forget(connection: Connection, now: datetime) -> None:
    """Drop notes that are too old to matter."""
    connection.execute(delete(commands).where(commands.c.created_at < now - ANSWERS_KEPT))
    connection.execute(delete(inbox).where(inbox.c.taken_at < now - EVENTS_KEPT))
    connection.execute(delete(outbox).where(outbox.c.sent_at < now - ANSWERS_KEPT))


def _hash(key: str) -> bytes:
    return hashlib.sha256(b"key:" + key.encode()).digest()


def _safe(key: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"answer:" + key.encode()).digest()))
