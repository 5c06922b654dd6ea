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
from sqlalchemy import Connection, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from chassis.tables import commands, inbox, outbox
from contracts.errors import IdempotencyKeyReused

ANSWERS_KEPT = timedelta(days=7)
EVENTS_KEPT = timedelta(days=30)


def take(connection: Connection, handler: str, event_id: str, now: datetime) -> bool:
    """Note that the handler takes the event; False where it did before."""
    note = insert(inbox).values(handler=handler, event_id=event_id, taken_at=now)
    taken = connection.execute(note.on_conflict_do_nothing().returning(inbox.c.event_id))
    return taken.first() is not None


def claim(connection: Connection, key: str, fingerprint: bytes, now: datetime, secret: bool) -> bytes | None:
    """Claim the key for this transaction, or return the answer it was given before.

    Raises `IdempotencyKeyReused` where the key came with another request.
    """
    claim = insert(commands).values(key_hash=_hash(key), fingerprint=fingerprint, created_at=now)
    claimed = connection.execute(claim.on_conflict_do_nothing().returning(commands.c.key_hash))
    if claimed.first() is not None:
        return None
    earlier = connection.execute(
        select(commands.c.fingerprint, commands.c.answer).where(commands.c.key_hash == _hash(key))
    ).one()
    if bytes(earlier.fingerprint) != fingerprint:
        raise IdempotencyKeyReused()
    answer = bytes(earlier.answer)
    return _safe(key).decrypt(answer) if secret else answer


def keep(connection: Connection, key: str, answer: bytes, secret: bool) -> None:
    """Keep the answer of a claimed key; a secret one is readable only with the key, which is not kept."""
    kept = _safe(key).encrypt(answer) if secret else answer
    connection.execute(update(commands).where(commands.c.key_hash == _hash(key)).values(answer=kept))


def forget(connection: Connection, now: datetime) -> None:
    """Drop notes that are too old to matter."""
    connection.execute(delete(commands).where(commands.c.created_at < now - ANSWERS_KEPT))
    connection.execute(delete(inbox).where(inbox.c.taken_at < now - EVENTS_KEPT))
    connection.execute(delete(outbox).where(outbox.c.sent_at < now - ANSWERS_KEPT))


def _hash(key: str) -> bytes:
    return hashlib.sha256(b"key:" + key.encode()).digest()


def _safe(key: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"answer:" + key.encode()).digest()))
