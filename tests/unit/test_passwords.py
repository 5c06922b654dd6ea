"""Passwords are hashed as strongly as promised, and never on the hub."""

from __future__ import annotations

import subprocess
import sys

from chassis.passwords import hash_password, verify_password


def test_a_password_matches_its_own_hash_only() -> None:
    hashed = hash_password("correct horse")
    assert verify_password("correct horse", hashed)
    assert not verify_password("wrong horse", hashed)


def test_a_hash_says_that_it_is_strong_and_salted() -> None:
    one, other = hash_password("correct horse"), hash_password("correct horse")
    assert one.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert one != other


def test_where_there_is_no_account_no_password_matches() -> None:
    assert not verify_password("correct horse", None)
    assert not verify_password("", None)


def test_a_password_matches_whichever_way_the_keyboard_spells_it() -> None:
    assert verify_password("u\u0308ber alles", hash_password("\u00fcber alles"))


HASHING_BESIDE_A_TICKER = """
import warnings; warnings.simplefilter("ignore")
import eventlet; eventlet.monkey_patch()
import time
from chassis.passwords import verify_password

longest, ticking = 0.0, True

def tick():
    global longest
    while ticking:
        began = time.monotonic()
        eventlet.sleep(0.002)
        longest = max(longest, time.monotonic() - began)

eventlet.spawn(tick)
eventlet.sleep(0)
began = time.monotonic()
for hashing in [eventlet.spawn(verify_password, "wrong horse", None) for _ in range(30)]:
    hashing.wait()
ticking = False
print(longest, time.monotonic() - began)
"""


def test_hashing_does_not_hold_the_hub() -> None:
    finished = subprocess.run(
        [sys.executable, "-c", HASHING_BESIDE_A_TICKER],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    longest_tick, all_of_it = map(float, finished.stdout.split())
    assert longest_tick < all_of_it / 3
