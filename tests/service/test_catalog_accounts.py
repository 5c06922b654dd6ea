"""Accounts as they are really kept: one for each address, told on every change."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from chassis.passwords import Passwords
from chassis.settings import Settings
from contracts.catalog import (
    AccountChanged,
    GetMe,
    LogIn,
    Register,
    Role,
    TutorChanged,
    TutorStatus,
    UpdateMe,
)
from contracts.errors import EmailTaken, RoleNotOpen, Stale, WrongCredentials
from contracts.operations import Resync
from tests.service.people import ADMIN, PASSWORD, a_person, an_address, outcome
from tests.subject import Subject


def test_a_new_account_is_told(catalog: Subject) -> None:
    email = an_address()
    account = catalog.ask(Register(email, PASSWORD, "Jane Smith", Role.STUDENT, "Europe/London", "de"))
    told = AccountChanged(account.id, email, "Jane Smith", Role.STUDENT, "Europe/London", "de", 1)
    assert catalog.told(AccountChanged, account_id=account.id) == [told]
    assert account.tutor_profile_id is None


def test_a_tutor_has_a_draft_profile_from_the_beginning(catalog: Subject) -> None:
    tutor = a_person(catalog, Role.TUTOR)
    (told,) = catalog.told(TutorChanged, tutor_profile_id=tutor.profile_id)
    assert (told.account_id, told.status, told.subjects, told.version) == (tutor.id, TutorStatus.DRAFT, [], 1)


def test_ids_of_different_things_are_far_apart(catalog: Subject) -> None:
    tutor = a_person(catalog, Role.TUTOR)
    assert tutor.profile_id - tutor.id > 4000


def test_an_address_is_taken_however_it_is_spelled(catalog: Subject) -> None:
    catalog.ask(Register("Ann.Lee@Example.com", PASSWORD, "Ann Lee"))
    with pytest.raises(EmailTaken):
        catalog.ask(Register("ann.lee@example.COM", PASSWORD, "Another Ann"))
    with pytest.raises(EmailTaken):
        catalog.ask(UpdateMe(email="ANN.LEE@example.com"), by=a_person(catalog))


def test_of_many_who_register_one_address_at_once_one_has_it(catalog: Subject) -> None:
    request = Register(an_address(), PASSWORD, "Jane Smith")
    with ThreadPoolExecutor(10) as crowd:
        outcomes = list(crowd.map(lambda _: outcome(catalog, request), range(10)))
    assert sorted(outcomes) == ["done"] + ["email_taken"] * 9


def test_only_an_admin_makes_an_admin(catalog: Subject) -> None:
    with pytest.raises(RoleNotOpen):
        a_person(catalog, Role.ADMIN)
    with pytest.raises(RoleNotOpen):
        catalog.ask(Register(an_address(), PASSWORD, "Eve", Role.ADMIN), by=a_person(catalog))
    assert catalog.ask(Register(an_address(), PASSWORD, "Ada", Role.ADMIN), by=ADMIN).role is Role.ADMIN


def test_only_what_is_given_changes_and_is_told(catalog: Subject) -> None:
    student = a_person(catalog, name="Jane Smith", timezone="Europe/London")
    before = catalog.ask(GetMe(), by=student)
    after = catalog.ask(UpdateMe(name="Jane Jones", expected_version=1), by=student)
    assert (after.name, after.version) == ("Jane Jones", 2)
    assert (after.email, after.timezone, after.created_at) == (
        before.email,
        before.timezone,
        before.created_at,
    )
    assert [each.name for each in catalog.told(AccountChanged, account_id=student.id)] == [
        "Jane Smith",
        "Jane Jones",
    ]


def test_a_change_that_makes_no_difference_is_not_told(catalog: Subject) -> None:
    student = a_person(catalog, name="Jane Smith")
    assert catalog.ask(UpdateMe(name="Jane Smith"), by=student).version == 1
    assert len(catalog.told(AccountChanged, account_id=student.id)) == 1


def test_a_change_of_what_was_read_too_long_ago_is_stale(catalog: Subject) -> None:
    student = a_person(catalog)
    catalog.ask(UpdateMe(locale="de"), by=student)
    with pytest.raises(Stale):
        catalog.ask(UpdateMe(locale="en", expected_version=1), by=student)


def test_a_new_name_is_told_of_the_profile_as_well(catalog: Subject) -> None:
    tutor = a_person(catalog, Role.TUTOR, name="Jane Smith")
    catalog.ask(UpdateMe(name="Jane Jones"), by=tutor)
    told = catalog.told(TutorChanged, tutor_profile_id=tutor.profile_id)
    assert [(each.name, each.version) for each in told] == [("Jane Smith", 1), ("Jane Jones", 2)]


def test_a_password_is_kept_as_its_hash_only(catalog: Subject) -> None:
    person = a_person(catalog)
    (row,) = catalog.sql("SELECT * FROM accounts WHERE id = :id", id=person.id)
    assert row.password_hash.startswith("$argon2id$")
    assert PASSWORD not in str(row)


def test_a_password_kept_at_another_price_is_kept_anew_when_its_owner_logs_in(catalog: Subject) -> None:
    email, other = an_address(), an_address()
    for address in (email, other):
        a_person(catalog, email=address)
    dearer = Passwords(replace(Settings("catalog"), password_memory_kib=128)).hash(PASSWORD)
    catalog.sql(
        "UPDATE accounts SET password_hash = :hash WHERE email IN (:a, :b)", hash=dearer, a=email, b=other
    )
    with pytest.raises(WrongCredentials):
        catalog.ask(LogIn(other, "not her password"))
    for _ in range(2):
        catalog.ask(LogIn(email, PASSWORD))
    kept = {row.email: row.password_hash for row in catalog.sql("SELECT email, password_hash FROM accounts")}
    assert kept[other] == dearer
    assert kept[email].startswith("$argon2id$v=19$m=64,t=1,p=1$")


def test_everything_is_told_again_on_request(catalog: Subject) -> None:
    tutor = a_person(catalog, Role.TUTOR)
    catalog.ask(Resync(), by=ADMIN)
    assert len(catalog.told(AccountChanged, account_id=tutor.id)) == 2
    assert len(catalog.told(TutorChanged, tutor_profile_id=tutor.profile_id)) == 2
