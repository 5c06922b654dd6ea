"""Passwords are hashed as strongly as promised, and never on the hub."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

from chassis.passwords import Passwords
from chassis.settings import Settings

SETTINGS = Settings("catalog")
PASSWORDS = Passwords(SETTINGS)


def test_a_password_matches_its_own_hash_only() -> None:
    hashed = PASSWORDS.hash("correct horse")
    assert PASSWORDS.match("correct horse", hashed)
    assert not PASSWORDS.match("wrong horse", hashed)


def test_a_hash_says_that_it_is_strong_and_salted() -> None:
    one, other = PASSWORDS.hash("correct horse"), PASSWORDS.hash("correct horse")
    assert one.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert one != other


def test_a_hash_made_at_another_price_still_matches_and_is_known_as_outdated() -> None:
    dearer = Passwords(replace(SETTINGS, password_memory_kib=32 * 1024, password_rounds=3))
    hashed = PASSWORDS.hash("correct horse")
    assert dearer.match("correct horse", hashed)
    assert dearer.is_outdated(hashed)
    assert not PASSWORDS.is_outdated(hashed)
    assert dearer.hash("correct horse").startswith("$argon2id$v=19$m=32768,t=3,p=1$")


def test_where_there_is_no_account_no_password_matches() -> None:
    assert not PASSWORDS.match("correct horse", None)
    assert not PASSWORDS.match("", None)


def test_a_password_matches_whichever_way_the_keyboard_spells_it() -> None:
    assert PASSWORDS.match("u\u0308ber alles", PASSWORDS.hash("\u00fcber alles"))


HASHING_BESIDE_A_TICKER = """
import warnings; warnings.simplefilter("ignore")
import eventlet; eventlet.monkey_patch()
import time
from chassis.passwords import Passwords
from chassis.settings import Settings

passwords = Passwords(Settings("catalog"))
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
for hashing in [eventlet.spawn(passwords.match, "wrong horse", None) for _ in range(30)]:
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
