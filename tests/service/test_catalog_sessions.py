"""Logging in and staying so: guessing is slow, a copied token is worthless, nothing kept can be used."""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from chassis import wire
from contracts.catalog import GetMe, GrantView, LogIn, LogOut, RefreshSession, Role
from contracts.errors import RefreshTokenInvalid, TooMany, WrongCredentials
from contracts.message import dump, topic_of
from tests.service.people import PASSWORD, a_person, an_address, outcome
from tests.subject import Subject, TestClock
from tests.waiting import eventually

WRONG = "wrong horse battery"


@pytest.fixture
def email(catalog: Subject) -> str:
    """The address of somebody who has just registered."""
    address = an_address()
    a_person(catalog, email=address)
    return address


def log_in(catalog: Subject, email: str) -> GrantView:
    return catalog.ask(LogIn(email, PASSWORD))


def test_a_session_names_the_account_and_its_profile(catalog: Subject) -> None:
    address = an_address()
    tutor = a_person(catalog, Role.TUTOR, email=address)
    grant = log_in(catalog, address.upper())
    assert (grant.account_id, grant.role, grant.tutor_profile_id) == (tutor.id, Role.TUTOR, tutor.profile_id)
    assert catalog.ask(GetMe(), by=tutor).email == address


def test_a_wrong_password_and_an_unknown_address_hear_the_same(catalog: Subject, email: str) -> None:
    heard = []
    for address in (email, an_address()):
        with pytest.raises(WrongCredentials) as refused:
            catalog.ask(LogIn(address, WRONG))
        heard.append((refused.value.text, refused.value.errors, refused.value.data))
    assert heard[0] == heard[1]


def test_a_wrong_password_and_an_unknown_address_take_the_same_time(catalog: Subject) -> None:
    registered, unknown = [an_address() for _ in range(8)], [an_address() for _ in range(8)]
    for address in registered:
        a_person(catalog, email=address)
    pairs = zip(registered, unknown, strict=True)
    # In turns, and the quickest of each, so that a busy machine does not decide.
    seconds = [(_seconds(catalog, one), _seconds(catalog, other)) for one, other in pairs]
    known_least, unknown_least = min(one for one, _ in seconds), min(other for _, other in seconds)
    assert known_least / 2 < unknown_least < known_least * 2


def test_guessing_has_to_wait_longer_each_time(catalog: Subject, clock: TestClock, email: str) -> None:
    assert [outcome(catalog, LogIn(email, WRONG)) for _ in range(6)] == ["wrong_credentials"] * 5 + [
        "too_many"
    ]
    clock.advance(seconds=10)
    assert outcome(catalog, LogIn(email, WRONG)) == "wrong_credentials"
    with pytest.raises(TooMany) as refused:
        catalog.ask(LogIn(email, WRONG))
    assert refused.value.data["retry_after"] == 2


def test_the_owner_waits_a_minute_at_most_and_then_begins_anew(
    catalog: Subject, clock: TestClock, email: str
) -> None:
    outcome(catalog, LogIn(email, WRONG))
    catalog.sql("UPDATE log_in_attempts SET failures = 1000")
    assert outcome(catalog, LogIn(email, PASSWORD)) == "too_many"
    clock.advance(seconds=65)
    assert outcome(catalog, LogIn(email, PASSWORD)) == "done"
    assert [outcome(catalog, LogIn(email, WRONG)) for _ in range(5)] == ["wrong_credentials"] * 5


def test_who_was_told_to_wait_may_send_the_same_key_again(
    catalog: Subject, clock: TestClock, email: str
) -> None:
    for _ in range(5):
        outcome(catalog, LogIn(email, WRONG))
    with pytest.raises(TooMany):
        catalog.ask(LogIn(email, PASSWORD), key=f"log in {email}")
    clock.advance(seconds=10)
    assert catalog.ask(LogIn(email, PASSWORD), key=f"log in {email}").refresh_token


def test_while_it_is_guessed_a_session_goes_on(catalog: Subject, email: str) -> None:
    grant = log_in(catalog, email)
    for _ in range(7):
        outcome(catalog, LogIn(email, WRONG))
    assert outcome(catalog, LogIn(email, PASSWORD)) == "too_many"
    assert outcome(catalog, RefreshSession(grant.refresh_token)) == "done"


@pytest.mark.parametrize("known", [True, False])
def test_guessing_many_at_once_gives_no_more_guesses(catalog: Subject, email: str, known: bool) -> None:
    request = LogIn(email if known else an_address(), WRONG)
    with ThreadPoolExecutor(10) as crowd:
        outcomes = Counter(crowd.map(lambda _: outcome(catalog, request), range(30)))
    assert outcomes["wrong_credentials"] + outcomes["too_many"] == 30
    assert 5 <= outcomes["wrong_credentials"] <= 7  # the sixth a second later, the seventh after two more


def test_a_refresh_token_is_exchanged_for_the_next(catalog: Subject, email: str) -> None:
    grants = [log_in(catalog, email)]
    for _ in range(3):
        grants.append(catalog.ask(RefreshSession(grants[-1].refresh_token)))
    assert len({grant.refresh_token for grant in grants}) == 4
    assert len({grant.grant_id for grant in grants}) == 4
    assert len({grant.account_id for grant in grants}) == 1


def test_a_used_token_ends_its_session_and_no_other(catalog: Subject, email: str) -> None:
    first, other = log_in(catalog, email), log_in(catalog, email)
    second = catalog.ask(RefreshSession(first.refresh_token))
    with pytest.raises(RefreshTokenInvalid):
        catalog.ask(RefreshSession(first.refresh_token))
    with pytest.raises(RefreshTokenInvalid):
        catalog.ask(RefreshSession(second.refresh_token))
    assert outcome(catalog, RefreshSession(other.refresh_token)) == "done"


def test_of_many_who_use_one_token_at_once_one_gets_the_next_which_is_worthless(
    catalog: Subject, email: str
) -> None:
    token = log_in(catalog, email).refresh_token
    with ThreadPoolExecutor(8) as crowd:
        outcomes = Counter(crowd.map(lambda _: outcome(catalog, RefreshSession(token)), range(8)))
    assert outcomes == {"done": 1, "refresh_token_invalid": 7}
    (session,) = catalog.sql("SELECT ended_at FROM sessions ORDER BY id DESC LIMIT 1")
    assert session.ended_at is not None


def test_the_same_key_is_granted_the_same_again(catalog: Subject, email: str) -> None:
    token = log_in(catalog, email).refresh_token
    grants = [catalog.ask(RefreshSession(token), key=f"refresh {email}") for _ in range(2)]
    assert grants[0] == grants[1]
    assert outcome(catalog, RefreshSession(grants[0].refresh_token)) == "done"


def test_a_token_is_good_for_thirty_days(catalog: Subject, clock: TestClock, email: str) -> None:
    token = log_in(catalog, email).refresh_token
    clock.advance(days=29, hours=23)
    next_token = catalog.ask(RefreshSession(token)).refresh_token
    clock.advance(days=30, hours=1)
    with pytest.raises(RefreshTokenInvalid):
        catalog.ask(RefreshSession(next_token))


def test_logging_out_ends_the_session(catalog: Subject, email: str) -> None:
    token = log_in(catalog, email).refresh_token
    catalog.ask(LogOut(token))
    with pytest.raises(RefreshTokenInvalid):
        catalog.ask(RefreshSession(token))


def test_logging_out_says_nothing_of_whether_a_token_is_known(catalog: Subject) -> None:
    assert catalog.ask(LogOut("nobody's")) == catalog.ask(LogOut("nobody's"))


def test_no_token_can_be_read_from_the_database(catalog: Subject, email: str) -> None:
    token = log_in(catalog, email).refresh_token
    kept = catalog.sql("SELECT digest FROM refresh_tokens") + catalog.sql("SELECT answer FROM commands")
    assert kept
    assert all(token.encode() not in bytes(row[0]) for row in kept)


def test_a_password_can_not_be_guessed_from_what_is_kept_of_a_command(catalog: Subject, email: str) -> None:
    request = LogIn(email, PASSWORD)
    catalog.ask(request)
    guess = hashlib.sha256(topic_of(LogIn).encode() + b"\n" + wire.encode(dump(request))).digest()
    kept = [bytes(row.fingerprint) for row in catalog.sql("SELECT fingerprint FROM commands")]
    assert kept
    assert guess not in kept


def test_what_nobody_can_go_on_with_is_dropped(catalog: Subject, clock: TestClock, email: str) -> None:
    log_in(catalog, email)
    outcome(catalog, LogIn(email, WRONG))
    clock.advance(days=100)  # whatever others here have done in times to come
    eventually(lambda: catalog.sql("SELECT 1 FROM sessions") == [], within=10)
    eventually(lambda: catalog.sql("SELECT 1 FROM log_in_attempts") == [])
    assert catalog.sql("SELECT 1 FROM refresh_tokens") == []


def _seconds(catalog: Subject, address: str) -> float:
    began = time.monotonic()
    outcome(catalog, LogIn(address, WRONG))
    return time.monotonic() - began
