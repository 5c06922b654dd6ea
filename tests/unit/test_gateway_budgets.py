"""How callers are told apart and counted."""

from __future__ import annotations

import pytest
from limits import RateLimitItemPerMinute

from gateway.budgets import Addresses, Budgets
from gateway.calls import Call


def test_a_budget_is_spent_by_each_caller_for_itself() -> None:
    budgets, two = Budgets(), RateLimitItemPerMinute(2)
    spent = [budgets.spend(two, caller) for caller in ("ada", "ada", "ada", "bob")]
    assert [allowance.exceeded for allowance in spent] == [False, False, True, False]
    assert [allowance.remaining for allowance in spent] == [1, 0, 0, 1]
    assert all(1 <= allowance.reset <= 60 for allowance in spent)


@pytest.mark.parametrize(
    ("trusted", "peer", "forwarded", "address"),
    [
        ((), "192.0.2.1", "", "192.0.2.1"),
        ((), "192.0.2.1", "198.51.100.7", "192.0.2.1"),
        (("10.0.0.0/8",), "10.0.0.1", "198.51.100.7", "198.51.100.7"),
        (("10.0.0.0/8",), "10.0.0.1", "203.0.113.9, 198.51.100.7", "198.51.100.7"),
        (("10.0.0.0/8",), "10.0.0.1", "198.51.100.7, 10.0.0.2", "198.51.100.7"),
        (("10.0.0.0/8",), "10.0.0.1", "", "10.0.0.1"),
        (("10.0.0.0/8",), "10.0.0.1", " , ", "10.0.0.1"),
        (("fd00::/8",), "fd00::1", "2001:db8::7", "2001:db8::7"),
    ],
)
def test_only_trusted_proxies_say_whom_they_stand_for(
    trusted: tuple[str, ...], peer: str, forwarded: str, address: str
) -> None:
    headers = {"x-forwarded-for": forwarded} if forwarded else {}
    assert Addresses(trusted).of(Call(peer=peer, headers=headers)) == address
